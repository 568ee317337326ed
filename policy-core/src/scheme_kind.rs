//! The kinds of security schemes.

use core::fmt;

/// How a security scheme's credential travels. `N` is what holds a name.
///
/// It displays in words, such as `API key in the header X-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemeKind<N = &'static str> {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic,
    /// `Authorization:` with another registered scheme, named here.
    HttpOther(N),
    /// A key in the header of this name.
    ApiKeyHeader(N),
    /// A key in the query parameter of this name.
    ApiKeyQuery(N),
    /// A key in the cookie of this name.
    ApiKeyCookie(N),
    /// OAuth 2.0; the token travels as a bearer token.
    OAuth2,
    /// OpenID Connect; the token travels as a bearer token.
    OpenIdConnect,
    /// A client certificate; nothing travels in the request itself.
    MutualTls,
}

impl SchemeKind<&str> {
    /// Whether the credential is a bearer token.
    #[must_use]
    pub const fn is_bearer(self) -> bool {
        matches!(self, SchemeKind::Bearer | SchemeKind::OAuth2 | SchemeKind::OpenIdConnect)
    }
}

impl<N: AsRef<str>> SchemeKind<N> {
    /// The same kind with its name borrowed.
    #[must_use]
    pub fn as_deref(&self) -> SchemeKind<&str> {
        match self {
            Self::Bearer => SchemeKind::Bearer,
            Self::Basic => SchemeKind::Basic,
            Self::HttpOther(name) => SchemeKind::HttpOther(name.as_ref()),
            Self::ApiKeyHeader(name) => SchemeKind::ApiKeyHeader(name.as_ref()),
            Self::ApiKeyQuery(name) => SchemeKind::ApiKeyQuery(name.as_ref()),
            Self::ApiKeyCookie(name) => SchemeKind::ApiKeyCookie(name.as_ref()),
            Self::OAuth2 => SchemeKind::OAuth2,
            Self::OpenIdConnect => SchemeKind::OpenIdConnect,
            Self::MutualTls => SchemeKind::MutualTls,
        }
    }

    /// A stable word for the kind, such as `bearer` or `header`, and the name that goes with it. The name is empty for kinds without one.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self.as_deref() {
            SchemeKind::Bearer => ("bearer", ""),
            SchemeKind::Basic => ("basic", ""),
            SchemeKind::HttpOther(name) => ("http", name),
            SchemeKind::ApiKeyHeader(name) => ("header", name),
            SchemeKind::ApiKeyQuery(name) => ("query", name),
            SchemeKind::ApiKeyCookie(name) => ("cookie", name),
            SchemeKind::OAuth2 => ("oauth2", ""),
            SchemeKind::OpenIdConnect => ("openIdConnect", ""),
            SchemeKind::MutualTls => ("mutualTLS", ""),
        }
    }

    /// Whether both ask for the same credential in the same place. Names of headers are case-insensitive (RFC 9110,
    /// section 5.1), those of query parameters and cookies are not.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let ((kind, name), (other_kind, other_name)) = (self.parts(), other.parts());
        kind == other_kind && (name == other_name || kind == "header" && name.eq_ignore_ascii_case(other_name))
    }
}

impl<N: AsRef<str>> fmt::Display for SchemeKind<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_deref() {
            SchemeKind::Bearer => f.write_str("HTTP bearer token"),
            SchemeKind::Basic => f.write_str("HTTP basic"),
            SchemeKind::HttpOther(name) => write!(f, "HTTP {name}"),
            SchemeKind::ApiKeyHeader(name) => write!(f, "API key in the header {name}"),
            SchemeKind::ApiKeyQuery(name) => write!(f, "API key in the query parameter {name}"),
            SchemeKind::ApiKeyCookie(name) => write!(f, "API key in the cookie {name}"),
            SchemeKind::OAuth2 => f.write_str("OAuth 2.0"),
            SchemeKind::OpenIdConnect => f.write_str("OpenID Connect"),
            SchemeKind::MutualTls => f.write_str("mutual TLS"),
        }
    }
}
