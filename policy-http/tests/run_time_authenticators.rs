//! The ready authenticators serve a policy that is read at run time as they serve a compiled one: the same faults, grants, and questions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod at_run_time;
mod common;
mod entry;
mod issuer;
mod mapped;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use at_run_time::{owned, policy};
use common::{Captured, schemes};
use entry::{Entry, at};
use issuer::{Issuer, NOW, but, one, tokens};
use mapped::{KEY, OAUTH, PARTNER};
use policy_core::{EnablementFailure, Identity, Scheme};
use policy_http::run_time::{self, Caller, Gate, RunTime};
use policy_http::{
    ApiKeys, Authenticator, ByScheme, Credential, CredentialFault, Demands, Enablement, EnablementStore, Introspection,
    JsonLines, KeyFormat, KeyState, ManualClock, MemoryKeys, Options, Organization, StoredEnablement, StoredKey,
    Unavailable, Verified,
};
use serde_json::{Value, json};

/// What the compiled policy was granted, and what the one that was read at run time was.
async fn both(
    compiled: &impl Authenticator<mapped::Api>,
    verified: Result<&Verified, CredentialFault>,
    scheme: Scheme<mapped::Api>,
    secret: &str,
) -> (Option<String>, Option<String>) {
    let read = owned::<mapped::Api>();
    let own = read.scheme(scheme.name()).unwrap();
    let caller = compiled.authenticate(&Credential::new(scheme, secret)).await.ok();
    let granted = verified.and_then(|verified| verified.grant_at_run_time(&read, own, NOW)).ok();
    let names = granted.map(|set| read.scope_names(&set).collect::<Vec<_>>().join(" "));
    (caller.map(|caller| caller.grant(scheme).unwrap().to_string()), names)
}

/// Claims in all the forms in which scopes and roles come, and in forms in which they must not.
fn changes() -> Vec<Value> {
    vec![
        json!({"scope": "files:read unheard-of"}),
        json!({"scope": "api://files/Files.Read"}),
        json!({"scope": null, "scp": ["Files.ReadWrite", "x"]}),
        json!({"scope": "files:write"}),
        json!({"scope": "files:read  admin"}),
        json!({"scope": 7}),
        json!({"scope": ["a b"]}),
        json!({"scope": null, "roles": ["Files.Read.All", "other"]}),
        json!({"scope": null, "roles": "Files.Read.All"}),
        json!({"scope": "files:read", "roles": 7}),
        json!({"scope": "files:read", "realm_access": ["roles"]}),
        json!({"scope": "files:read", "cognito:groups": ["auditors"]}),
        json!({"scope": null, "realm_access": {"roles": ["editor"]}}),
        json!({"scope": null, "resource_access": {"files-api": {"roles": ["manager"]}}}),
        json!({"scope": null, "permissions": ["write:files"]}),
        json!({"scope": "", "permissions": ["write:files"]}),
        json!({}),
    ]
}

#[tokio::test]
async fn a_token_grants_what_it_grants_a_compiled_policy() {
    let clock = Arc::new(ManualClock::at(NOW));
    let plain = tokens(&Issuer::with(&[&one()]), &clock);
    let narrowed = tokens(&Issuer::with(&[&one()]), &clock).with_narrowing(|claims, grant| {
        grant.retain(|scope| scope.ends_with(":read"));
        if claims.has("permissions") {
            grant.refuse();
        }
    });
    let mut granted = 0;
    for tokens in [&plain, &narrowed] {
        for changes in changes() {
            let token = one().sign(&but(changes.clone()));
            for scheme in [OAUTH, PARTNER, KEY] {
                let verified = tokens.verify(&token).await;
                let (compiled, read) = both(tokens, verified.as_ref().map_err(|fault| *fault), scheme, &token).await;
                assert_eq!(read, compiled, "{changes} {}", scheme.name());
                granted += usize::from(read.is_some_and(|names| !names.is_empty()));
            }
        }
    }
    assert!(granted > 30, "{granted}");
    assert_eq!(plain.verify("no token").await.unwrap_err(), CredentialFault::NoSignedToken);
}

#[tokio::test]
async fn an_introspected_token_grants_the_same_and_is_asked_about_once() {
    let clock = Arc::new(ManualClock::at(NOW));
    for changes in changes() {
        let asked = Arc::new(AtomicUsize::new(0));
        let server = || {
            let (changes, asked) = (changes.clone(), Arc::clone(&asked));
            move |_: String| {
                asked.fetch_add(1, Ordering::SeqCst);
                let mut body = json!({"active": true, "sub": "ali", "aud": "a"});
                body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
                async move { Ok::<_, Unavailable>(body.to_string()) }
            }
        };
        let demands = || Demands::new().audience("a");
        let compiled =
            Introspection::<mapped::Api, _>::new(server(), demands()).unwrap().with_clock(Arc::clone(&clock));
        let read = Introspection::<RunTime, _>::new(server(), demands()).unwrap().with_clock(Arc::clone(&clock));
        for scheme in [OAUTH, PARTNER] {
            let verified = read.verify("t").await;
            let (expected, found) = both(&compiled, verified.as_deref().map_err(|fault| *fault), scheme, "t").await;
            assert_eq!(found, expected, "{changes} {}", scheme.name());
        }
        // The compiled one keeps what it was told for each scheme. At run time the answer itself is kept.
        assert_eq!(asked.load(Ordering::SeqCst), 3, "{changes}");
        clock.advance(Duration::from_secs(31));
        read.verify("t").await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 4, "no answer is repeated for longer than half a minute");
    }
}

/// A gate of the compiled policy, one of the read policy, and their logs, over one store of keys.
#[tokio::test]
async fn keys_in_every_state_are_answered_and_logged_alike_and_a_bound_token_is_refused() {
    let (format, store) = (KeyFormat::new("acme_sk").unwrap(), Arc::new(MemoryKeys::new()));
    let mut presented: Vec<String> = vec!["acme_sk_short".into(), format.generate().unwrap().reveal()];
    for change in [
        |key: StoredKey| key,
        |key: StoredKey| key.with_state(KeyState::Revoked),
        |key: StoredKey| key.with_state(KeyState::Inactive),
        |key: StoredKey| key.with_expiry(NOW),
        |key: StoredKey| key.with_scopes("files:read  files:write"),
        |key: StoredKey| key.with_scopes("meta:read").with_subject("eve"),
    ] {
        let key = format.generate().unwrap();
        let stored = StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("files:read files:write");
        store.insert(key.id(), change(stored));
        // The right id with the secret of another key.
        let other = format.generate().unwrap().reveal();
        presented.push(format!("acme_sk_{}_{}", key.id(), other.rsplit('_').next().unwrap()));
        presented.push(key.reveal());
    }
    let clock = Arc::new(ManualClock::at(NOW));
    let keys = || ApiKeys::new(KeyFormat::new("acme_sk").unwrap(), Arc::clone(&store)).with_clock(Arc::clone(&clock));
    let signed = || tokens(&Issuer::with(&[&one()]), &clock);
    let (compiled_log, read_log) = (Captured::default(), Captured::default());
    let lines = |captured: &Captured| JsonLines::new(captured.clone(), 1 << 20).unwrap().with_replay_fields();
    let options = Options::new().clock(Arc::clone(&clock)).log(lines(&compiled_log));
    let by_scheme = ByScheme::new().scheme(schemes::KEY, keys()).scheme(schemes::OAUTH2, signed());
    let compiled = Entry::new(by_scheme, policy_http::EnableAll, options);
    let options = run_time::Options::new().clock(Arc::clone(&clock) as Arc<_>).log(Arc::new(lines(&read_log)));
    let read = Gate::new(policy::<common::Api>(), Arc::new(policy_http::EnableAll), options);
    let read =
        read.authenticator("Key", Arc::new(keys())).unwrap().authenticator("OAuth2", Arc::new(signed())).unwrap();
    assert_eq!(read.unhandled().count(), 0);

    let mut fields: Vec<(&str, String)> = presented.into_iter().map(|secret| ("x-key", secret)).collect();
    for changes in
        [json!({"scope": "files:read"}), json!({"scope": "files:read", "cnf": {"jkt": "x"}}), json!({"exp": 1})]
    {
        fields.push(("authorization", format!("Bearer {}", one().sign(&but(changes)))));
    }
    for (name, value) in fields {
        let request = common::parts("/x", &[(name, &value)]);
        for operation in common::POLICY.operations() {
            let own = read.policy().rules().operation(operation.index()).unwrap();
            let expected = compiled.admit(operation, &request).await.map(drop).map_err(|answer| format!("{answer:?}"));
            let found =
                read.admit(own, &at(operation, &request)).await.map(drop).map_err(|answer| format!("{answer:?}"));
            assert_eq!(found, expected, "{operation}");
        }
    }
    drop((compiled, read));
    let (expected, found) = (compiled_log.text(), read_log.text());
    assert_eq!(found, expected);
    for code in [
        "ill_formed_key",
        "unknown_key_id",
        "wrong_secret",
        "revoked_key",
        "inactive_key",
        "expired_key",
        "ill_formed_stored_scopes",
        "bound_to_key",
        "expired_token",
    ] {
        assert!(found.contains(code), "{code}");
    }
}

/// What is enabled for organizations, in a store that counts.
struct Store(AtomicUsize);

impl EnablementStore for Store {
    async fn organization(&self, name: &str) -> Result<Organization, Unavailable> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match name {
            "north" => Ok(Organization::Enabled(vec![("GET", "/v1/files").into(), ("GET", "/nowhere").into()])),
            "closed" => Ok(Organization::Inactive),
            "down" => Err(Unavailable::because("down")),
            _ => Ok(Organization::Unknown),
        }
    }
}

#[tokio::test]
async fn what_is_enabled_is_told_and_kept_alike() {
    let clock = Arc::new(ManualClock::at(NOW));
    let (compiled_store, read_store) = (Arc::new(Store(AtomicUsize::new(0))), Arc::new(Store(AtomicUsize::new(0))));
    let compiled = StoredEnablement::<common::Api, _>::new(Arc::clone(&compiled_store)).with_clock(Arc::clone(&clock));
    let read = StoredEnablement::<RunTime, _>::new(Arc::clone(&read_store)).with_clock(Arc::clone(&clock));
    let rules = owned::<common::Api>();
    let scheme = rules.scheme("Key").unwrap();
    let mut told = Vec::new();
    for tenant in [Some("north"), Some("north"), Some("closed"), Some("down"), Some("other"), None] {
        let mut identity = Identity::new("ali");
        identity.tenant = tenant.map(Into::into);
        let caller = Caller::new(&Verified::new(identity.clone(), ""), &rules, scheme, NOW).unwrap();
        let principal = policy_core::Principal::known(identity);
        for operation in common::POLICY.operations() {
            let expected = compiled.is_enabled(&principal, operation).await;
            let own = rules.operation(operation.index()).unwrap();
            let found = run_time::Enablement::is_enabled(&read, &caller, own).await;
            assert_eq!(found, expected, "{tenant:?} {operation}");
            told.push(found);
        }
    }
    for expected in
        [Ok(true), Ok(false), Err(EnablementFailure::OrganizationInactive), Err(EnablementFailure::Unavailable)]
    {
        assert!(told.contains(&expected), "{expected:?}");
    }
    assert_eq!(read_store.0.load(Ordering::SeqCst), compiled_store.0.load(Ordering::SeqCst), "as many questions");
}
