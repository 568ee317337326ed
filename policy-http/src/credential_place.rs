//! The place of a scheme's credential in a request.

use policy_core::SchemeKind;

/// A place in a request. A value there is one credential, even if several schemes have the same place.
#[derive(Clone, Copy)]
pub(crate) enum CredentialPlace<'n> {
    /// The field `Authorization`.
    Authorization,
    /// Another header field.
    Header(&'n str),
    /// A query parameter.
    Query(&'n str),
    /// A cookie.
    Cookie(&'n str),
}

impl<'n> CredentialPlace<'n> {
    /// The place of the scheme's credential. `None` if it is no part of the request's head.
    pub(crate) fn of(kind: SchemeKind<&'n str>) -> Option<Self> {
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

impl PartialEq for CredentialPlace<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two schemes whose credentials stand in one place share one credential.
    #[test]
    fn each_kind_of_scheme_has_its_place() {
        use SchemeKind::{
            ApiKeyCookie, ApiKeyHeader, ApiKeyQuery, Basic, Bearer, HttpOther, MutualTls, OAuth2, OpenIdConnect,
        };

        let authorization = Some(CredentialPlace::Authorization);
        for (kind, place) in [
            (Bearer, authorization),
            (OAuth2, authorization),
            (OpenIdConnect, authorization),
            (Basic, authorization),
            (HttpOther("digest"), authorization),
            (ApiKeyHeader("AUTHORIZATION"), authorization),
            (ApiKeyHeader("X-Key"), Some(CredentialPlace::Header("x-key"))),
            (ApiKeyQuery("key"), Some(CredentialPlace::Query("key"))),
            (ApiKeyCookie("key"), Some(CredentialPlace::Cookie("key"))),
            (MutualTls, None),
        ] {
            assert!(CredentialPlace::of(kind) == place, "{kind:?}");
        }
        // Of parameters and cookies the case counts, and a name is a name only where it stands.
        for (kind, other) in [
            (ApiKeyQuery("Key"), CredentialPlace::Query("key")),
            (ApiKeyCookie("Key"), CredentialPlace::Cookie("key")),
            (ApiKeyCookie("key"), CredentialPlace::Query("key")),
            (ApiKeyHeader("key"), CredentialPlace::Query("key")),
        ] {
            assert!(CredentialPlace::of(kind) != Some(other), "{kind:?}");
        }
    }
}
