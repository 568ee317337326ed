//! What is wrong with a credential stands in the log, and the answers tell only what they told before.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;
mod issuer;
mod mapped;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::{Api, Captured, operation, parts};
use entry::Entry;
use http::Response;
use issuer::{Issuer, NOW, Signer, but, claims, clock, ed, one, raw, rsa, tokens, two};
use policy_core::{AuthenticationFailure as Failure, Principal, ScopeSet};
use policy_http::{
    ApiKeys, Authenticator, ByScheme, Credential, CredentialFault as Fault, Demands, EnableAll, Introspection,
    JsonLines, KeyFormat, KeyState, ManualClock, MemoryKeys, Nobody, Options, StoredKey, Unavailable,
};
use serde_json::{Value, json};

/// Tests that cause the same events run one after the other: where two threads cause an event for the first time, `tracing` may take it for
/// one that nobody wants.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// All that a caller sees.
fn seen(answer: &Response<String>) -> String {
    format!("{} {:?} {}", answer.status(), answer.headers(), answer.body())
}

/// What the log names, and what the caller sees, of a request with this header.
async fn asked(authenticator: impl Authenticator<Api>, header: (&str, &str)) -> (Option<String>, String) {
    asked_with(authenticator, &[header]).await
}

async fn asked_with(authenticator: impl Authenticator<Api>, headers: &[(&str, &str)]) -> (Option<String>, String) {
    let lines = Captured::default();
    let json = Arc::new(JsonLines::new(lines.clone(), 1 << 16).unwrap());
    let options = Options::new().clock(ManualClock::at(NOW)).log(Arc::clone(&json));
    let gate = Entry::new(authenticator, EnableAll, options);
    let answer = gate.admit(operation("GET", "/v1/files"), &parts("/v1/files", headers)).await;
    let shown = answer.map_or_else(|answer| seen(&answer), |_| "allowed".into());
    drop((gate, json));
    let line: Value = serde_json::from_str(&lines.text()).unwrap();
    (line.get("fault").map(|fault| fault.as_str().unwrap().to_owned()), shown)
}

#[derive(Default)]
struct Found {
    faults: BTreeSet<&'static str>,
    answers: BTreeMap<String, String>,
}

impl Found {
    fn take(&mut self, case: &str, expected: Fault, (fault, answer): (Option<String>, String)) {
        assert_eq!(fault.as_deref(), Some(expected.code()), "{case}: {answer}");
        let failure = format!("{:?}", expected.failure());
        let same = self.answers.entry(failure).or_insert_with(|| answer.clone());
        assert_eq!(*same, answer, "{case}: the answer tells more than {:?}", expected.failure());
        for told in [expected.code(), &expected.to_string()] {
            assert!(!answer.contains(told), "{case}: {answer}");
        }
        self.faults.insert(expected.code());
    }
}

/// A store that cannot be asked.
struct Down;

impl policy_http::KeyStore for Down {
    async fn find(&self, _: &policy_http::PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
        Err(Unavailable::because("down"))
    }
}

#[tokio::test]
async fn each_fault_is_named_in_the_log_and_its_answer_is_that_of_every_other_of_its_failure() {
    let _turn = TURN.lock().await;
    let mut found = Found::default();
    let good_header = r#"{"alg":"ES256","typ":"at+jwt","kid":"one"}"#;
    let body = claims().to_string();
    let headed = |header: &str| raw(header, &body, &one());
    let says = |changes: Value| one().sign(&but(changes));
    for (token, fault) in [
        (format!("{}.a.b", "a".repeat(17 << 10)), Fault::TokenTooLong),
        ("opaque".into(), Fault::NoSignedToken),
        ("a.b.c.d".into(), Fault::NoSignedToken),
        (headed("[]"), Fault::IllFormedHeader),
        (headed(r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt"}"#), Fault::IllFormedHeader),
        (headed(r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":["exp"]}"#), Fault::UnknownExtension),
        (headed(r#"{"alg":"ES256","typ":"JWT","kid":"one"}"#), Fault::WrongType),
        (headed(r#"{"alg":"ES256","kid":"one"}"#), Fault::WrongType),
        (headed(r#"{"alg":"none","typ":"at+jwt","kid":"one"}"#), Fault::WrongAlgorithm),
        (headed(r#"{"alg":"HS256","typ":"at+jwt","kid":"one"}"#), Fault::WrongAlgorithm),
        (headed(r#"{"alg":"RS256","typ":"at+jwt","kid":"one"}"#), Fault::WrongAlgorithm),
        (headed(r#"{"alg":"ES256","typ":"at+jwt","kid":"made-up"}"#), Fault::UnknownKey),
        (headed(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"one"}"#), Fault::UnusableKey),
        (Signer(two().0, two().1, "one").sign(&claims()), Fault::WrongSignature),
        (format!("{}.", one().sign(&claims()).rsplit_once('.').unwrap().0), Fault::WrongSignature),
        (raw(good_header, "7", &one()), Fault::IllFormedClaims),
        (raw(good_header, &body.replacen('{', r#"{"sub":"eve","#, 1), &one()), Fault::IllFormedClaims),
        (says(json!({"sub": 7})), Fault::IllFormedClaims),
        (says(json!({"aud": [7]})), Fault::IllFormedClaims),
        (says(json!({"exp": "soon"})), Fault::IllFormedClaims),
        (says(json!({"iss": "https://other.example"})), Fault::WrongIssuer),
        (says(json!({"aud": "https://other.example"})), Fault::WrongAudience),
        (says(json!({"aud": null})), Fault::WrongAudience),
        (says(json!({"token_use": "id"})), Fault::AnotherKind),
        (says(json!({"exp": null})), Fault::MissingExpiry),
        (says(json!({"exp": NOW - 31})), Fault::ExpiredToken),
        (says(json!({"nbf": NOW + 31})), Fault::NotYetValid),
        (says(json!({"azp": "other"})), Fault::WrongClient),
        (says(json!({"ver": "1.0"})), Fault::MissingClaim),
        (says(json!({"scope": 7})), Fault::IllFormedScopes),
        (says(json!({"sub": ""})), Fault::MissingSubject),
        (says(json!({"org": 7})), Fault::MissingTenant),
        (says(json!({"refuse": true})), Fault::RefusedByNarrowing),
        (says(json!({"cnf": {"jkt": "t"}})), Fault::BoundToKey),
    ] {
        let mut claims: Value = Value::Null;
        // What the table's other lines need in order to come to their own fault.
        if let Some(payload) = token.split('.').nth(1)
            && let Ok(json) = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes())
        {
            claims = serde_json::from_slice(&json).unwrap_or_default();
        }
        let mut authenticator =
            tokens(&Issuer::with(&[&one(), &ed()]), &clock()).with_algorithm(policy_http::JwtAlgorithm::EdDsa);
        authenticator = authenticator.with_narrowing(|claims, grant| {
            if claims.has("refuse") {
                grant.refuse();
            }
        });
        if claims.get("azp").is_some() {
            authenticator = authenticator.with_clients("azp", ["app"]);
        }
        if claims.get("ver").is_some() {
            authenticator = authenticator.with_demanded_claim("ver", ["2.0"]);
        }
        if claims.get("org").is_some() {
            authenticator = authenticator.with_tenant_claim("org").unwrap();
        }
        let header = format!("Bearer {token}");
        let case = token.get(..token.len().min(80)).unwrap().to_owned();
        found.take(&case, fault, asked(authenticator, ("authorization", &header)).await);
    }
    let down = Issuer::with(&[&one()]);
    down.set_down(true);
    let header = format!("Bearer {}", one().sign(&claims()));
    found.take("down", Fault::KeysUnavailable, asked(tokens(&down, &clock()), ("authorization", &header)).await);
    let twins = Issuer::with(&[&one(), &Signer(two().0, two().1, "one"), &rsa()]);
    found.take("twins", Fault::UnusableKey, asked(tokens(&twins, &clock()), ("authorization", &header)).await);
    found.take("nobody", Fault::UnhandledScheme, asked(Nobody, ("authorization", &header)).await);
    let by_scheme = ByScheme::new().scheme(common::schemes::KEY, Nobody);
    found.take("by scheme", Fault::UnhandledScheme, asked(by_scheme, ("authorization", &header)).await);

    introspected(&mut found).await;
    keys(&mut found).await;
    of_the_guard(&mut found).await;
    mapped_roles(&mut found).await;

    // `gateway_assertion.rs` has a table of its own.
    let is_elsewhere = |code: &&str| code.ends_with("_assertion") || code.starts_with("asserted_");
    let untested = Fault::ALL.iter().map(|fault| fault.code()).filter(|code| !found.faults.contains(code));
    let untested = untested.filter(|code| !is_elsewhere(code));
    assert_eq!(untested.collect::<Vec<_>>(), [""; 0], "each fault has a credential here that has it");
}

/// What the guard itself finds wrong with what an authenticator accepted.
async fn of_the_guard(found: &mut Found) {
    struct Accepts(fn(&Credential<'_, Api>) -> Principal<Api>);
    impl Authenticator<Api> for Accepts {
        async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
            Ok((self.0)(credential))
        }
    }
    let foreign = Accepts(|_| Principal::new("ali").with_grant(common::schemes::OAUTH2, ScopeSet::EMPTY));
    found.take("foreign", Fault::ForeignGrant, asked(foreign, ("x-key", "k")).await);
    let granted = |credential: &Credential<'_, Api>| {
        Principal::new(credential.secret().to_owned()).with_grant(credential.scheme(), ScopeSet::EMPTY)
    };
    let late =
        Accepts(|credential| Principal::new("ali").with_grant(credential.scheme(), ScopeSet::EMPTY).with_expiry(NOW));
    found.take("late", Fault::ExpiredCaller, asked(late, ("x-key", "k")).await);
    let two = [("x-key", "ali"), ("authorization", "Bearer eve")];
    found.take("two callers", Fault::SeveralCallers, asked_with(Accepts(granted), &two).await);
}

/// A role whose claim cannot be read, for a policy that maps roles. Another policy has other challenges, so that this answer is compared
/// with one of the same policy.
async fn mapped_roles(found: &mut Found) {
    let mut answers = Vec::new();
    for (changes, fault) in [
        (json!({"roles": 7}), Fault::IllFormedRoles),
        (json!({"realm_access": ["editor"]}), Fault::IllFormedRoles),
        (json!({"scope": 7}), Fault::IllFormedScopes),
    ] {
        let lines = Captured::default();
        let json = Arc::new(JsonLines::new(lines.clone(), 1 << 16).unwrap());
        let options = Options::<mapped::Api>::new().clock(ManualClock::at(NOW)).log(Arc::clone(&json));
        // Of the two schemes for bearer tokens, one has an issuer.
        let by_scheme = ByScheme::new().scheme(mapped::OAUTH, tokens(&Issuer::with(&[&one()]), &clock()));
        let gate = Entry::new(by_scheme, EnableAll, options);
        let header = format!("Bearer {}", one().sign(&but(changes.clone())));
        answers.push(seen(&gate.not_found(&parts("/nothing", &[("authorization", &header)])).await));
        drop((gate, json));
        let line: Value = serde_json::from_str(&lines.text()).unwrap();
        assert_eq!(line["fault"], fault.code(), "{changes}");
        found.faults.insert(fault.code());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.contains("roles")), "{answers:?}");
}

async fn introspected(found: &mut Found) {
    for (changes, fault) in [
        (json!({"active": false}), Fault::NotActive),
        (json!({"iss": "other"}), Fault::WrongIssuer),
        (json!({"aud": "other"}), Fault::WrongAudience),
        (json!({"token_type": "opaque"}), Fault::MissingKind),
        (json!({"token_type": "DPoP"}), Fault::NotBoundToKey),
        (json!({"typ": "Refresh"}), Fault::AnotherKind),
        (json!({"exp": NOW}), Fault::ExpiredToken),
        (json!({"nbf": NOW + 1}), Fault::NotYetValid),
        (json!({"scope": "a  b"}), Fault::IllFormedScopes),
        (json!({"sub": ""}), Fault::MissingSubject),
        (json!({"org": 7}), Fault::MissingTenant),
        (json!({"cnf": {}}), Fault::BoundToKey),
        (json!({"active": "yes"}), Fault::IssuerUnavailable),
    ] {
        let mut answer =
            json!({"active": true, "sub": "ali", "aud": "api", "iss": "issuer", "token_type": "Bearer", "org": "o"});
        answer.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let body = answer.to_string();
        let server = move |_: String| {
            let body = body.clone();
            async move { Ok(body) }
        };
        let demands =
            Demands::new().audience("api").issuer("issuer").token_type("Bearer").token_type("DPoP").tenant_claim("org");
        let authenticator = Introspection::new(server, demands).unwrap().with_clock(clock());
        let header = ("authorization", "Bearer t");
        found.take(&changes.to_string(), fault, asked(authenticator, header).await);
    }
}

async fn keys(found: &mut Found) {
    let format = || KeyFormat::new("acme_sk").unwrap();
    for (fault, change) in [
        (Fault::RevokedKey, (|key| key.with_state(KeyState::Revoked)) as fn(StoredKey) -> StoredKey),
        (Fault::ExpiredKey, |key| key.with_expiry(NOW)),
        (Fault::InactiveKey, |key| key.with_state(KeyState::Inactive)),
        (Fault::IllFormedStoredScopes, |key| key.with_scopes("a  b")),
        (Fault::WrongSecret, |key| key),
        (Fault::UnknownKeyId, |key| key),
        (Fault::IllFormedKey, |key| key),
        (Fault::StoreUnavailable, |key| key),
    ] {
        let store = Arc::new(MemoryKeys::new());
        let (key, other) = (format().generate().unwrap(), format().generate().unwrap());
        store.insert(key.id(), change(StoredKey::new(key.secret_hash())));
        let presented = match fault {
            Fault::WrongSecret => format!("acme_sk_{}_{}", key.id(), other.reveal().rsplit('_').next().unwrap()),
            Fault::UnknownKeyId => other.reveal(),
            Fault::IllFormedKey => "acme_sk_".into(),
            _ => key.reveal(),
        };
        let header = ("x-key", &*presented);
        let answer = if fault == Fault::StoreUnavailable {
            asked(ApiKeys::new(format(), Down).with_clock(clock()), header).await
        } else {
            asked(ApiKeys::new(format(), store).with_clock(clock()), header).await
        };
        found.take(fault.code(), fault, answer);
    }
}

/// A fault counts only where the authenticator then says its failure: one that was noted on the way to another answer does not.
#[tokio::test]
async fn a_fault_that_was_noted_before_another_answer_is_not_named() {
    let _turn = TURN.lock().await;
    struct Changes;
    impl Authenticator<Api> for Changes {
        async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
            let _ = credential.refuse(Fault::WrongSecret);
            Err(Failure::Revoked)
        }
    }
    assert_eq!(asked(Changes, ("x-key", "k")).await.0, None);
}

/// At the level `debug` each refused credential is named, and no secret is.
#[tokio::test]
async fn an_event_at_the_level_debug_names_the_fault() {
    let _turn = TURN.lock().await;
    let token = one().sign(&but(json!({"iss": "https://other.example"})));
    let header = format!("Bearer {token}");
    let ask = async || asked(tokens(&Issuer::with(&[&one()]), &clock()), ("authorization", &header)).await;
    // The very event is caused once before. One that another test causes first, on a thread that captures nothing, could be taken for one
    // that nobody wants.
    let _ = ask().await;
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::DEBUG)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let _ = ask().await;
    drop(guard);
    let log = captured.text();
    let line = log.lines().find(|line| line.contains("DEBUG policy")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("a credential was refused: the token is of another issuer"), "{line}");
    assert!(line.contains("scheme=\"OAuth2\" fault=\"wrong_issuer\"") && !log.contains(&token), "{log}");
}
