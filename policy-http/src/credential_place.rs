//! The place of a scheme's credential in a request.

use policy_core::SchemeKind;

/// A place in a request. A value there is one credential, even if several schemes have the same place.
#[derive(Clone, Copy)]
pub(crate) enum CredentialPlace {
    /// The field `Authorization`.
    Authorization,
    /// Another header field.
    Header(&'static str),
    /// A query parameter.
    Query(&'static str),
    /// A cookie.
    Cookie(&'static str),
}

impl CredentialPlace {
    /// The place of the scheme's credential. `None` if it is no part of the request's head.
    pub(crate) fn of(kind: SchemeKind) -> Option<Self> {
        Some(match kind {
            SchemeKind::ApiKeyHeader(name) if name.eq_ignore_ascii_case("authorization") => Self::Authorization,
            SchemeKind::ApiKeyHeader(name) => Self::Header(name),
            SchemeKind::ApiKeyQuery(name) => Self::Query(name),
            SchemeKind::ApiKeyCookie(name) => Self::Cookie(name),
            SchemeKind::Basic | SchemeKind::HttpOther(_) => Self::Authorization,
            kind if kind.is_bearer() => Self::Authorization,
            _ => return None,
        })
    }
}

impl PartialEq for CredentialPlace {
    /// Whether both are the same place. Case does not count in names of header fields (RFC 9110, section 5.1). In names of parameters
    /// and cookies it does.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Authorization, Self::Authorization) => true,
            (Self::Header(one), Self::Header(other)) => one.eq_ignore_ascii_case(other),
            (Self::Query(one), Self::Query(other)) | (Self::Cookie(one), Self::Cookie(other)) => one == other,
            _ => false,
        }
    }
}
