//! What a name in Rust may be.

use super::words::{screaming_snake, upper_camel};

/// What no generated type may be called: it would shadow the language's own names, its derives or the policy's own
/// names in a module that says `use policy::{operations::*, scopes::*}`.
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

/// What no generated constant may be called, for a module that says `use policy::*` and `use policy::schemes::*`.
const CONSTANTS: &[&str] = &["POLICY", "ROUTER"];

/// Whether a generated type may have this name: a capital first, so that it is no keyword and no macro of the language,
/// and nothing but ASCII letters and digits.
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

/// The name of a type that was made of a document's words. `kind` stands in front of a digit or of nothing, and behind a
/// name that is taken by Rust or by the policy.
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

/// What is wrong with a name that somebody gives, and what to do; nothing where it can be used.
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

    /// What stands beside the name of this kind where it could not stand alone.
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
