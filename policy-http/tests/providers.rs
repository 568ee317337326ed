//! Tokens of the shape that providers document, and what is answered to them: the tables of `docs/tokens.md`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod issuer;
mod mapped;

use issuer::{At, Issuer, NOW, clock, raw, rsa};
use mapped::{Api, OAUTH};
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{Authenticator, Credential, Jwt, Provider};
use serde_json::{Value, json};

const TENANT: &str = "9f3c1d2e-8a54-4c1b-9b7e-2d6f0a1b3c4d";
const OTHER_TENANT: &str = "00000000-8a54-4c1b-9b7e-2d6f0a1b3c4d";
const V2_API: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

/// A provider, the audience that the API has there, and an access token as it documents it.
struct Shape {
    name: &'static str,
    provider: fn() -> Provider,
    audience: &'static str,
    header: Value,
    claims: Value,
}

fn header(typ: Option<&str>) -> Value {
    let mut header = json!({"alg": "RS256", "kid": "rsa"});
    if let Some(typ) = typ {
        header["typ"] = typ.into();
    }
    header
}

fn shapes() -> Vec<Shape> {
    let times = json!({"iat": NOW, "exp": NOW + 3600});
    let with_times = |claims: Value| {
        let mut claims = claims;
        claims.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        claims
    };
    vec![
        Shape {
            name: "Auth0",
            provider: || Provider::auth0("example.eu.auth0.com").unwrap(),
            audience: "https://api.example",
            header: header(Some("JWT")),
            claims: with_times(json!({
                "iss": "https://example.eu.auth0.com/", "sub": "auth0|123456",
                "aud": ["https://api.example", "https://example.eu.auth0.com/userinfo"],
                "azp": "app", "scope": "openid profile files:read", "permissions": ["admin"]
            })),
        },
        Shape {
            name: "Auth0, RFC 9068",
            provider: || Provider::auth0_rfc9068("example.eu.auth0.com").unwrap(),
            audience: "https://api.example",
            header: header(Some("at+jwt")),
            claims: with_times(json!({
                "iss": "https://example.eu.auth0.com/", "sub": "app@clients", "aud": "https://api.example",
                "client_id": "app", "jti": "73WakrfVbNJBaAmhQtEeDv", "scope": "files:read"
            })),
        },
        Shape {
            name: "Entra ID v1",
            provider: || Provider::entra_v1(TENANT).unwrap(),
            audience: "api://files",
            header: header(Some("JWT")),
            claims: with_times(json!({
                "iss": format!("https://sts.windows.net/{TENANT}/"), "aud": "api://files", "nbf": NOW, "ver": "1.0",
                "tid": TENANT, "appid": "app", "appidacr": "1", "oid": "o", "sub": "pairwise", "scp": "files:read"
            })),
        },
        Shape {
            name: "Entra ID v2, of an application",
            provider: || Provider::entra_v2(TENANT).unwrap(),
            audience: V2_API,
            header: header(Some("JWT")),
            claims: with_times(json!({
                "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": V2_API, "nbf": NOW,
                "ver": "2.0", "tid": TENANT, "azp": "app", "azpacr": "1", "oid": "o", "sub": "o",
                "roles": ["Files.Read.All"]
            })),
        },
        Shape {
            name: "Keycloak",
            provider: || Provider::keycloak("https://sso.example.com/auth", "acme").unwrap(),
            audience: "files-api",
            header: header(Some("JWT")),
            claims: with_times(json!({
                "iss": "https://sso.example.com/auth/realms/acme", "aud": ["files-api", "account"], "sub": "36fa0f91",
                "typ": "Bearer", "azp": "app", "jti": "trrtcc:1", "acr": "1", "scope": "email files:read",
                "realm_access": {"roles": ["offline_access", "uma_authorization"]},
                "resource_access": {"account": {"roles": ["manage-account"]}, "other-api": {"roles": ["manager"]}}
            })),
        },
        Shape {
            name: "Cognito",
            provider: || Provider::cognito("eu-west-1_AbC123").unwrap(),
            audience: "app",
            header: header(None),
            claims: with_times(json!({
                "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123", "sub": "aaaaaaaa-bbbb",
                "client_id": "app", "token_use": "access", "version": 2, "scope": "files:read", "username": "ali",
                "origin_jti": "o", "jti": "j", "event_id": "e", "auth_time": NOW
            })),
        },
        Shape {
            name: "Okta",
            provider: || Provider::okta("example.okta.com", "default").unwrap(),
            audience: "api://default",
            header: header(None),
            claims: with_times(json!({
                "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
                "iss": "https://example.okta.com/oauth2/default", "aud": "api://default", "cid": "app", "uid": "00u1",
                "scp": ["openid", "files:read"], "sub": "ali@example.com"
            })),
        },
    ]
}

/// The members of a token or header, with some in another way; `null` takes one away.
fn but(value: &Value, changes: &Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
            change => value[name] = change.clone(),
        }
    }
    value
}

impl Shape {
    fn authenticator(&self, provider: Provider) -> Jwt<At, std::sync::Arc<policy_http::ManualClock>> {
        Jwt::of_provider(provider, self.audience, At(Issuer::with(&[&rsa()]))).with_clock(clock())
    }

    async fn asked(&self, header: &Value, claims: &Value) -> Result<Principal<Api>, Failure> {
        let token = raw(&header.to_string(), &claims.to_string(), &rsa());
        self.authenticator((self.provider)()).authenticate(&Credential::new(OAUTH, &*token)).await
    }
}

#[tokio::test]
async fn a_token_as_its_provider_documents_it_is_known_by_its_scopes_alone() {
    for shape in shapes() {
        let caller =
            shape.asked(&shape.header, &shape.claims).await.unwrap_or_else(|why| panic!("{}: {why:?}", shape.name));
        assert_eq!(caller.grant(OAUTH).unwrap().to_string(), "files:read", "{}", shape.name);
        let is_entra = shape.name.starts_with("Entra");
        assert_eq!(caller.tenant(), is_entra.then_some(TENANT), "{}", shape.name);
    }
}

#[tokio::test]
async fn what_is_no_access_token_of_the_provider_for_this_api_is_refused() {
    for shape in shapes() {
        let issuer = shape.claims["iss"].as_str().unwrap().to_owned();
        let mut cases = vec![
            (json!({}), json!({"iss": format!("{issuer}x")})),
            (json!({}), json!({"iss": issuer.to_uppercase()})),
            (json!({}), json!({"iss": null})),
            (json!({"typ": "dpop+jwt"}), json!({})),
            (json!({"alg": "HS256"}), json!({})),
            (json!({"alg": "none"}), json!({})),
            (json!({"alg": "PS256"}), json!({})),
            (json!({}), json!({"token_use": "id"})),
            (json!({}), json!({"sub": null})),
        ];
        let audience_claim = if shape.name == "Cognito" { "client_id" } else { "aud" };
        cases.extend(["other", "APP", ""].map(|other| (json!({}), json!({audience_claim: other}))));
        cases.push((json!({}), json!({audience_claim: null})));
        let typ = if shape.header.get("typ").is_some() { json!({"typ": null}) } else { json!({"typ": "JWT"}) };
        cases.push((typ, json!({})));
        match shape.name {
            // ID tokens of Auth0 have no `azp` where they are for one client, and are for the client.
            "Auth0" => cases.extend([(json!({"typ": "at+jwt"}), json!({})), (json!({}), json!({"azp": null}))]),
            "Auth0, RFC 9068" => cases
                .extend([(json!({"typ": "JWT"}), json!({})), (json!({}), json!({"client_id": null, "azp": "app"}))]),
            "Entra ID v1" => cases.extend([
                (json!({}), json!({"ver": "2.0"})),
                (json!({}), json!({"tid": OTHER_TENANT})),
                (json!({}), json!({"tid": null})),
                // An ID token has neither.
                (json!({}), json!({"appid": null})),
                (json!({}), json!({"iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0")})),
                (json!({}), json!({"iss": format!("https://sts.windows.net/{OTHER_TENANT}/")})),
            ]),
            "Entra ID v2, of an application" => cases.extend([
                (json!({}), json!({"ver": "1.0"})),
                (json!({}), json!({"tid": OTHER_TENANT})),
                (json!({}), json!({"azp": null})),
                (json!({}), json!({"iss": "https://login.microsoftonline.com/common/v2.0"})),
            ]),
            "Keycloak" => cases.extend([
                (json!({}), json!({"typ": "ID"})),
                (json!({}), json!({"typ": "Refresh"})),
                (json!({}), json!({"typ": "Offline"})),
                (json!({}), json!({"typ": null})),
                (json!({}), json!({"aud": "account"})),
                (json!({}), json!({"azp": null})),
            ]),
            "Cognito" => cases.extend([
                (json!({}), json!({"token_use": null})),
                (json!({}), json!({"client_id": null, "aud": "app"})),
                // Asked for with a `resource`, which is another API.
                (json!({}), json!({"aud": "https://other.example"})),
                (json!({}), json!({"aud": 7})),
                (json!({}), json!({"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other"})),
            ]),
            "Okta" => cases.extend([
                // An ID token has no `cid`; the organization's own server issues for itself.
                (json!({}), json!({"cid": null})),
                (json!({}), json!({"iss": "https://example.okta.com", "aud": "https://example.okta.com"})),
            ]),
            other => panic!("{other}"),
        }
        for (header, claims) in cases {
            let found = shape.asked(&but(&shape.header, &header), &but(&shape.claims, &claims)).await;
            assert!(found.is_err(), "{}: {header} {claims}", shape.name);
        }
    }
}

#[tokio::test]
async fn clients_can_be_named() {
    for shape in shapes() {
        let token = raw(&shape.header.to_string(), &shape.claims.to_string(), &rsa());
        for (clients, expected) in [(&["other", "app"][..], true), (&["other"], false), (&["App"], false), (&[], false)]
        {
            let tokens = shape.authenticator((shape.provider)().clients(clients.iter().copied()));
            let found: Result<Principal<Api>, _> = tokens.authenticate(&Credential::new(OAUTH, &*token)).await;
            assert_eq!(found.is_ok(), expected, "{} {clients:?}", shape.name);
        }
    }
}

/// What roles and groups grant is said by a map, and by nothing else.
#[tokio::test]
async fn a_map_says_what_providers_roles_and_groups_grant() {
    let shapes = shapes();
    let of = |name: &str| shapes.iter().find(|shape| shape.name == name).unwrap();
    for (shape, changes, expected) in [
        (of("Auth0"), json!({"scope": null}), "admin"),
        (of("Auth0"), json!({"scope": null, "permissions": ["write:files"]}), "files:write"),
        (of("Auth0"), json!({"scope": "", "permissions": ["write:files"]}), ""),
        (of("Entra ID v1"), json!({"scp": "api://files/Files.Read"}), "files:read"),
        (of("Entra ID v1"), json!({"scp": "Files.ReadWrite"}), "files:read files:write"),
        (of("Entra ID v2, of an application"), json!({"roles": ["Files.ReadWrite.All"]}), ""),
        (of("Keycloak"), json!({"realm_access": {"roles": ["editor"]}}), "files:read files:write"),
        (of("Keycloak"), json!({"resource_access": {"files-api": {"roles": ["manager"]}}}), "admin files:read"),
        (of("Keycloak"), json!({"resource_access": {"account": {"roles": ["manager"]}}}), "files:read"),
        (of("Cognito"), json!({"cognito:groups": ["auditors"]}), "files:read meta:read"),
        (of("Okta"), json!({"groups": ["editor", "auditors"]}), "files:read"),
    ] {
        let caller = shape.asked(&shape.header, &but(&shape.claims, &changes)).await.unwrap();
        assert_eq!(caller.grant(OAUTH).unwrap().to_string(), expected, "{} {changes}", shape.name);
    }
}

#[test]
fn a_provider_is_named_exactly() {
    for (found, expected) in [
        (Provider::auth0("https://example.eu.auth0.com/").err(), "`https://example.eu.auth0.com/` is no domain"),
        (Provider::auth0("Example.auth0.com").err(), "`Example.auth0.com` is no domain"),
        (Provider::auth0("localhost").err(), "`localhost` is no domain"),
        (Provider::auth0("a..b").err(), "`a..b` is no domain"),
        (Provider::auth0("evil.example/x.auth0.com").err(), "`evil.example/x.auth0.com` is no domain"),
        (Provider::auth0("user@evil.example").err(), "`user@evil.example` is no domain"),
        (Provider::entra_v2("common").err(), "`common` is no tenant"),
        (Provider::entra_v1("organizations").err(), "`organizations` is no tenant"),
        (Provider::entra_v2("example.com").err(), "`example.com` is no tenant"),
        (Provider::keycloak("http://sso.example.com", "acme").err(), "`http://sso.example.com` is no server"),
        (Provider::keycloak("https://sso.example.com/?a", "acme").err(), "`https://sso.example.com/?a` is no server"),
        (Provider::keycloak("https://sso.example.com", "a/b").err(), "`a/b` is no realm"),
        (Provider::keycloak("https://sso.example.com", "..").err(), "`..` is no realm"),
        (Provider::cognito("AbC123").err(), "`AbC123` is no user pool"),
        (Provider::cognito("evil.example/x_a").err(), "`evil.example/x_a` is no user pool"),
        (Provider::okta("example.okta.com", "").err(), "`` is no authorization server"),
    ] {
        let message = found.unwrap().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(
        Provider::entra_v1(&TENANT.to_uppercase()).unwrap().issuer(),
        format!("https://sts.windows.net/{TENANT}/")
    );
    for (provider, keys) in [
        (Provider::auth0("example.eu.auth0.com"), "https://example.eu.auth0.com/.well-known/jwks.json"),
        (
            Provider::keycloak("https://sso.example.com/", "acme"),
            "https://sso.example.com/realms/acme/protocol/openid-connect/certs",
        ),
        (
            Provider::cognito("eu-west-1_AbC123"),
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123/.well-known/jwks.json",
        ),
        (Provider::okta("example.okta.com", "default"), "https://example.okta.com/oauth2/default/v1/keys"),
    ] {
        assert_eq!(provider.unwrap().keys_url(), keys);
    }
}
