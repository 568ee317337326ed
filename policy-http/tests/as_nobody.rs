//! Credentials that count as nobody: which, where, and what never does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;
mod issuer;

use std::sync::Arc;

use common::Captured;
use entry::{Entry, reason};
use http::Response;
use issuer::{Issuer, NOW, Signer, but, clock, one, tokens, two};
use policy_core::__private::{OperationParts, PolicyParts, ScopeTable, phf};
use policy_core::{
    Access, AuthenticationFailure as Failure, Document, OperationDefinition, OperationRef, Policy, PolicyDefinition,
    Principal, QueryAllowList, Requirement, SchemeDefinition, SchemeKind, ScopeSet, Stale,
};
use policy_http::{
    ApiKeys, Authenticator, ByScheme, Credential, CredentialFault, Demands, EnableAll, Introspection, KeyFormat,
    KeyState, ManualClock, MemoryKeys, Options, StoredKey, Unavailable,
};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Api {}

impl Document for Api {
    type Words = [u64; 0];
    type OperationWords = [u64; 1];
    type Grants = [Option<ScopeSet<Self>>; 4];
    type Order = policy_core::order::EnablementFirst;
    const DEFINITION: &'static PolicyDefinition = &DEFINITION;
}

const fn operation(template: &'static str, access: Access, requirement: Requirement<'static>) -> OperationDefinition {
    OperationDefinition::new(OperationParts {
        method: "GET",
        template,
        operation_id: None,
        type_name: "",
        summary: None,
        access,
        requirement,
        query: QueryAllowList::new(&[], &[], false),
        location: "",
    })
}

// In the table's words: the schemes; of each alternative the length, no extension, each scheme without scopes. 65535 is the anonymous one.
const NEWS: &[u16] = &[4, 0, 1, 2, 3, 65535, 0, 2, 0, 0, 0, 2, 0, 1, 0, 2, 0, 2, 0, 2, 0, 3, 0];
const FILES: &[u16] = &[4, 0, 1, 2, 3, 2, 0, 0, 0, 2, 0, 1, 0, 2, 0, 2, 0, 2, 0, 3, 0];

static OPERATIONS: [OperationDefinition; 3] = [
    operation("/news", Access::Optional, Requirement::from_words(NEWS)),
    operation("/files", Access::Required, Requirement::from_words(FILES)),
    operation("/health", Access::Public, Requirement::NONE),
];

static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
    title: "",
    version: "",
    source: "",
    base_path: "",
    fingerprint: "",
    scopes: ScopeTable::rows(&[]),
    scope_index: &[],
    schemes: &[
        SchemeDefinition::new("Key", SchemeKind::ApiKeyHeader("X-Key"))
            .with_as_nobody(Stale::Expired)
            .with_as_nobody(Stale::Unknown),
        SchemeDefinition::new("OAuth", SchemeKind::OAuth2).with_as_nobody(Stale::Expired),
        SchemeDefinition::new("Strict", SchemeKind::ApiKeyHeader("X-Strict")),
        SchemeDefinition::new("Session", SchemeKind::ApiKeyCookie("session")).with_as_nobody(Stale::Expired),
    ],
    operations: &OPERATIONS,
    webhooks: &[],
    index: &phf::Map { key: 0, disps: &[], entries: &[] },
});

fn at(template: &str) -> OperationRef<Api> {
    Policy::<Api>::new().operations().find(|operation| operation.template() == template).unwrap()
}

/// Who called, by the name of the caller; `nobody`, or the reason of a refusal.
async fn told(
    authenticator: impl Authenticator<Api>,
    operation: OperationRef<Api>,
    headers: &[(&str, &str)],
) -> String {
    let gate = Entry::new(authenticator, EnableAll, Options::new().clock(ManualClock::at(NOW)));
    match gate.admit(operation, &common::parts("/", headers)).await {
        Ok(mut admitted) => {
            let allowed = admitted.take_allowed().unwrap();
            allowed.principal().subject().unwrap_or("nobody").to_owned()
        }
        Err(answer) => refused(&answer),
    }
}

fn refused(answer: &Response<String>) -> String {
    format!("{} {}", answer.status().as_u16(), reason(answer))
}

/// A store with a key, and how that key is presented.
fn store(change: impl Fn(StoredKey) -> StoredKey) -> (Arc<MemoryKeys>, String) {
    let (store, key) = (Arc::new(MemoryKeys::new()), KeyFormat::new("acme_sk").unwrap().generate().unwrap());
    store.insert(key.id(), change(StoredKey::new(key.secret_hash()).with_subject("ali")));
    (store, key.reveal())
}

fn keys(store: &Arc<MemoryKeys>) -> ApiKeys<Arc<MemoryKeys>, Arc<ManualClock>> {
    ApiKeys::new(KeyFormat::new("acme_sk").unwrap(), Arc::clone(store)).with_clock(clock())
}

#[tokio::test]
async fn an_expired_key_and_an_unknown_one_count_as_nobody_only_where_anybody_may_call() {
    let expired = |key: StoredKey| key.with_expiry(NOW);
    let (store, key) = store(expired);
    let unknown = KeyFormat::new("acme_sk").unwrap().generate().unwrap().reveal();
    let wrong = format!(
        "{}{}",
        key.rsplit_once('_').unwrap().0,
        unknown.rsplit_once('_').map(|(_, secret)| format!("_{secret}")).unwrap()
    );
    for (scheme, presented, at_optional, at_required) in [
        ("x-key", &key, "nobody", "401 expired_credential"),
        ("x-key", &unknown, "nobody", "401 invalid_credential"),
        // Its secret is not the key's, so that nobody learns that the key has expired.
        ("x-key", &wrong, "401 invalid_credential", "401 invalid_credential"),
        ("x-key", &"acme_sk_".to_owned(), "401 malformed_credential", "401 malformed_credential"),
        ("x-strict", &key, "401 expired_credential", "401 expired_credential"),
        ("x-strict", &unknown, "401 invalid_credential", "401 invalid_credential"),
    ] {
        let header = [(scheme, presented.as_str())];
        assert_eq!(told(keys(&store), at("/news"), &header).await, at_optional, "{scheme} {presented}");
        assert_eq!(told(keys(&store), at("/files"), &header).await, at_required, "{scheme} {presented}");
        assert_eq!(told(keys(&store), at("/health"), &header).await, "nobody", "a public operation looks at none");
    }
    // Of a scheme of which only expired credentials count as nobody, an unknown one is refused.
    let cookie = format!("session={unknown}");
    assert_eq!(told(keys(&store), at("/news"), &[("cookie", &cookie)]).await, "401 invalid_credential");
    let cookie = format!("session={key}");
    assert_eq!(told(keys(&store), at("/news"), &[("cookie", &cookie)]).await, "nobody");
    // Where no operation matches, nobody is let in.
    let gate = Entry::new(keys(&store), EnableAll, Options::<Api>::new().clock(ManualClock::at(NOW)));
    let answer = gate.not_found(&common::parts("/nothing", &[("x-key", &key)])).await;
    assert_eq!(refused(&answer), "401 expired_credential");
}

#[tokio::test]
async fn a_revoked_an_inactive_and_an_unanswered_key_are_refused() {
    for (change, expected) in [
        ((|key| key.with_state(KeyState::Revoked)) as fn(StoredKey) -> StoredKey, "401 revoked_credential"),
        // Revoked counts before expired.
        (|key| key.with_state(KeyState::Revoked).with_expiry(NOW), "401 revoked_credential"),
        (|key| key.with_state(KeyState::Inactive), "401 inactive_credential"),
        (|key| key.with_scopes("a  b"), "503 authentication_unavailable"),
        (|key| key, "ali"),
    ] {
        let (store, key) = store(change);
        assert_eq!(told(keys(&store), at("/news"), &[("x-key", &key)]).await, expected);
    }
    struct Down;
    impl policy_http::KeyStore for Down {
        async fn find(&self, _: &policy_http::PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
            Err(Unavailable::because("down"))
        }
    }
    let (_, key) = store(|key| key);
    let down = ApiKeys::new(KeyFormat::new("acme_sk").unwrap(), Down).with_clock(clock());
    assert_eq!(told(down, at("/news"), &[("x-key", &key)]).await, "503 authentication_unavailable");
}

#[tokio::test]
async fn an_expired_token_counts_as_nobody_only_with_a_good_signature() {
    let expired = json!({"exp": NOW - 31});
    let own = || tokens(&Issuer::with(&[&one()]), &clock());
    let bearer = |token: String| format!("Bearer {token}");
    let good = one().sign(&but(expired.clone()));
    for (case, token, expected) in [
        ("expired", good.clone(), "nobody"),
        (
            "of a key with another's name",
            Signer(two().0, two().1, "one").sign(&but(expired.clone())),
            "401 invalid_credential",
        ),
        ("of an unknown key", two().sign(&but(expired.clone())), "401 invalid_credential"),
        ("with its signature cut off", format!("{}.", good.rsplit_once('.').unwrap().0), "401 invalid_credential"),
        (
            "of another issuer",
            one().sign(&but(json!({"exp": NOW - 31, "iss": "https://other.example"}))),
            "401 invalid_credential",
        ),
        ("for another API", one().sign(&but(json!({"exp": NOW - 31, "aud": "other"}))), "401 invalid_credential"),
        ("an ID token", one().sign(&but(json!({"exp": NOW - 31, "token_use": "id"}))), "401 invalid_credential"),
        ("not valid yet", one().sign(&but(json!({"nbf": NOW + 31}))), "401 inactive_credential"),
        ("without an end", one().sign(&but(json!({"exp": null}))), "401 invalid_credential"),
        ("no token", "opaque".to_owned(), "401 malformed_credential"),
        ("good", one().sign(&but(json!({}))), "ali"),
    ] {
        let header = bearer(token);
        assert_eq!(told(own(), at("/news"), &[("authorization", &header)]).await, expected, "{case}");
    }
    let header = bearer(good);
    assert_eq!(told(own(), at("/files"), &[("authorization", &header)]).await, "401 expired_credential");
    // Sent twice it is two credentials.
    let twice = [("authorization", &*header), ("authorization", &*header)];
    assert_eq!(told(own(), at("/news"), &twice).await, "400 multiple_credentials");
    // Whose keys cannot be had, nobody knows to have expired.
    let down = Issuer::with(&[&one()]);
    down.set_down(true);
    let answer = told(tokens(&down, &clock()), at("/news"), &[("authorization", &header)]).await;
    assert_eq!(answer, "503 authentication_unavailable");
}

#[tokio::test]
async fn a_token_that_is_not_active_has_not_expired() {
    for (changes, expected) in [
        (json!({"active": false}), "401 invalid_credential"),
        (json!({"active": false, "exp": NOW - 60}), "401 invalid_credential"),
        (json!({"exp": NOW}), "nobody"),
        (json!({"exp": NOW, "aud": "other"}), "401 invalid_credential"),
        (json!({"exp": NOW, "active": "yes"}), "503 authentication_unavailable"),
        (json!({"exp": "soon"}), "503 authentication_unavailable"),
        (json!({}), "ali"),
    ] {
        let mut answer = json!({"active": true, "sub": "ali", "aud": "api"});
        answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let body = answer.to_string();
        let server = move |_: String| {
            let body = body.clone();
            async move { Ok::<_, Unavailable>(body) }
        };
        let tokens = Introspection::new(server, Demands::new().audience("api")).unwrap().with_clock(clock());
        assert_eq!(told(tokens, at("/news"), &[("authorization", "Bearer t")]).await, expected, "{changes}");
    }
}

/// Says what its secret asks for.
struct Says;

impl Authenticator<Api> for Says {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        Err(match credential.secret() {
            "expired" => Failure::Expired,
            "unknown" => credential.refuse(CredentialFault::UnknownKeyId),
            "down" => Failure::Unavailable,
            "wrong" => Failure::Invalid,
            // A key id that is not known, noted on the way to another answer.
            "noted" => {
                let _ = credential.refuse(CredentialFault::UnknownKeyId);
                Failure::Revoked
            }
            "late" => {
                return Ok(Principal::new("late").with_grant(credential.scheme(), ScopeSet::EMPTY).with_expiry(NOW));
            }
            subject => return Ok(Principal::new(subject).with_grant(credential.scheme(), ScopeSet::EMPTY)),
        })
    }
}

#[tokio::test]
async fn beside_another_credential_nothing_counts_as_nobody_but_what_all_do() {
    let (expired, unknown) = (("x-key", "expired"), ("x-key", "unknown"));
    for (headers, expected) in [
        (&[expired][..], "nobody"),
        (&[unknown], "nobody"),
        (&[("x-key", "late")], "nobody"),
        (&[("x-key", "noted")], "401 revoked_credential"),
        (&[expired, ("authorization", "Bearer expired")], "nobody"),
        (&[unknown, ("cookie", "session=expired")], "nobody"),
        // Somebody who is known, and a credential that is not good: as before, and whoever it is.
        (&[expired, ("authorization", "Bearer ali")], "401 expired_credential"),
        (&[("x-key", "ali"), ("authorization", "Bearer expired")], "401 expired_credential"),
        (&[unknown, ("cookie", "session=ali")], "401 invalid_credential"),
        // One that counts as nobody hides none that does not.
        (&[expired, ("authorization", "Bearer wrong")], "401 expired_credential"),
        (&[("x-key", "wrong"), ("authorization", "Bearer expired")], "401 expired_credential"),
        (&[expired, ("authorization", "Bearer down")], "503 authentication_unavailable"),
        (&[expired, ("authorization", "Bearer")], "401 expired_credential"),
        (&[expired, ("authorization", "Basic YTpi")], "401 expired_credential"),
        (&[expired, ("x-strict", "expired")], "401 expired_credential"),
        (&[unknown, ("authorization", "Bearer unknown")], "401 invalid_credential"),
        (&[expired, expired], "400 multiple_credentials"),
        (&[expired, ("cookie", "session=expired; session=expired")], "400 multiple_credentials"),
    ] {
        assert_eq!(told(Says, at("/news"), headers).await, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_scheme_without_an_authenticator_knows_no_expiry() {
    let by_scheme = || ByScheme::new().scheme(Policy::<Api>::new().scheme("Key").unwrap(), Says);
    assert_eq!(told(by_scheme(), at("/news"), &[("x-key", "expired")]).await, "nobody");
    let answer = told(by_scheme(), at("/news"), &[("authorization", "Bearer expired")]).await;
    assert_eq!(answer, "401 invalid_credential");
}

#[tokio::test]
async fn the_log_tells_at_debug_what_became_of_it_and_the_audit_names_it() {
    let (store, key) = store(|key| key.with_expiry(NOW));
    // An event that another test causes first, on a thread that captures nothing, would be taken for one that nobody wants.
    let _ = told(keys(&store), at("/news"), &[("x-key", &key)]).await;
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    assert_eq!(told(keys(&store), at("/news"), &[("x-key", &key)]).await, "nobody");
    drop(guard);
    let log = captured.text();
    assert!(log.contains("a credential may count as nobody here: the key has expired"), "{log}");
    assert!(!log.contains(&key), "{log}");
    let audit = Policy::<Api>::new().audit().to_string();
    let section = "COUNTS AS NOBODY  where anybody may call\nKey: expired, unknown\nOAuth: expired\nSession: expired\n";
    assert!(audit.contains(section), "{audit}");
}
