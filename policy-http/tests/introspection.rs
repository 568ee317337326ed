//! Introspected tokens: the issuer has the say, and its answers are repeated only for a short time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Api, schemes};
use policy_core::{AuthenticationFailure as Failure, Principal, Scheme};
use policy_http::{Authenticator, Credential, Demands, Introspection, IntrospectionServer, ManualClock, Unavailable};
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;

/// A server that knows some tokens, and keeps the forms that it was sent.
#[derive(Default)]
struct Server {
    tokens: Mutex<HashMap<&'static str, Value>>,
    down: Mutex<bool>,
    forms: Mutex<Vec<String>>,
}

impl Server {
    fn says(&self, token: &'static str, answer: Value) {
        self.tokens.lock().unwrap().insert(token, answer);
    }

    fn asked(&self) -> usize {
        self.forms.lock().unwrap().len()
    }
}

struct At(Arc<Server>);

impl IntrospectionServer for At {
    async fn post(&self, form: String) -> Result<String, Unavailable> {
        self.0.forms.lock().unwrap().push(form.clone());
        if *self.0.down.lock().unwrap() {
            return Err(Unavailable::because("down"));
        }
        let token = form.strip_prefix("token=").and_then(|rest| rest.strip_suffix("&token_type_hint=access_token"));
        let token = percent_encoding::percent_decode_str(token.unwrap()).decode_utf8().unwrap().into_owned();
        let answer = self.0.tokens.lock().unwrap().get(&*token).cloned();
        Ok(answer.unwrap_or_else(|| json!({"active": false})).to_string())
    }
}

type Tokens = Introspection<Api, At, Arc<ManualClock>>;

fn demanding(server: &Arc<Server>, clock: &Arc<ManualClock>, demands: Demands) -> Tokens {
    Introspection::new(At(Arc::clone(server)), demands).unwrap().with_clock(Arc::clone(clock))
}

fn tokens(server: &Arc<Server>, clock: &Arc<ManualClock>) -> Tokens {
    demanding(server, clock, Demands::new().token_type("Bearer"))
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NOW))
}

async fn by(tokens: &Tokens, scheme: Scheme<Api>, token: &str) -> Result<Principal<Api>, Failure> {
    tokens.authenticate(&Credential::new(scheme, token)).await
}

async fn failure(tokens: &Tokens, token: &str) -> Option<Failure> {
    by(tokens, schemes::OAUTH2, token).await.err()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn an_active_token_gives_its_caller_and_every_other_answer_denies() {
    let server = Arc::new(Server::default());
    let demands = Demands::new().audience("api").issuer("issuer").tenant_claim("org");
    let tokens = demanding(&server, &clock(), demands);
    let answer = |changes: Value| {
        let mut answer = json!({
            "active": true, "token_type": "Bearer", "sub": "ali", "client_id": "app", "aud": ["other", "api"], "iss": "issuer",
            "scope": "files:read unheard-of", "exp": NOW + 60, "org": "north"
        });
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(answer.as_object_mut().unwrap().remove(name)),
                value => answer[name] = value.clone(),
            }
        }
        answer
    };
    server.says("a+b/c=", answer(json!({})));
    let caller = by(&tokens, schemes::OAUTH2, "a+b/c=").await.unwrap();
    assert_eq!((caller.subject(), caller.tenant(), caller.credential_id()), (Some("ali"), Some("north"), Some("app")));
    assert_eq!((caller.expires_at(), caller.grant(schemes::KEY).is_none()), (Some(NOW + 60), true));
    assert_eq!(caller.grant(schemes::OAUTH2).unwrap().to_string(), "files:read");
    assert_eq!(server.forms.lock().unwrap()[0], "token=a%2Bb%2Fc%3D&token_type_hint=access_token");

    let (invalid, unavailable) = (Some(Failure::Invalid), Some(Failure::Unavailable));
    let cases = [
        ("no-sub", json!({"sub": null}), None),
        ("no-expiry", json!({"exp": null}), None),
        ("nobody", json!({"sub": null, "client_id": null}), invalid),
        ("inactive", json!({"active": false}), invalid),
        ("audience", json!({"aud": "other"}), invalid),
        ("no-audience", json!({"aud": null}), invalid),
        ("issuer", json!({"iss": "other"}), invalid),
        ("expired", json!({"exp": NOW}), Some(Failure::Expired)),
        ("early", json!({"nbf": NOW + 1}), Some(Failure::Inactive)),
        ("scope", json!({"scope": "files:read  admin"}), invalid),
        ("tenant", json!({"org": 7}), invalid),
        ("empty-tenant", json!({"org": ""}), invalid),
        ("no-tenant", json!({"org": null}), invalid),
        // Whatever is demanded, what the server calls something else than an access token is none.
        ("refresh", json!({"typ": "Refresh"}), invalid),
        ("offline", json!({"typ": "Offline"}), invalid),
        ("identity", json!({"typ": "ID"}), invalid),
        ("identity-type", json!({"typ": "application/id+jwt"}), invalid),
        ("use", json!({"token_use": "refresh_token"}), invalid),
        ("type", json!({"token_type": "refresh_token"}), invalid),
        ("access", json!({"typ": "Bearer", "token_use": "access_token", "token_type": "bearer"}), None),
        // What is bound to a key is no bearer token.
        ("dpop", json!({"cnf": {"jkt": "thumb"}, "token_type": "DPoP"}), invalid),
        ("certificate", json!({"cnf": {"x5t#S256": "thumb"}}), invalid),
        ("empty-cnf", json!({"cnf": {}}), invalid),
        ("text-cnf", json!({"cnf": "thumb"}), invalid),
        ("unbound", json!({"token_type": "DPoP"}), invalid),
        ("no-answer", json!({"active": null}), unavailable),
        ("text", json!({"active": "true"}), unavailable),
        ("number", json!({"active": 1}), unavailable),
        ("list", json!({"sub": ["ali"]}), unavailable),
    ];
    for (token, changes, _) in &cases {
        server.says(token, answer(changes.clone()));
    }
    for (token, _, expected) in &cases {
        assert_eq!(failure(&tokens, token).await, *expected, "{token}");
    }
    assert_eq!(failure(&tokens, "unknown").await, invalid);
}

#[tokio::test]
async fn what_a_token_must_say_can_be_demanded_and_something_must_be() {
    let server = Arc::new(Server::default());
    let demands = Demands::new;
    for (name, changes, demands, known) in [
        ("type", json!({"token_type": "bearer"}), demands().token_type("Bearer"), true),
        ("none", json!({}), demands().token_type("Bearer"), false),
        ("other", json!({"token_type": "N_A"}), demands().token_type("Bearer"), false),
        ("list", json!({"token_type": ["Bearer"]}), demands().token_type("Bearer"), false),
        (
            "several",
            json!({"token_type": "access_token"}),
            demands().token_type("Bearer").token_type("access_token"),
            true,
        ),
        ("typ", json!({"typ": "application/at+jwt"}), demands().typ("at+JWT"), true),
        ("no-typ", json!({}), demands().typ("at+jwt"), false),
        ("jwt", json!({"typ": "JWT"}), demands().typ("at+jwt"), false),
        ("aud", json!({"aud": "b"}), demands().audience("a").audience("b"), true),
        ("both", json!({"aud": "b"}), demands().audience("b").typ("at+jwt"), false),
        ("iss", json!({"aud": "b", "iss": "x"}), demands().audience("b").issuer("y"), false),
        ("org", json!({"aud": "b"}), demands().audience("b").tenant_claim("sub"), true),
        ("username", json!({"aud": "b"}), demands().audience("b").tenant_claim("username"), false),
        ("refresh", json!({"token_type": "refresh_token"}), demands().token_type("refresh_token"), false),
    ] {
        let mut answer = json!({"active": true, "sub": "ali"});
        answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        server.says(name, answer);
        let found = by(&demanding(&server, &clock(), demands), schemes::OAUTH2, name).await;
        assert_eq!(found.is_ok(), known, "{name}");
        assert!(name != "org" || found.unwrap().tenant() == Some("ali"));
    }
    for (demands, message) in [
        (demands(), "any active token of the introspection server would do"),
        (demands().issuer("x").tenant_claim("org"), "any active token of the introspection server would do"),
        (demands().audience(""), "the demanded `audience` is an empty text"),
        (demands().audience("a").typ(""), "the demanded `typ` is an empty text"),
        (demands().audience("a").tenant_claim("aud"), "the claim `aud` cannot name an organization"),
        (demands().audience("a").tenant_claim("exp"), "the claim `exp` cannot name an organization"),
        (demands().audience("a").tenant_claim("active"), "the claim `active` cannot name an organization"),
    ] {
        let error = Introspection::<Api, _>::new(At(Arc::clone(&server)), demands).err().unwrap().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

/// A member that is there binds the token, whatever its value; twice is no answer.
#[tokio::test]
async fn a_confirmation_that_is_null_still_binds() {
    for (body, expected) in [
        (r#"{"active":true,"sub":"ali","aud":"a","cnf":null}"#, Failure::Invalid),
        (r#"{"active":true,"sub":"ali","aud":"a","cnf":{"jkt":"t"},"cnf":{"jkt":"t"}}"#, Failure::Unavailable),
    ] {
        let demands = Demands::new().audience("a");
        let tokens =
            Introspection::<Api, _>::new(move |_: String| async move { Ok(body.to_owned()) }, demands).unwrap();
        let found = tokens.authenticate(&Credential::new(schemes::OAUTH2, "t")).await;
        assert_eq!(found.err(), Some(expected), "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_took_longer_than_it_may_be_repeated_is_not_used() {
    for (took, expected) in [(30_000, None), (30_001, Some(Failure::Unavailable))] {
        let passes = clock();
        let asked = Arc::clone(&passes);
        let slow = move |_: String| {
            asked.advance(Duration::from_millis(took));
            async { Ok(r#"{"active":true,"sub":"ali","aud":"a"}"#.to_owned()) }
        };
        let tokens = Introspection::<Api, _>::new(slow, Demands::new().audience("a")).unwrap().with_clock(passes);
        let found = tokens.authenticate(&Credential::new(schemes::OAUTH2, "t")).await;
        assert_eq!(found.err(), expected, "{took}");
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_thirty_seconds() {
    let (server, clock) = (Arc::new(Server::default()), clock());
    let tokens = tokens(&server, &clock).with_cache(100, seconds(3_600));
    server.says("long", json!({"active": true, "token_type": "Bearer", "sub": "ali"}));
    server.says("dated", json!({"active": true, "token_type": "Bearer", "sub": "ali", "exp": NOW + 3_600}));
    server.says("short", json!({"active": true, "token_type": "Bearer", "sub": "ali", "exp": NOW + 3}));
    assert_eq!(failure(&tokens, "long").await, None);
    assert_eq!(failure(&tokens, "short").await, None);
    assert_eq!(failure(&tokens, "dated").await, None);
    server.says("long", json!({"active": false}));
    server.says("dated", json!({"active": false}));
    clock.advance(seconds(2));
    assert_eq!([failure(&tokens, "long").await, failure(&tokens, "short").await], [None, None]);
    assert_eq!(server.asked(), 3);
    clock.advance(seconds(1));
    assert_eq!(failure(&tokens, "short").await, Some(Failure::Expired), "no longer than the token");
    clock.advance(Duration::from_millis(26_999));
    assert_eq!([failure(&tokens, "long").await, failure(&tokens, "dated").await], [None, None]);
    clock.advance(Duration::from_millis(1));
    assert_eq!(failure(&tokens, "long").await, Some(Failure::Invalid));
    assert_eq!(failure(&tokens, "dated").await, Some(Failure::Invalid));
}

#[tokio::test]
async fn a_refusal_is_repeated_briefly_and_an_outage_never() {
    let (server, clock) = (Arc::new(Server::default()), clock());
    let tokens = tokens(&server, &clock);
    for _ in 0..3 {
        assert_eq!(failure(&tokens, "new").await, Some(Failure::Invalid));
    }
    assert_eq!(server.asked(), 1);
    server.says("new", json!({"active": true, "token_type": "Bearer", "sub": "ali"}));
    clock.advance(seconds(5));
    assert_eq!(failure(&tokens, "new").await, None);

    *server.down.lock().unwrap() = true;
    assert_eq!(failure(&tokens, "new").await, None, "what was said a moment ago");
    assert_eq!(failure(&tokens, "other").await, Some(Failure::Unavailable));
    clock.advance(seconds(30));
    assert_eq!(failure(&tokens, "new").await, Some(Failure::Unavailable), "never a stale allow");
    *server.down.lock().unwrap() = false;
    assert_eq!(failure(&tokens, "new").await, None, "the outage itself is not kept");
    assert_eq!(failure(&tokens, "other").await, Some(Failure::Invalid));
}

#[tokio::test]
async fn answers_are_kept_by_scheme_and_token_and_made_up_tokens_push_no_good_one_out() {
    let (server, clock) = (Arc::new(Server::default()), clock());
    let tokens = tokens(&server, &clock).with_cache(4, seconds(30));
    server.says("good", json!({"active": true, "token_type": "Bearer", "sub": "ali", "scope": "admin"}));
    let one = by(&tokens, schemes::OAUTH2, "good").await.unwrap();
    let other = by(&tokens, schemes::KEY, "good").await.unwrap();
    assert!(one.grant(schemes::OAUTH2).is_some() && one.grant(schemes::KEY).is_none());
    assert!(other.grant(schemes::KEY).is_some() && other.grant(schemes::OAUTH2).is_none());
    assert_eq!(server.asked(), 2);
    for made_up in 0..100 {
        assert_eq!(failure(&tokens, &format!("made-up-{made_up}")).await, Some(Failure::Invalid));
    }
    assert_eq!(failure(&tokens, "good").await, None);
    assert_eq!(server.asked(), 102, "the good answer was kept");
}

/// A rule of the application sees all members, takes away or refuses, and is asked once for each answer of the server.
#[tokio::test]
async fn a_rule_narrows_what_an_answer_grants_and_has_no_way_to_widen_it() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let narrowed = |server: &Arc<Server>, clock: &Arc<ManualClock>| {
        let asked = Arc::clone(&asked);
        tokens(server, clock).with_narrowing(move |members, grant| {
            asked.fetch_add(1, Ordering::SeqCst);
            assert!(members.has("active") && !members.has("jti"), "null is no member");
            if members.text("client_id") == Some("test") || members.contains("aud", "readers") {
                grant.retain(|scope| scope.ends_with(":read"));
            }
            if members.read::<bool>(["ext", "suspended"]) == Some(true) {
                grant.refuse();
            }
            if members.text("iss") == Some("typo") {
                grant.remove("files:raed");
            }
        })
    };
    let server = Arc::new(Server::default());
    let says = |changes: Value| {
        let mut answer = json!({
            "active": true, "sub": "ali", "token_type": "Bearer", "scope": "files:read files:write unheard-of", "jti": null
        });
        answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        answer
    };
    for (token, changes, expected) in [
        ("all", json!({}), Ok("files:read files:write")),
        ("client", json!({"client_id": "test"}), Ok("files:read")),
        ("audience", json!({"aud": ["readers", "others"]}), Ok("files:read")),
        ("suspended", json!({"ext": {"suspended": true}}), Err(Failure::Invalid)),
        ("typo", json!({"iss": "typo"}), Err(Failure::Invalid)),
        ("inactive", json!({"active": false}), Err(Failure::Invalid)),
    ] {
        server.says(token, says(changes));
        let tokens = narrowed(&server, &clock());
        for repeated in [false, true] {
            let granted = by(&tokens, schemes::OAUTH2, token).await;
            let granted = granted.map(|caller| caller.grant(schemes::OAUTH2).unwrap().to_string());
            assert_eq!(granted.as_deref().map_err(|failure| *failure), expected, "{token} {repeated}");
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 5, "not about a token that is not active, and not of a repeated answer");
}
