//! One request of the matrix.

use std::fmt;

use super::caller::Caller;
use super::expected::Expected;

/// The query parameter by which some services take a token [RFC 6750, section 2.3].
pub(crate) const TOKEN_IN_QUERY: &str = "access_token";

/// A request that is sent once, with what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The index of the operation in [`Engine::served`](policy_spec::Engine::served).
    pub operation: usize,
    /// What is tried.
    pub check: Check,
    /// The method, byte for byte.
    pub method: String,
    /// The base path of the document: what a base URL with a path of its own stands for.
    pub base: String,
    /// The rest of the path, byte for byte: neither decoded nor normalised.
    pub path: String,
    /// The query, without the `?`.
    pub query: Option<String>,
    /// A header beside those that carry credentials, and what it says.
    pub header: Option<(String, String)>,
    /// Who sends it.
    pub caller: Caller,
    /// What must come of it.
    pub expected: Expected,
}

impl Case {
    /// The path as the document serves it.
    #[must_use]
    pub fn served_path(&self) -> String {
        format!("{}{}", self.base, self.path)
    }

    /// The path with the query.
    #[must_use]
    pub fn target(&self) -> String {
        let query = self.query.as_deref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{}{query}", self.base, self.path)
    }

    /// Whether its method changes nothing by its definition: GET, HEAD and OPTIONS [RFC 9110, section 9.2.1].
    #[must_use]
    pub fn is_safe(&self) -> bool {
        is_safe(&self.method)
    }
}

/// Whether a method changes nothing by its definition. `get` is no method of HTTP. A server that serves it serves GET.
pub(crate) fn is_safe(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS"].iter().any(|safe| safe.eq_ignore_ascii_case(method))
}

/// What a case tries. Displays as one phrase; [`code`](Self::code) is a stable word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// Without a credential.
    NoCredential,
    /// With a credential that has not the form of one.
    Malformed,
    /// With a credential that nobody was given.
    UnknownCredential,
    /// With a token that claims what is needed and is not signed.
    Unsigned,
    /// With a credential that was good once; the word says what became of it.
    Refused(String),
    /// With a valid credential that holds no scope.
    NoScopes,
    /// With all that an alternative needs but for one scope.
    MissingScope {
        /// The number of the alternative, from 0.
        alternative: usize,
        /// The scope.
        scope: String,
    },
    /// With all that an alternative needs but for the credential of one scheme.
    MissingScheme {
        /// The number of the alternative, from 0.
        alternative: usize,
        /// The scheme.
        scheme: String,
    },
    /// With all that an alternative needs, but for one scope that another scheme granted than the one that must.
    ScopeElsewhere {
        /// The number of the alternative, from 0.
        alternative: usize,
        /// The scheme that must grant the scope.
        scheme: String,
        /// The scope.
        scope: String,
    },
    /// With every scope that the operation does not name.
    OtherScopes,
    /// With a credential of a scheme that the operation does not accept.
    OtherScheme(String),
    /// Without a credential, with a query name that the operation does not take: the credential is asked for first.
    QueryBeforeCredential,
    /// Without the scopes, with such a name: the scopes are asked for first.
    QueryBeforeScopes,
    /// With all that is needed, and with such a name.
    QueryAfterScopes,
    /// With another way to write the path; the word says which.
    Path(&'static str),
    /// With the method in lower case.
    MethodCase,
    /// HEAD, where the document has GET alone.
    Head,
    /// OPTIONS, where the document has none.
    Options,
    /// A method that the path does not have.
    UndeclaredMethod,
    /// OPTIONS, with a header by which some services take another method: GET. The word is its name.
    MethodHeader(&'static str),
    /// With a header by which some services take another path; the words say which, and what stands in it.
    PathHeader(&'static str),
    /// With a credential that is not enough, and the word before it in lower case.
    SchemeCase,
    /// With a credential that is not enough, and an unsigned token that claims what is needed in a second header.
    TwoCredentials,
    /// With a token in the query, where the document has none.
    TokenInQuery,
    /// With all that an alternative needs; its number, from 0. Or without anything, where the operation is public.
    Allowed(usize),
}

impl Check {
    /// A stable word, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCredential => "no-credential",
            Self::Malformed => "malformed-credential",
            Self::UnknownCredential => "unknown-credential",
            Self::Unsigned => "unsigned-token",
            Self::Refused(_) => "refused-credential",
            Self::NoScopes => "no-scopes",
            Self::MissingScope { .. } => "missing-scope",
            Self::MissingScheme { .. } => "missing-scheme",
            Self::ScopeElsewhere { .. } => "scope-elsewhere",
            Self::OtherScopes => "other-scopes",
            Self::OtherScheme(_) => "other-scheme",
            Self::QueryBeforeCredential => "query-before-credential",
            Self::QueryBeforeScopes => "query-before-scopes",
            Self::QueryAfterScopes => "query-after-scopes",
            Self::Path(_) => "path-variant",
            Self::MethodCase => "method-case",
            Self::Head => "head",
            Self::Options => "options",
            Self::UndeclaredMethod => "undeclared-method",
            Self::MethodHeader(_) => "method-header",
            Self::PathHeader(_) => "path-header",
            Self::SchemeCase => "scheme-case",
            Self::TwoCredentials => "two-credentials",
            Self::TokenInQuery => "token-in-query",
            Self::Allowed(_) => "allowed",
        }
    }

    /// Whether the operation itself is asked, as a client would: by its method and its path.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        !matches!(
            self,
            Self::Path(_)
                | Self::MethodCase
                | Self::Head
                | Self::Options
                | Self::UndeclaredMethod
                | Self::MethodHeader(_)
                | Self::PathHeader(_)
                | Self::SchemeCase
                | Self::TwoCredentials
                | Self::TokenInQuery
        )
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredential => f.write_str("no credential"),
            Self::Malformed => f.write_str("a malformed credential"),
            Self::UnknownCredential => f.write_str("an unknown credential"),
            Self::Unsigned => f.write_str("an unsigned token"),
            Self::Refused(state) => write!(f, "a credential that is {state}"),
            Self::NoScopes => f.write_str("no scope"),
            Self::MissingScope { alternative, scope } => {
                write!(f, "`{scope}` missing of alternative {}", alternative + 1)
            }
            Self::MissingScheme { alternative, scheme } => {
                write!(f, "the credential of `{scheme}` missing of alternative {}", alternative + 1)
            }
            Self::ScopeElsewhere { alternative, scheme, scope } => {
                write!(f, "`{scope}` of alternative {} granted by another scheme than `{scheme}`", alternative + 1)
            }
            Self::OtherScopes => f.write_str("scopes of other operations only"),
            Self::OtherScheme(scheme) => write!(f, "a credential of `{scheme}`, which it does not accept"),
            Self::QueryBeforeCredential => f.write_str("no credential and a wrong query"),
            Self::QueryBeforeScopes => f.write_str("too few scopes and a wrong query"),
            Self::QueryAfterScopes => f.write_str("enough scopes and a wrong query"),
            Self::Path(variant) => write!(f, "the path with {variant}"),
            Self::MethodCase => f.write_str("the method in lower case"),
            Self::Head => f.write_str("HEAD, which the document has not"),
            Self::Options => f.write_str("OPTIONS, which the document has not"),
            Self::UndeclaredMethod => f.write_str("a method that the document has not"),
            Self::MethodHeader(name) => write!(f, "OPTIONS, with GET in `{name}`"),
            Self::PathHeader(how) => f.write_str(how),
            Self::SchemeCase => f.write_str("the word before the credential in lower case"),
            Self::TwoCredentials => f.write_str("an unsigned token in a second header"),
            Self::TokenInQuery => write!(f, "a token in the query, as `{TOKEN_IN_QUERY}`"),
            Self::Allowed(alternative) => write!(f, "enough, by alternative {}", alternative + 1),
        }
    }
}
