//! API keys: one spelling, a secret that is shown once, a state that only its holder learns.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, operation, parts, schemes};
use entry::Entry;
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{
    ApiKeys, Authenticator, Credential, EnableAll, KeyFormat, KeyState, KeyStore, ManualClock, MemoryKeys, NewKey,
    Options, PresentedKey, SecretHash, StoredKey, Unavailable,
};

fn format() -> KeyFormat {
    KeyFormat::new("acme_sk").unwrap()
}

fn issue(store: &MemoryKeys, change: impl FnOnce(StoredKey) -> StoredKey) -> (String, String) {
    let key = format().generate().unwrap();
    let stored = StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("files:read unheard-of");
    store.insert(key.id(), change(stored));
    (key.id().to_owned(), key.reveal())
}

async fn ask<S: KeyStore>(keys: &ApiKeys<S, Arc<ManualClock>>, secret: &str) -> Result<Principal<Api>, Failure> {
    keys.authenticate(&Credential::new(schemes::KEY, secret)).await
}

#[tokio::test]
async fn a_key_gives_its_caller_and_its_state_is_told_only_to_its_holder() {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::at(1_000));
    let keys = ApiKeys::new(format(), Arc::clone(&store)).with_clock(Arc::clone(&clock));

    let (id, good) = issue(&store, |key| key.with_expiry(1_010));
    let caller = ask(&keys, &good).await.unwrap();
    assert_eq!(caller.subject(), Some(&*id));
    assert_eq!(caller.credential_id(), Some(&*id));
    assert_eq!((caller.tenant(), caller.expires_at()), (Some("north"), Some(1_010)));
    assert_eq!(caller.grant(schemes::KEY).unwrap().to_string(), "files:read");
    assert!(caller.grant(schemes::OAUTH2).is_none());
    let (_, named) = issue(&store, |key| key.with_subject("integration-7"));
    assert_eq!(ask(&keys, &named).await.unwrap().subject(), Some("integration-7"));

    let (revoked, revoked_key) = issue(&store, |key| key);
    assert!(store.set_state(&revoked, KeyState::Revoked));
    let (paused, paused_key) = issue(&store, |key| key.with_state(KeyState::Inactive));
    clock.advance(Duration::from_secs(10));
    for (id, key, failure) in [
        (&id, &good, Failure::Expired),
        (&revoked, &revoked_key, Failure::Revoked),
        (&paused, &paused_key, Failure::Inactive),
    ] {
        assert_eq!(ask(&keys, key).await.unwrap_err(), failure);
        let wrong = format!("acme_sk_{id}_{}", named.rsplit('_').next().unwrap());
        assert_eq!(ask(&keys, &wrong).await.unwrap_err(), Failure::Invalid, "{failure:?} is told to a stranger");
    }
    assert_eq!(ask(&keys, &format().generate().unwrap().reveal()).await.unwrap_err(), Failure::Invalid);
    assert!(store.remove(&paused) && !store.remove(&paused) && !store.set_state(&paused, KeyState::Active));
    assert_eq!(ask(&keys, &paused_key).await.unwrap_err(), Failure::Invalid);
}

#[tokio::test]
async fn there_is_one_spelling() {
    let store = Arc::new(MemoryKeys::new());
    let keys = ApiKeys::new(format(), Arc::clone(&store)).with_clock(Arc::new(ManualClock::at(0)));
    let (_, key) = issue(&store, |key| key);
    let secret = key.rsplit('_').next().unwrap();
    for malformed in [
        String::new(),
        "acme_sk".into(),
        "acme_sk_".into(),
        "acme_sk__".into(),
        key.to_uppercase(),
        format!("{key}0"),
        format!("{key}00"),
        format!("{key}\n"),
        format!(" {key}"),
        key.replace("acme_sk", "acme_pk"),
        key.replacen("acme_sk_", "acme_sk", 1),
        format!("acme_sk_{secret}"),
        format!("acme_sk_xyz_{secret}"),
        format!("acme_sk_0123456789abcdeF_{secret}"),
        format!("acme_sk_0123456789abcdef_{}", secret.replace(|c: char| c.is_ascii_hexdigit(), "é")),
    ] {
        assert_eq!(ask(&keys, &malformed).await.unwrap_err(), Failure::Malformed, "{malformed:?}");
    }
    for prefix in ["", "a b", "ä", "a.b", "a/"] {
        assert!(KeyFormat::new(prefix).is_err(), "{prefix:?}");
    }
}

/// Keys in memory, behind a store that counts what it is asked and has a revision.
#[derive(Default)]
struct Watched {
    keys: MemoryKeys,
    asked: AtomicUsize,
    accepted: Mutex<Vec<String>>,
    revision: Mutex<Option<u64>>,
}

impl KeyStore for Watched {
    async fn find(&self, key: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.keys.find(key).await
    }

    fn revision(&self) -> Option<u64> {
        *self.revision.lock().unwrap()
    }

    fn accepted(&self, id: &str) {
        self.accepted.lock().unwrap().push(id.to_owned());
    }
}

#[tokio::test]
async fn an_accepted_key_is_kept_for_its_revision_for_a_while_and_for_its_secret() {
    let store = Arc::new(Watched::default());
    let clock = Arc::new(ManualClock::at(0));
    let keys = ApiKeys::new(format(), Arc::clone(&store)).with_cache(100, Duration::from_secs(3_600));
    let keys = keys.with_clock(Arc::clone(&clock));
    let asked = || store.asked.swap(0, Ordering::SeqCst);
    let (id, key) = issue(&store.keys, |key| key.with_expiry(100));
    let (_, other) = issue(&store.keys, |key| key);
    *store.revision.lock().unwrap() = Some(1);

    for _ in 0..3 {
        assert!(ask(&keys, &key).await.is_ok());
    }
    assert_eq!(asked(), 1);
    let wrong = format!("acme_sk_{id}_{}", other.rsplit('_').next().unwrap());
    assert_eq!(ask(&keys, &wrong).await.unwrap_err(), Failure::Invalid, "the id alone opens nothing");
    assert_eq!(asked(), 1, "a store may be keyed by hashes");
    assert_eq!(store.accepted.lock().unwrap().len(), 3, "the store is told of each use, and of no refusal");

    store.keys.set_state(&id, KeyState::Revoked);
    assert!(ask(&keys, &key).await.is_ok(), "the store has not said that anything changed");
    *store.revision.lock().unwrap() = Some(2);
    for _ in 0..2 {
        assert_eq!(ask(&keys, &key).await.unwrap_err(), Failure::Revoked);
    }
    assert_eq!(asked(), 2, "a refusal is not kept");

    store.keys.set_state(&id, KeyState::Active);
    *store.revision.lock().unwrap() = None;
    for _ in 0..2 {
        assert!(ask(&keys, &key).await.is_ok());
    }
    assert_eq!(asked(), 2, "a store that cannot tell is asked");

    *store.revision.lock().unwrap() = Some(2);
    assert!(ask(&keys, &key).await.is_ok());
    clock.advance(Duration::from_millis(29_999));
    assert!(ask(&keys, &key).await.is_ok());
    assert_eq!(asked(), 1);
    clock.advance(Duration::from_millis(1));
    assert!(ask(&keys, &key).await.is_ok());
    assert_eq!(asked(), 1, "nothing is kept for longer than half a minute");
    clock.advance(Duration::from_secs(28));
    store.keys.set_state(&id, KeyState::Active);
    assert!(ask(&keys, &key).await.is_ok());
    clock.advance(Duration::from_secs(50));
    assert_eq!(ask(&keys, &key).await.unwrap_err(), Failure::Expired, "nor beyond its expiry");
}

#[tokio::test]
async fn a_caller_without_a_secret_is_still_told_the_state() {
    let clock = Arc::new(ManualClock::at(1_000));
    let keys = ApiKeys::new(format(), MemoryKeys::new()).with_clock(clock);
    let key = StoredKey::new(format().generate().unwrap().secret_hash()).with_tenant("north").with_scopes("files:read");
    let caller: Principal<Api> = keys.caller("id", &key, schemes::KEY).unwrap();
    assert_eq!((caller.subject(), caller.credential_id(), caller.tenant()), (Some("id"), Some("id"), Some("north")));
    assert_eq!(caller.grant(schemes::KEY).unwrap().to_string(), "files:read");
    for (key, failure) in [
        (key.clone().with_state(KeyState::Revoked), Failure::Revoked),
        (key.clone().with_state(KeyState::Inactive), Failure::Inactive),
        (key.clone().with_expiry(1_000), Failure::Expired),
        (key.clone().with_scopes("a  b"), Failure::Unavailable),
    ] {
        assert_eq!(keys.caller("id", &key, schemes::KEY).unwrap_err(), failure);
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_or_whose_scopes_are_void_is_a_503() {
    struct Down;
    impl KeyStore for Down {
        async fn find(&self, _: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))?
        }
    }
    let clock = || Arc::new(ManualClock::at(0));
    let key = format().generate().unwrap().reveal();
    let down = ApiKeys::new(format(), Down).with_clock(clock());
    assert_eq!(ask(&down, &key).await.unwrap_err(), Failure::Unavailable);

    let store = Arc::new(MemoryKeys::new());
    let (_, void) = issue(&store, |key| key.with_scopes("files:read  admin"));
    let keys = ApiKeys::new(format(), store).with_clock(clock());
    assert_eq!(ask(&keys, &void).await.unwrap_err(), Failure::Unavailable);

    let gate = Entry::new(ApiKeys::new(format(), Down), EnableAll, Options::<Api>::new());
    let answer = gate.admit(operation("GET", "/v1/files"), &parts("/", &[("x-key", &key)])).await.unwrap_err();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}

#[test]
fn nothing_shows_the_secret_and_no_two_keys_are_alike() {
    let key = format().generate().unwrap();
    let other = format().generate().unwrap();
    assert!(!key.secret_hash().matches(&other.secret_hash()) && key.id() != other.id());
    assert!(!key.secret_hash().matches(&SecretHash::NONE));
    let hash = SecretHash::try_from(&key.secret_hash().as_bytes()[..]).unwrap();
    assert!(hash.matches(&key.secret_hash()) && SecretHash::try_from(&[0_u8; 31][..]).is_err());

    let shown = |key: &NewKey| format!("{key:?} {:?} {:?}", key.secret_hash(), StoredKey::new(key.secret_hash()));
    let shown = shown(&key);
    let revealed = key.reveal();
    let presented = format().parse(&revealed).unwrap();
    assert!(presented.secret_hash().matches(&hash));
    let secret = revealed.rsplit('_').next().unwrap();
    assert!(!format!("{shown} {presented:?}").contains(secret));
}
