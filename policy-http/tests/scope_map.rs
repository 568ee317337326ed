//! `scopes.map` where grants are read: of tokens, introspection answers and stored keys.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod issuer;
mod mapped;

use std::sync::Arc;
use std::time::Duration;

use issuer::{At, Issuer, NOW, but, one, tokens};
use mapped::{Api, END, KEY, OAUTH, PARTNER};
use policy_core::{AuthenticationFailure as Failure, Policy, Scheme};
use policy_http::{
    ApiKeys, Authenticator, Credential, Demands, Introspection, Jwt, KeyFormat, ManualClock, MemoryKeys, StoredKey,
};
use serde_json::{Value, json};

async fn granted(
    authenticator: &impl Authenticator<Api>,
    scheme: Scheme<Api>,
    secret: &str,
) -> Result<String, Failure> {
    let caller = authenticator.authenticate(&Credential::new(scheme, secret)).await?;
    let others = Policy::<Api>::new().schemes().filter(|other| *other != scheme);
    assert!(others.into_iter().all(|other| caller.grant(other).is_none()), "a grant went to another scheme");
    Ok(caller.grant(scheme).unwrap().to_string())
}

fn own(clock: &Arc<ManualClock>) -> Jwt<At, Arc<ManualClock>> {
    tokens(&Issuer::with(&[&one()]), clock)
}

#[tokio::test]
async fn a_token_is_mapped_by_scheme_claim_and_whole_name() {
    let tokens = own(&Arc::new(ManualClock::at(NOW)));
    for (scheme, changes, expected) in [
        (OAUTH, json!({"scope": "api://files/Files.Read"}), Ok("files:read")),
        (OAUTH, json!({"scope": null, "scp": ["Files.ReadWrite", "x"]}), Ok("files:read files:write")),
        // What a map grants is not mapped: `files:write`, if issued itself, grants `admin`.
        (OAUTH, json!({"scope": "files:write"}), Ok("admin files:write")),
        (OAUTH, json!({"scope": "api://files/files.read"}), Ok("")),
        (OAUTH, json!({"scope": "api://files/Files.Read.All"}), Ok("")),
        (OAUTH, json!({"scope": "api://files/Files.Re\u{430}d"}), Err(Failure::Invalid)),
        // Another scheme's grants are its own.
        (PARTNER, json!({"scope": "api://files/Files.Read"}), Ok("")),
        (PARTNER, json!({"scope": "", "roles": ["Files.Read.All"]}), Ok("")),
        // Roles and groups by their claim alone.
        (OAUTH, json!({"scope": null, "roles": ["Files.Read.All", "other"]}), Ok("files:read")),
        (OAUTH, json!({"scope": null, "roles": "Files.Read.All"}), Ok("files:read")),
        (OAUTH, json!({"scope": "Files.Read.All"}), Ok("")),
        (OAUTH, json!({"scope": null, "groups": ["Files.Read.All"]}), Ok("")),
        (OAUTH, json!({"scope": "files:read", "cognito:groups": ["auditors"]}), Ok("files:read meta:read")),
        (OAUTH, json!({"scope": null, "realm_access": {"roles": ["editor"]}}), Ok("files:read files:write")),
        (OAUTH, json!({"scope": null, "realm_access.roles": ["editor"]}), Ok("")),
        (OAUTH, json!({"scope": null, "roles": ["editor"]}), Ok("")),
        // Of another client's roles nothing counts here.
        (OAUTH, json!({"scope": null, "resource_access": {"files-api": {"roles": ["manager"]}}}), Ok("admin")),
        (OAUTH, json!({"scope": null, "resource_access": {"other": {"roles": ["manager"]}}}), Ok("")),
        (OAUTH, json!({"scope": null, "resource_access": {"Files-Api": {"roles": ["manager"]}}}), Ok("")),
        // A scope claim that does not count is not read by a map either.
        (OAUTH, json!({"scope": null, "permissions": ["write:files"]}), Ok("files:write")),
        (OAUTH, json!({"scope": "", "permissions": ["write:files"]}), Ok("")),
        (OAUTH, json!({"scope": "write:files"}), Ok("")),
        // A claim that an entry names has a shape, or the token is refused.
        (OAUTH, json!({"scope": "files:read", "roles": 7}), Err(Failure::Invalid)),
        (OAUTH, json!({"scope": "files:read", "roles": {"Files.Read.All": true}}), Err(Failure::Invalid)),
        (OAUTH, json!({"scope": "files:read", "roles": [{"name": "Files.Read.All"}]}), Err(Failure::Invalid)),
        (OAUTH, json!({"scope": "files:read", "realm_access": ["roles"]}), Err(Failure::Invalid)),
        (OAUTH, json!({"scope": "files:read", "realm_access": {}}), Ok("files:read")),
        (OAUTH, json!({"scope": null, "roles": ["files.read.all", "Files.Read.All "]}), Ok("")),
    ] {
        let found = granted(&tokens, scheme, &one().sign(&but(changes.clone()))).await;
        assert_eq!(found.as_deref(), expected.as_ref().copied(), "{changes}");
    }
}

#[tokio::test]
async fn an_entry_ends_with_its_day_whatever_else_the_clock_did() {
    let clock = Arc::new(ManualClock::at(END - 1));
    let tokens = own(&clock);
    let token = one().sign(&but(json!({"scope": "api://files/Files.Read files:read", "exp": END + 60})));
    let renamed = one().sign(&but(json!({"scope": "api://files/Files.Read", "exp": END + 60})));
    assert_eq!(granted(&tokens, OAUTH, &renamed).await.as_deref(), Ok("files:read"));
    clock.advance(Duration::from_secs(1));
    assert_eq!(granted(&tokens, OAUTH, &renamed).await.as_deref(), Ok(""));
    assert_eq!(granted(&tokens, OAUTH, &token).await.as_deref(), Ok("files:read"), "its own name still counts");
    // A clock that was set back.
    assert_eq!(
        granted(&own(&Arc::new(ManualClock::at(END - 3600))), OAUTH, &renamed).await.as_deref(),
        Ok("files:read")
    );
}

#[tokio::test]
async fn an_introspected_answer_is_mapped_and_not_repeated_beyond_the_end_of_an_entry() {
    let clock = Arc::new(ManualClock::at(END - 5));
    let body = |scope: &str, more: Value| {
        let mut body = json!({"active": true, "sub": "ali", "aud": "a", "scope": scope});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let asked = |body: String| {
        let server = move |_: String| {
            let body = body.clone();
            async move { Ok(body) }
        };
        Introspection::<Api, _>::new(server, Demands::new().audience("a")).unwrap().with_clock(Arc::clone(&clock))
    };
    let renamed = asked(body("api://files/Files.Read", json!({})));
    assert_eq!(granted(&renamed, OAUTH, "t").await.as_deref(), Ok("files:read"));
    clock.advance(Duration::from_secs(4));
    assert_eq!(granted(&renamed, OAUTH, "t").await.as_deref(), Ok("files:read"));
    clock.advance(Duration::from_secs(1));
    assert_eq!(granted(&renamed, OAUTH, "t").await.as_deref(), Ok(""));
    let roles = asked(body("", json!({"realm_access": {"roles": ["editor"]}, "roles": null})));
    assert_eq!(granted(&roles, OAUTH, "t").await.as_deref(), Ok("files:read files:write"));
    let odd = asked(body("", json!({"roles": [7]})));
    assert_eq!(granted(&odd, OAUTH, "t").await, Err(Failure::Invalid));
}

#[tokio::test]
async fn a_stored_key_is_mapped_by_its_own_scheme() {
    let format = KeyFormat::new("acme_sk").unwrap();
    let store = Arc::new(MemoryKeys::new());
    let key = format.generate().unwrap();
    store.insert(key.id(), StoredKey::new(key.secret_hash()).with_scopes("reader api://files/Files.Read"));
    let secret = key.reveal();
    let keys = ApiKeys::new(format, store).with_clock(Arc::new(ManualClock::at(NOW)));
    assert_eq!(granted(&keys, KEY, &secret).await.as_deref(), Ok("files:read"));
    assert_eq!(granted(&keys, PARTNER, &secret).await.as_deref(), Ok(""));
}

#[test]
fn the_audit_names_the_map() {
    let text = Policy::<Api>::new().audit().to_string();
    assert!(
        text.contains("SCOPE MAP\nOAuth: `api://files/Files.Read` grants `files:read` until 2027-03-31\n"),
        "{text}"
    );
    assert!(
        text.contains(
            "OAuth: `editor` in the claim [\"realm_access\", \"roles\"] grants `files:read`, `files:write`\n"
        ),
        "{text}"
    );
}
