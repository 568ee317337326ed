//! Which names a generated type or constant may have.

use super::words::{screaming_snake, upper_camel};

/// Names that no generated type may have. In a module with `use policy::{operations::*, scopes::*}` it would shadow a name of the
/// language, of its derives or of the policy.
const TYPES: &[&str] = &[
    // keywords and the names of the prelude, types and derives
    "Self",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "ToString",
    "ToOwned",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "PartialEq",
    "Ord",
    "PartialOrd",
    "Hash",
    "Send",
    "Sync",
    "Sized",
    "Unpin",
    "Fn",
    "FnMut",
    "FnOnce",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "AsRef",
    "AsMut",
    "Iterator",
    "IntoIterator",
    "FromIterator",
    "Extend",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "Future",
    "IntoFuture",
    // the policy's own
    "Access",
    "Allowed",
    "Alternative",
    "Alternatives",
    "Api",
    "Audit",
    "Branch",
    "Carries",
    "Denial",
    "Document",
    "Done",
    "Holder",
    "Operation",
    "OperationRef",
    "OperationSet",
    "Pending",
    "Permit",
    "Policy",
    "Principal",
    "Reason",
    "Scheme",
    "Scope",
    "ScopeSet",
    "ScopeType",
    "Stage",
    "Then",
];

/// Names that no generated constant may have, for a module with `use policy::*` and `use policy::schemes::*`.
const CONSTANTS: &[&str] = &["POLICY", "ROUTER"];

/// Whether a generated type may have this name. It begins with a capital, so that it is neither a keyword nor a macro of the
/// language, and has only ASCII letters and digits.
pub(crate) fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric())
        && !TYPES.contains(&name)
}

/// Whether a generated constant may have this name.
pub(crate) fn is_constant(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| matches!(character, 'A'..='Z' | '0'..='9' | '_'))
        && !CONSTANTS.contains(&name)
}

/// The name of a type, made of a document's words. `kind` is put before a name that is empty or begins with a digit, and after a
/// name that Rust or the policy has already.
pub(crate) fn type_of(words: &str, kind: &str) -> String {
    let mut name = words.to_owned();
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.insert_str(0, kind);
    }
    if TYPES.contains(&name.as_str()) {
        name.push_str(kind);
    }
    name
}

/// The name of a scheme's constant.
pub(crate) fn constant_of(scheme: &str) -> String {
    let mut name = screaming_snake(scheme);
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.insert_str(0, "SCHEME_");
    }
    if CONSTANTS.contains(&name.as_str()) {
        name.push_str("_SCHEME");
    }
    name
}

/// What is wrong with a name that somebody gives, and what to do. `None` if it can be used.
pub(crate) fn fault(name: &str, kind: Kind) -> Option<(String, String)> {
    let (what, shape, taken, near) = match kind {
        _ if kind.allows(name) => return None,
        Kind::Scheme => ("constant", "ASCII capitals, digits and `_`", CONSTANTS.contains(&name), constant_of(name)),
        Kind::Operation | Kind::Scope => {
            let near = type_of(&upper_camel(name), kind.word());
            ("type", "ASCII letters and digits", TYPES.contains(&name), near)
        }
    };
    let shown = name.escape_debug();
    let message = if taken {
        format!("a {what} cannot be called `{shown}`, which is a name of Rust's or of the policy's own")
    } else {
        format!("`{shown}` cannot be the name of a {what}")
    };
    Some((message, format!("write {shape}, a capital first, such as `{near}`")))
}

/// The same as a regular expression, and the names that are taken: for the schema of `policy.toml`.
pub(crate) fn pattern(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Scheme => ("^[A-Z][A-Z0-9_]*$", CONSTANTS),
        Kind::Operation | Kind::Scope => ("^[A-Z][A-Za-z0-9]*$", TYPES),
    }
}

/// What a name is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An operation, whose name is that of a type and of a macro.
    Operation,
    /// A scope, whose name is that of a type.
    Scope,
    /// A security scheme, whose name is that of a constant.
    Scheme,
}

impl Kind {
    pub(crate) fn allows(self, name: &str) -> bool {
        if self == Self::Scheme { is_constant(name) } else { is_type(name) }
    }

    /// The word that [`type_of`] adds to a name of this kind.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Operation => "Operation",
            Self::Scope => "Scope",
            Self::Scheme => "SCHEME_",
        }
    }

    /// `operation`, `scope` or `security scheme`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Scope => "scope",
            Self::Scheme => "security scheme",
        }
    }
}
