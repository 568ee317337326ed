//! Who may call an operation, by the names of schemes and scopes.
//!
//! These are the forms that own what they hold: the reader of a document fills them, audits show them, and a policy is built of
//! them. What decides is [`Requirement`](crate::Requirement), the same as numbers in one flat list.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::definition::Access;

/// Who may call an operation.
///
/// [`Access`] is derived from it: an operation that is public and requires something at the same time cannot be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequirementFacts<N = String> {
    /// Nothing says who may call it. Nobody may.
    #[default]
    Undeclared,
    /// Anybody: the document says `security: []`.
    Public,
    /// Whoever meets one of these alternatives; nobody where there is none.
    AnyOf(Vec<AlternativeFacts<N>>),
}

impl<N> RequirementFacts<N> {
    /// The alternatives, in document order. There is none where nobody has to meet one, and where nobody can.
    #[must_use]
    pub fn alternatives(&self) -> &[AlternativeFacts<N>] {
        match self {
            Self::Undeclared | Self::Public => &[],
            Self::AnyOf(alternatives) => alternatives,
        }
    }

    /// Whom it lets in before scopes are looked at. `None` where nothing says so.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        match self {
            Self::Undeclared => None,
            Self::Public => Some(Access::Public),
            Self::AnyOf(alternatives) if alternatives.iter().any(AlternativeFacts::is_anonymous) => {
                Some(Access::Optional)
            }
            Self::AnyOf(_) => Some(Access::Required),
        }
    }

    /// The word for the access in reports: `public`, `optional`, `required` or `undeclared`.
    #[must_use]
    pub fn access_word(&self) -> &'static str {
        self.access().map_or("undeclared", Access::as_str)
    }
}

/// One line, `OAuth2[files:read] + Key or anonymous`; without an alternative the access.
impl<N: AsRef<str>> fmt::Display for RequirementFacts<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// A line with more alternatives is not read.
        const SHOWN: usize = 6;
        let alternatives = self.alternatives();
        if alternatives.is_empty() {
            return f.write_str(self.access_word());
        }
        let mut separator = "";
        for alternative in alternatives.iter().take(SHOWN) {
            write!(f, "{separator}{alternative}")?;
            separator = " or ";
        }
        match alternatives.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " or {more} more"),
        }
    }
}

/// One alternative: everything in it is required together.
///
/// `N` is what stands for a name: a `String` where a document was read, a `&'static str` in the audit of a compiled policy, and
/// a number where tables are about to be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlternativeFacts<N = String> {
    /// `{}`, which asks for nothing.
    Anonymous,
    /// A credential of each scheme.
    Credentials {
        /// The schemes, all required, in document order. Each has the scopes that its own credential must hold. There is no
        /// scheme where a credential of any scheme will do.
        schemes: Vec<(N, Vec<N>)>,
        /// The scopes of the extension. Any of this alternative's schemes may have granted them; where it names none, the
        /// scheme that authenticated the caller.
        extension: Vec<N>,
    },
}

impl<N> AlternativeFacts<N> {
    /// One scheme with its scopes.
    ///
    /// ```
    /// use policy_core::owned::AlternativeFacts;
    ///
    /// let alternative = AlternativeFacts::<String>::of("OAuth2", ["files:read", "files:write"]);
    /// assert_eq!(alternative.to_string(), "OAuth2[files:read files:write]");
    /// ```
    #[must_use]
    pub fn of<S: Into<N>>(scheme: impl Into<N>, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Self::Credentials { schemes: alloc::vec![(scheme.into(), scopes)], extension: Vec::new() }
    }

    /// Whether this is `{}`, which asks for nothing.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// Whether it asks for a credential and names no scheme: any scheme of the document will do.
    #[must_use]
    pub fn accepts_any_scheme(&self) -> bool {
        !self.is_anonymous() && self.schemes().is_empty()
    }

    /// The schemes, each with the scopes that its credential must hold.
    #[must_use]
    pub fn schemes(&self) -> &[(N, Vec<N>)] {
        match self {
            Self::Anonymous => &[],
            Self::Credentials { schemes, .. } => schemes,
        }
    }

    /// The scopes of the extension, which any of the schemes may have granted.
    #[must_use]
    pub fn extension(&self) -> &[N] {
        match self {
            Self::Anonymous => &[],
            Self::Credentials { extension, .. } => extension,
        }
    }

    /// All scopes, whoever must have granted them. One that stands in several places comes several times.
    pub fn scopes(&self) -> impl Iterator<Item = &N> + Clone {
        self.schemes().iter().flat_map(|(_, scopes)| scopes).chain(self.extension())
    }

    /// The same alternative with other names, such as numbers.
    ///
    /// # Errors
    /// The first that `scheme` or `scope` returns.
    pub fn try_named<M, E>(
        &self,
        mut scheme: impl FnMut(&N) -> Result<M, E>,
        mut scope: impl FnMut(&N) -> Result<M, E>,
    ) -> Result<AlternativeFacts<M>, E> {
        let Self::Credentials { schemes, extension } = self else { return Ok(AlternativeFacts::Anonymous) };
        let mut scopes = |names: &[N]| names.iter().map(&mut scope).collect::<Result<Vec<M>, E>>();
        let schemes = schemes.iter().map(|(name, own)| Ok((scheme(name)?, scopes(own)?))).collect::<Result<_, E>>()?;
        Ok(AlternativeFacts::Credentials { schemes, extension: scopes(extension)? })
    }
}

impl<N: Clone + Ord> AlternativeFacts<N> {
    /// The same with its schemes sorted: equal for alternatives that are equal but for the order in which their schemes stand.
    #[must_use]
    pub fn in_any_order(&self) -> Self {
        let mut sorted = self.clone();
        if let Self::Credentials { schemes, .. } = &mut sorted {
            schemes.sort_unstable();
        }
        sorted
    }
}

impl<N: AsRef<str>> AlternativeFacts<N> {
    /// Writes the schemes, `OAuth2[files:read] + Key`.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn write_schemes(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut separator = "";
        for (scheme, scopes) in self.schemes() {
            write!(out, "{separator}{}", scheme.as_ref())?;
            if !scopes.is_empty() {
                out.write_str("[")?;
                write_joined(out, scopes)?;
                out.write_str("]")?;
            }
            separator = " + ";
        }
        Ok(())
    }
}

/// One line: `OAuth2[files:read] + Key`, with the scopes of an extension after the schemes.
impl<N: AsRef<str>> fmt::Display for AlternativeFacts<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_anonymous() {
            return f.write_str("anonymous");
        }
        if self.accepts_any_scheme() {
            f.write_str("any scheme")?;
        }
        self.write_schemes(f)?;
        if self.extension().is_empty() {
            return Ok(());
        }
        f.write_str(" + ")?;
        write_joined(f, self.extension())
    }
}

fn write_joined<N: AsRef<str>>(out: &mut dyn fmt::Write, names: &[N]) -> fmt::Result {
    let mut separator = "";
    for name in names {
        write!(out, "{separator}{}", name.as_ref())?;
        separator = " ";
    }
    Ok(())
}

/// `{"anonymous": false, "schemes": {"OAuth2": ["files:read"]}, "extension": []}`, with the schemes in document order.
#[cfg(feature = "serde")]
impl<N: serde::Serialize> serde::Serialize for AlternativeFacts<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;

        struct Schemes<'s, N>(&'s [(N, Vec<N>)]);
        impl<N: serde::Serialize> serde::Serialize for Schemes<'_, N> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(scheme, scopes)| (scheme, scopes)))
            }
        }

        let mut fields = serializer.serialize_struct("Alternative", 3)?;
        fields.serialize_field("anonymous", &self.is_anonymous())?;
        fields.serialize_field("schemes", &Schemes(self.schemes()))?;
        fields.serialize_field("extension", self.extension())?;
        fields.end()
    }
}
