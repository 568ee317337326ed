//! What a client reads of each refusal: status, code, challenge and sentence.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use policy_core::challenge::{Carrier, write};
use policy_core::{AuthenticationFailure as Failure, EnablementFailure, QueryKey, Reason, SchemeKind};

fn unknown_parameter() -> QueryKey<'static> {
    QueryKey::all("limt%0A=1").next().unwrap()
}

#[test]
fn every_reason_has_a_status_a_code_a_sentence_and_a_challenge_where_rfc_6750_has_one() {
    let (token, request, scope) = (Some("invalid_token"), Some("invalid_request"), Some("insufficient_scope"));
    for (reason, status, code, has_challenge, bearer_error, sentence) in [
        (
            Reason::Authentication(Failure::Missing),
            401,
            "missing_credential",
            true,
            None,
            "the request carries no credential",
        ),
        (
            Reason::Authentication(Failure::Malformed),
            401,
            "malformed_credential",
            true,
            token,
            "the credential is malformed",
        ),
        (
            Reason::Authentication(Failure::Multiple),
            400,
            "multiple_credentials",
            true,
            request,
            "the request carries more than one credential",
        ),
        (
            Reason::Authentication(Failure::Invalid),
            401,
            "invalid_credential",
            true,
            token,
            "the credential is not valid",
        ),
        (
            Reason::Authentication(Failure::Expired),
            401,
            "expired_credential",
            true,
            token,
            "the credential has expired",
        ),
        (
            Reason::Authentication(Failure::Revoked),
            401,
            "revoked_credential",
            true,
            token,
            "the credential was revoked",
        ),
        (
            Reason::Authentication(Failure::Inactive),
            401,
            "inactive_credential",
            true,
            token,
            "the credential is not active",
        ),
        (
            Reason::Authentication(Failure::Unavailable),
            503,
            "authentication_unavailable",
            false,
            None,
            "the credential cannot be checked now",
        ),
        (
            Reason::SchemeNotSatisfied,
            401,
            "scheme_not_satisfied",
            true,
            token,
            "the credential is of a scheme that this operation does not accept",
        ),
        (
            Reason::Enablement(EnablementFailure::NoOrganization),
            403,
            "no_organization",
            false,
            None,
            "the caller belongs to no organization",
        ),
        (
            Reason::Enablement(EnablementFailure::OrganizationInactive),
            403,
            "organization_inactive",
            false,
            None,
            "the caller's organization is not active",
        ),
        (
            Reason::Enablement(EnablementFailure::Unavailable),
            503,
            "enablement_unavailable",
            false,
            None,
            "the caller's enabled operations cannot be looked up now",
        ),
        (Reason::NotEnabled, 403, "route_not_enabled", false, None, "the operation is not enabled for the caller"),
        (
            Reason::InsufficientScope,
            403,
            "insufficient_scope",
            true,
            scope,
            "the credential lacks a scope that the operation requires",
        ),
        (
            Reason::UnsupportedQuery(unknown_parameter()),
            400,
            "unsupported_query_parameter",
            false,
            None,
            "the operation does not accept the query parameter `limt\\n`",
        ),
        (Reason::NoHandler, 403, "operation_pending", false, None, "the operation is not served yet"),
    ] {
        assert_eq!(
            (reason.status(), reason.code(), reason.has_challenge(), reason.bearer_error()),
            (status, code, has_challenge, bearer_error)
        );
        assert_eq!(reason.to_string(), sentence);
    }
}

#[test]
fn a_challenge_is_written_once_for_each_kind_of_carrier() {
    let key = Carrier::Key { place: "header", name: "X-\"Key" };
    let other_key = Carrier::Key { place: "query", name: "key" };
    let missing = Reason::Authentication(Failure::Missing);
    for (reason, carriers, required, expected) in [
        (missing, &[][..], &[][..], r#"Bearer realm="a b""#),
        (missing, &[Carrier::Bearer, Carrier::Bearer], &[], r#"Bearer realm="a b""#),
        (missing, &[Carrier::Basic], &[], r#"Basic realm="a b", charset="UTF-8""#),
        (missing, &[key, other_key], &[], r#"ApiKey realm="a b", in="header", name="X-\"Key""#),
        (
            missing,
            &[key, Carrier::Basic, Carrier::Bearer],
            &[],
            r#"Bearer realm="a b", Basic realm="a b", charset="UTF-8", ApiKey realm="a b", in="header", name="X-\"Key""#,
        ),
        (
            Reason::Authentication(Failure::Expired),
            &[Carrier::Bearer],
            &["files:read"],
            r#"Bearer realm="a b", error="invalid_token", error_description="the credential has expired""#,
        ),
        (
            Reason::InsufficientScope,
            &[Carrier::Bearer],
            &["files:read", "meta:read"],
            r#"Bearer realm="a b", error="insufficient_scope", error_description="the credential lacks a scope that the operation requires", scope="files:read meta:read""#,
        ),
        (
            Reason::InsufficientScope,
            &[Carrier::Bearer],
            &[],
            r#"Bearer realm="a b", error="insufficient_scope", error_description="the credential lacks a scope that the operation requires""#,
        ),
        (Reason::InsufficientScope, &[Carrier::Basic], &["files:read"], r#"Basic realm="a b", charset="UTF-8""#),
    ] {
        let mut out = String::new();
        write(&mut out, "a b", reason, carriers.iter().copied(), required.iter().copied()).unwrap();
        assert_eq!(out, expected, "{carriers:?}");
    }
}

/// RFC 9110, section 5.6.4: what a quoted string cannot hold is left out, so that no realm ends the header.
#[test]
fn a_realm_is_quoted() {
    let mut out = String::new();
    write(&mut out, "a\\\"\r\n\u{e9}\u{7f} ~", Reason::NotEnabled, [], []).unwrap();
    assert_eq!(out, r#"Bearer realm="a\\\" ~""#);
}

#[test]
fn a_kind_of_scheme_has_a_carrier_a_word_a_name_and_a_sentence() {
    let key = |place, name| Carrier::Key { place, name };
    for (kind, carrier, is_bearer, parts, sentence) in [
        (SchemeKind::Bearer, Carrier::Bearer, true, ("bearer", ""), "HTTP bearer token"),
        (SchemeKind::OAuth2, Carrier::Bearer, true, ("oauth2", ""), "OAuth 2.0"),
        (SchemeKind::OpenIdConnect, Carrier::Bearer, true, ("openIdConnect", ""), "OpenID Connect"),
        (SchemeKind::MutualTls, Carrier::Bearer, false, ("mutualTLS", ""), "mutual TLS"),
        (SchemeKind::HttpOther("Digest"), Carrier::Bearer, false, ("http", "Digest"), "HTTP Digest"),
        (SchemeKind::Basic, Carrier::Basic, false, ("basic", ""), "HTTP basic"),
        (SchemeKind::ApiKeyHeader("X"), key("header", "X"), false, ("header", "X"), "API key in the header X"),
        (SchemeKind::ApiKeyQuery("x"), key("query", "x"), false, ("query", "x"), "API key in the query parameter x"),
        (SchemeKind::ApiKeyCookie("c"), key("cookie", "c"), false, ("cookie", "c"), "API key in the cookie c"),
    ] {
        assert_eq!((Carrier::from(kind), kind.is_bearer()), (carrier, is_bearer), "{kind:?}");
        assert_eq!((kind.parts(), kind.to_string().as_str()), (parts, sentence));
        assert_eq!(kind.as_deref(), kind);
    }
}

/// Names of headers are case-insensitive (RFC 9110, section 5.1), and no other name is.
#[test]
fn two_kinds_are_the_same_where_one_credential_is_both() {
    for (one, other, is_same) in [
        (SchemeKind::ApiKeyHeader("X-Key"), SchemeKind::ApiKeyHeader("x-key"), true),
        (SchemeKind::ApiKeyHeader("X-Key"), SchemeKind::ApiKeyHeader("X-Other"), false),
        (SchemeKind::ApiKeyHeader("key"), SchemeKind::ApiKeyQuery("key"), false),
        (SchemeKind::ApiKeyQuery("key"), SchemeKind::ApiKeyQuery("key"), true),
        (SchemeKind::ApiKeyQuery("key"), SchemeKind::ApiKeyQuery("KEY"), false),
        (SchemeKind::ApiKeyCookie("key"), SchemeKind::ApiKeyCookie("KEY"), false),
        (SchemeKind::Bearer, SchemeKind::Bearer, true),
        (SchemeKind::Bearer, SchemeKind::OAuth2, false),
    ] {
        assert_eq!((one.is_same(&other), other.is_same(&one)), (is_same, is_same), "{one} {other}");
    }
}
