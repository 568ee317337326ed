//! Whoever is asked, who calls or what is enabled: one question for all who ask at the same time, which no cancelled request takes
//! along, and whose answer is not used when it comes too late.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, schemes};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use policy_core::{Principal, Scheme};
use policy_http::{
    ApiKeys, Authenticator, Credential, Demands, Enablement, EnablementStore, Introspection, Jwt, JwtAlgorithm,
    KeyBounds, KeyFormat, KeyStore, ManualClock, Organization, PresentedKey, StoredEnablement, StoredKey, Unavailable,
};
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const NOW: u64 = 1_800_000_000;

/// Whoever is asked. It waits for leave, and then answers or cannot.
#[derive(Default)]
struct Asked {
    questions: AtomicUsize,
    leave: Notify,
    down: Mutex<bool>,
}

impl Asked {
    async fn wait<T>(&self, answer: T) -> Result<T, Unavailable> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        self.leave.notified().await;
        if *self.down.lock().unwrap() { Err(Unavailable::because("down")) } else { Ok(answer) }
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }
}

/// One request's part: whether it was told what it asked for.
type Ask = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

fn authenticated(authenticator: impl Authenticator<Api>, scheme: Scheme<Api>, secret: String) -> Ask {
    let authenticator = Arc::new(authenticator);
    Arc::new(move || {
        let (authenticator, secret) = (Arc::clone(&authenticator), secret.clone());
        Box::pin(async move { authenticator.authenticate(&Credential::new(scheme, secret)).await.is_ok() })
    })
}

fn introspection(asked: Arc<Asked>, clock: Arc<ManualClock>) -> Ask {
    let server = move |_: String| {
        let asked = Arc::clone(&asked);
        async move { asked.wait(r#"{"active":true,"sub":"ali","aud":"a"}"#.to_owned()).await }
    };
    let tokens = Introspection::<Api, _>::new(server, Demands::new().audience("a")).unwrap().with_clock(clock);
    authenticated(tokens, schemes::OAUTH2, "token".into())
}

fn keys_of_an_issuer(asked: Arc<Asked>, clock: Arc<ManualClock>) -> Ask {
    let key = EncodingKey::from_ec_der(include_bytes!("keys/ec-one.der"));
    let set = json!({"keys": [Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()]}).to_string();
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".into());
    let claims = json!({"iss": "i", "aud": "a", "sub": "ali", "exp": NOW + 86_400});
    let token = encode(&header, &claims, &key).unwrap();
    let source = move || {
        let (asked, set) = (Arc::clone(&asked), set.clone());
        async move { asked.wait(set).await }
    };
    let bounds = KeyBounds::default().with_usable_for(Duration::from_secs(30));
    let tokens = Jwt::new("i", "a", JwtAlgorithm::Es256, source).with_key_bounds(bounds).with_clock(clock);
    authenticated(tokens, schemes::OAUTH2, token)
}

fn stored_keys(asked: Arc<Asked>, clock: Arc<ManualClock>) -> Ask {
    struct Store(Arc<Asked>, StoredKey);

    impl KeyStore for Store {
        async fn find(&self, _: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
            self.0.wait(Some(self.1.clone())).await
        }
    }

    let format = KeyFormat::new("acme_sk").unwrap();
    let key = format.generate().unwrap();
    let store = Store(asked, StoredKey::new(key.secret_hash()));
    authenticated(ApiKeys::new(format, store).with_clock(clock), schemes::KEY, key.reveal())
}

fn enablement(asked: Arc<Asked>, clock: Arc<ManualClock>) -> Ask {
    struct Store(Arc<Asked>);

    impl EnablementStore for Store {
        async fn organization(&self, _: &str) -> Result<Organization, Unavailable> {
            self.0.wait(Organization::Enabled(vec![("GET", "/v1/files").into()])).await
        }
    }

    let enablement = Arc::new(StoredEnablement::<Api, _>::new(Store(asked)).with_clock(clock));
    Arc::new(move || {
        let enablement = Arc::clone(&enablement);
        Box::pin(async move { enablement.enabled(&Principal::new("ali").with_tenant("north")).await.is_ok() })
    })
}

type Of = fn(Arc<Asked>, Arc<ManualClock>) -> Ask;

const ALL: [(&str, Of); 4] = [
    ("introspection", introspection),
    ("an issuer's keys", keys_of_an_issuer),
    ("stored keys", stored_keys),
    ("enablement", enablement),
];

fn all() -> impl Iterator<Item = (&'static str, Arc<Asked>, Arc<ManualClock>, Ask)> {
    ALL.into_iter().map(|(name, of)| {
        let (asked, clock) = (Arc::new(Asked::default()), Arc::new(ManualClock::at(NOW)));
        let ask = of(Arc::clone(&asked), Arc::clone(&clock));
        (name, asked, clock, ask)
    })
}

fn request(ask: &Ask) -> JoinHandle<bool> {
    let ask = Arc::clone(ask);
    tokio::spawn(async move { ask().await })
}

async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_that_come_together_ask_once_and_a_cancelled_one_hands_the_question_on() {
    for (name, asked, _, ask) in all() {
        let first = request(&ask);
        settle().await;
        let others: Vec<_> = (0..20).map(|_| request(&ask)).collect();
        settle().await;
        first.abort();
        settle().await;
        assert_eq!(asked.questions(), 1, "{name}");
        asked.leave.notify_waiters();
        for other in others {
            assert!(other.await.unwrap(), "{name}");
        }
        assert_eq!(asked.questions(), 1, "{name}: nobody asked again for the one who hung up");
    }
}

#[tokio::test]
async fn a_question_that_fails_fails_for_all_who_wait_and_is_not_asked_by_each() {
    for (name, asked, clock, ask) in all() {
        *asked.down.lock().unwrap() = true;
        let requests: Vec<_> = (0..20).map(|_| request(&ask)).collect();
        settle().await;
        asked.leave.notify_waiters();
        for request in requests {
            assert!(!request.await.unwrap(), "{name}");
        }
        assert_eq!(asked.questions(), 1, "{name}");
        // The outage itself is not repeated. (An issuer is asked for its keys every ten seconds at most.)
        *asked.down.lock().unwrap() = false;
        clock.advance(Duration::from_secs(10));
        let next = request(&ask);
        settle().await;
        asked.leave.notify_waiters();
        assert!(next.await.unwrap(), "{name}");
        assert_eq!(asked.questions(), 2, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_took_longer_than_its_bound_is_not_used() {
    for (name, asked, clock, ask) in all() {
        for (takes, is_used) in [(30_001, false), (30_000, true)] {
            let waiting = request(&ask);
            settle().await;
            clock.advance(Duration::from_millis(takes));
            asked.leave.notify_waiters();
            assert_eq!(waiting.await.unwrap(), is_used, "{name} {takes}");
        }
    }
}

/// Whoever comes late would be told of a time too long ago: a question is joined for a short while.
#[tokio::test]
async fn an_old_question_is_not_joined() {
    for (name, asked, clock, ask) in all().filter(|(name, ..)| *name != "an issuer's keys") {
        let early = request(&ask);
        settle().await;
        clock.advance(Duration::from_secs(5));
        let late = request(&ask);
        settle().await;
        assert_eq!(asked.questions(), 2, "{name}");
        asked.leave.notify_waiters();
        assert!(early.await.unwrap() && late.await.unwrap(), "{name}");
    }
}
