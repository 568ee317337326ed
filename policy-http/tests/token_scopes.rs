//! Which claims of a token grant scopes, and what the application's own rule may do about it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod issuer;

use common::schemes;
use issuer::{At, Issuer, ask, but, claims, clock, failure, one, raw, tokens};
use policy_core::AuthenticationFailure as Failure;
use policy_http::{ClaimPath, Jwt, ManualClock};
use serde_json::{Value, json};
use std::sync::Arc;

type Tokens = Jwt<At, Arc<ManualClock>>;

fn own() -> Tokens {
    tokens(&Issuer::with(&[&one()]), &clock())
}

async fn granted(tokens: &Tokens, changes: Value) -> Result<String, Failure> {
    let caller = ask(tokens, &one().sign(&but(changes))).await?;
    Ok(caller.grant(schemes::OAUTH2).unwrap().to_string())
}

const INVALID: Result<&str, Failure> = Err(Failure::Invalid);

#[tokio::test]
async fn the_first_scope_claim_that_a_token_has_counts_alone() {
    let tokens = own();
    for (changes, expected) in [
        (json!({"scope": "files:read files:write"}), Ok("files:read files:write")),
        (json!({"scope": ["files:read", "unheard-of"]}), Ok("files:read")),
        (json!({"scope": null, "scp": "files:read admin"}), Ok("admin files:read")),
        (json!({"scope": null, "scp": ["files:read", "unheard-of"]}), Ok("files:read")),
        (json!({"scope": null, "permissions": ["files:write"]}), Ok("files:write")),
        // The others are not added, whatever they say.
        (json!({"scope": "files:read", "scp": "admin", "permissions": ["admin"]}), Ok("files:read")),
        (json!({"scope": null, "scp": "files:read", "permissions": ["admin"]}), Ok("files:read")),
        // A claim that is empty is present.
        (json!({"scope": "", "scp": "admin"}), Ok("")),
        (json!({"scope": [], "permissions": ["admin"]}), Ok("")),
        (json!({"scope": null}), Ok("")),
        // No name is another in a different case, or with other letters that look alike.
        (json!({"scope": "FILES:READ files:*"}), Ok("")),
        (json!({"scope": null, "Scope": "admin", "SCP": "admin", "Permissions": ["admin"]}), Ok("")),
        (json!({"scope": null, "\u{455}cope": "admin"}), Ok("")),
        // Who somebody is grants nothing.
        (
            json!({"scope": null, "roles": ["admin"], "groups": ["admin"], "cognito:groups": ["admin"],
                "realm_access": {"roles": ["admin"]}, "resource_access": {"app": {"roles": ["admin"]}}}),
            Ok(""),
        ),
    ] {
        assert_eq!(granted(&tokens, changes.clone()).await.as_deref(), expected.as_ref().copied(), "{changes}");
    }
}

#[tokio::test]
async fn a_scope_claim_of_another_shape_denies() {
    let tokens = own();
    for shape in [
        json!(7),
        json!(true),
        json!({"files:read": true}),
        json!([["files:read"]]),
        json!([{"name": "files:read"}]),
        json!(["files:read", 7]),
        json!(["files:read", null]),
        json!(["files:read admin"]),
        json!([""]),
        json!(" files:read"),
        json!("files:read "),
        json!("files:read,admin\\"),
        json!("files:read\tadmin"),
        json!("files:read\u{a0}admin"),
        json!("\u{ff41}dmin"),
    ] {
        for claim in ["scope", "scp", "permissions"] {
            let found = granted(&tokens, json!({"scope": null, claim: shape})).await;
            assert_eq!(found.as_deref(), INVALID.as_ref().copied(), "{claim} {shape}");
        }
    }
    // What `but` cannot write: `null`, and a claim that stands twice, nested ones too.
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"one"}"#;
    for (scope, member) in [
        (false, r#""scope":null"#),
        (false, r#""scp":null"#),
        (true, r#""scope":"admin""#),
        (false, r#""scp":"files:read","scp":"admin""#),
        (true, r#""realm_access":{"roles":[],"roles":["admin"]}"#),
        (true, r#""a":[{"b":{"c":1,"c":2}}]"#),
    ] {
        let claims = if scope { claims() } else { but(json!({"scope": null})) };
        let body = claims.to_string().replacen('{', &format!("{{{member},"), 1);
        assert_eq!(failure(&tokens, &raw(header, &body, &one())).await, Some(Failure::Invalid), "{member}");
    }
}

#[tokio::test]
async fn a_claim_is_named_by_its_whole_name_or_by_a_path() {
    for (path, changes, expected) in [
        (ClaimPath::from("https://example.com/scopes"), json!({"https://example.com/scopes": "admin"}), Ok("admin")),
        (ClaimPath::from("a.b"), json!({"a.b": "admin", "a": {"b": "files:read"}}), Ok("admin")),
        (ClaimPath::from(["a", "b"]), json!({"a.b": "admin", "a": {"b": "files:read"}}), Ok("files:read")),
        (ClaimPath::from(["a", "b"]), json!({"a.b": "admin"}), Ok("")),
        (ClaimPath::from(["a", "b"]), json!({"a": {}}), Ok("")),
        (ClaimPath::from(["a", "b"]), json!({"a": {"b": null}}), INVALID),
        (ClaimPath::from(["a", "b"]), json!({"a": 7}), INVALID),
        (ClaimPath::from(["a", "b"]), json!({"a": ["b"]}), INVALID),
        (ClaimPath::from(["a", "b"]), json!({"a": "b"}), INVALID),
        (ClaimPath::from(["a", "0"]), json!({"a": ["admin"]}), INVALID),
    ] {
        let tokens = own().with_scope_claims([path.clone()]).unwrap();
        let found = granted(&tokens, changes.clone()).await;
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{path} {changes}");
    }
    // `scope` is no longer looked at where others were named.
    assert_eq!(granted(&own().with_scope_claims(["scp"]).unwrap(), json!({})).await.as_deref(), Ok(""));
}

#[test]
fn a_claim_that_says_who_somebody_is_is_no_claim_with_scopes() {
    for path in [
        ClaimPath::from("roles"),
        ClaimPath::from("Groups"),
        ClaimPath::from("cognito:groups"),
        ClaimPath::from("https://example.com/roles"),
        ClaimPath::from("realm_access.roles"),
        ClaimPath::from(["realm_access", "roles"]),
        ClaimPath::from(["resource_access", "app", "roles"]),
        ClaimPath::from("entitlements"),
    ] {
        let error = own().with_scope_claims([ClaimPath::from("scope"), path.clone()]).err().unwrap().to_string();
        assert!(error.starts_with(&format!("the claim `{path}` says who somebody is")), "{error}");
    }
    for path in [ClaimPath::from(""), ClaimPath::from([]), ClaimPath::from(["a", ""])] {
        assert_eq!(own().with_scope_claims([path]).err().unwrap().to_string(), "a claim with scopes needs a name");
    }
}

#[tokio::test]
async fn a_rule_of_the_application_only_takes_away() {
    let tokens = own().with_narrowing(|claims, grant| {
        if !claims.contains("amr", "mfa") {
            grant.retain(|scope| scope.ends_with(":read"));
        }
        if claims.text(["account", "state"]) == Some("closed") {
            grant.clear();
        }
        if claims.read::<u64>("tokens_before").is_some_and(|time| time > 5) || claims.has("leaver") {
            grant.refuse();
        }
        if claims.contains("without", "files:read") && grant.has("files:read") {
            grant.remove("files:read");
        }
        if claims.has("mistake") {
            grant.remove("file:read");
        }
    });
    let scope = "files:read files:write";
    for (changes, expected) in [
        (json!({"scope": scope}), Ok("files:read")),
        (json!({"scope": scope, "amr": ["pwd", "mfa"]}), Ok(scope)),
        (json!({"scope": scope, "amr": "mfa"}), Ok(scope)),
        (json!({"scope": scope, "amr": "mfa", "without": ["files:read"]}), Ok("files:write")),
        (json!({"scope": scope, "amr": "mfa", "account": {"state": "closed"}}), Ok("")),
        (json!({"scope": scope, "tokens_before": 9}), INVALID),
        (json!({"scope": scope, "leaver": false}), INVALID),
        // A rule that names a scope that is none does not pass as one that took something away.
        (json!({"scope": scope, "mistake": 1}), INVALID),
        (json!({"scope": ""}), Ok("")),
    ] {
        assert_eq!(granted(&tokens, changes.clone()).await.as_deref(), expected.as_ref().copied(), "{changes}");
    }
}

#[tokio::test]
async fn clients_kinds_and_audiences_can_stand_in_other_claims() {
    let tokens = own().with_clients("azp", ["app", "other"]).with_demanded_claim(["ext", "ver"], ["2.0"]);
    for (changes, expected) in [
        (json!({"azp": "app", "ext": {"ver": "2.0"}}), None),
        (json!({"azp": "App", "ext": {"ver": "2.0"}}), Some(Failure::Invalid)),
        (json!({"azp": ["app"], "ext": {"ver": "2.0"}}), Some(Failure::Invalid)),
        (json!({"ext": {"ver": "2.0"}}), Some(Failure::Invalid)),
        (json!({"azp": "app", "ext": {"ver": 2.0}}), Some(Failure::Invalid)),
        (json!({"azp": "app", "ext": "2.0"}), Some(Failure::Invalid)),
        (json!({"azp": "app"}), Some(Failure::Invalid)),
    ] {
        assert_eq!(failure(&tokens, &one().sign(&but(changes.clone()))).await, expected, "{changes}");
    }
    // A list of no client lets nobody in.
    let nobody = own().with_clients("azp", [""; 0]);
    assert_eq!(failure(&nobody, &one().sign(&but(json!({"azp": "app"})))).await, Some(Failure::Invalid));
}
