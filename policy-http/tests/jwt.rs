//! Signed tokens: what is accepted, what is not, and how the issuer's keys come and go.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod issuer;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::schemes;
use issuer::{API, ISSUER, Issuer, NOW, Signer, ask, but, claims, clock, ed, failure, one, raw, rsa, tokens, two};
use jsonwebtoken::Algorithm;
use policy_core::AuthenticationFailure as Failure;
use policy_http::{Jwt, JwtAlgorithm, KeyBounds, ManualClock, Unavailable};
use serde_json::{Value, json};
use tokio::sync::Notify;

#[tokio::test]
async fn a_token_gives_its_caller() {
    let tokens = tokens(&Issuer::with(&[&one()]), &clock()).with_tenant_claim("org").unwrap();
    let caller = ask(&tokens, &one().sign(&but(json!({"org": "north"})))).await.unwrap();
    assert_eq!((caller.subject(), caller.tenant(), caller.credential_id()), (Some("ali"), Some("north"), Some("t-1")));
    assert_eq!(caller.expires_at(), Some(NOW + 90), "the leeway is part of the token's life");
    assert_eq!(caller.grant(schemes::OAUTH2).unwrap().to_string(), "files:read");
    assert!(caller.grant(schemes::KEY).is_none());
    assert_eq!(failure(&tokens, &one().sign(&claims())).await, Some(Failure::Invalid), "without the claim");
}

#[tokio::test]
async fn the_tenant_may_be_a_registered_claim_that_is_a_text_and_no_other() {
    let issuer = Issuer::with(&[&one()]);
    for (name, tenant) in [("sub", "ali"), ("iss", ISSUER), ("jti", "t-1"), ("azp", "app"), ("client_id", "app")] {
        let tokens = tokens(&issuer, &clock()).with_tenant_claim(name).unwrap();
        let token = one().sign(&but(json!({"azp": "app", "client_id": "app"})));
        assert_eq!(ask(&tokens, &token).await.unwrap().tenant(), Some(tenant), "{name}");
        if name == "jti" || name == "azp" || name == "client_id" {
            for changes in [json!({"jti": null}), json!({"jti": "", "azp": "", "client_id": ""})] {
                assert_eq!(failure(&tokens, &one().sign(&but(changes))).await, Some(Failure::Invalid), "{name}");
            }
        }
    }
    for name in ["aud", "exp", "nbf", "iat", "scope", "scp", "cnf", ""] {
        let error = tokens(&issuer, &clock()).with_tenant_claim(name).err().unwrap();
        assert!(error.to_string().starts_with(&format!("the claim `{name}` cannot name an organization")), "{error}");
    }
}

#[tokio::test]
async fn claims_that_are_not_right_are_denied() {
    let tokens = tokens(&Issuer::with(&[&one()]), &clock()).with_tenant_claim("org").unwrap();
    let (expired, invalid, inactive) = (Some(Failure::Expired), Some(Failure::Invalid), Some(Failure::Inactive));
    for (changes, expected) in [
        (json!({"org": null}), invalid),
        (json!({"aud": ["https://other.example", API]}), None),
        (json!({"exp": NOW - 29}), None),
        (json!({"exp": (NOW as f64) + 0.5}), None),
        (json!({"nbf": NOW + 30}), None),
        (json!({"iss": null}), invalid),
        (json!({"iss": "https://issuer.example/"}), invalid),
        (json!({"iss": [ISSUER]}), invalid),
        (json!({"aud": null}), invalid),
        (json!({"aud": "https://other.example"}), invalid),
        (json!({"aud": []}), invalid),
        (json!({"aud": {API: true}}), invalid),
        (json!({"exp": null}), invalid),
        (json!({"exp": NOW - 30}), expired),
        (json!({"exp": -1}), expired),
        (json!({"exp": (NOW + 60).to_string()}), invalid),
        (json!({"nbf": NOW + 31}), inactive),
        (json!({"nbf": "soon"}), invalid),
        (json!({"sub": null}), invalid),
        (json!({"sub": ""}), invalid),
        (json!({"sub": 7}), invalid),
        (json!({"org": 7}), invalid),
        (json!({"org": ""}), invalid),
        (json!({"scope": "files:read  admin"}), invalid),
        (json!({"scope": null, "scp": ["files:read admin"]}), invalid),
        (json!({"scope": null, "scp": [7]}), invalid),
        // What the issuer itself calls an ID or a refresh token.
        (json!({"typ": "Bearer", "token_use": "access"}), None),
        (json!({"typ": "ID"}), invalid),
        (json!({"typ": "Refresh"}), invalid),
        (json!({"token_use": "id"}), invalid),
        (json!({"token_type": "urn:ietf:params:oauth:token-type:refresh_token"}), invalid),
        (json!({"token_use": 7}), invalid),
        // What is bound to a key is no bearer token.
        (json!({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}), invalid),
        (json!({"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}), invalid),
        (json!({"cnf": {}}), invalid),
        (json!({"cnf": "jkt"}), invalid),
        (json!({"cnf": [1]}), invalid),
    ] {
        let mut claims = but(changes.clone());
        if changes.get("org").is_none() {
            claims["org"] = "north".into();
        }
        assert_eq!(failure(&tokens, &one().sign(&claims)).await, expected, "{changes}");
    }
}

/// A claim that is `null` has a value, and a wrong one.
#[tokio::test]
async fn a_claim_that_is_null_or_stands_twice_is_denied() {
    let tokens = tokens(&Issuer::with(&[&one()]), &clock());
    let header = r#"{"alg":"ES256","typ":"at+jwt","kid":"one"}"#;
    for member in ["\"cnf\":null", "\"nbf\":null", "\"jti\":null", "\"x\":1,\"x\":1", "\"aud\":\"x\""] {
        let body = but(json!({"jti": null})).to_string().replacen('{', &format!("{{{member},"), 1);
        assert_eq!(failure(&tokens, &raw(header, &body, &one())).await, Some(Failure::Invalid), "{member}");
    }
    let twice = r#"{"cnf":{"jkt":"a","jkt":"a"},"#;
    let body = claims().to_string().replacen('{', twice, 1);
    assert_eq!(failure(&tokens, &raw(header, &body, &one())).await, Some(Failure::Invalid));
}

#[tokio::test]
async fn the_token_chooses_neither_algorithm_nor_key() {
    let issuer = Issuer::with(&[&one(), &rsa()]);
    let tokens = tokens(&issuer, &clock()).with_algorithm(JwtAlgorithm::Rs256);
    let good = one().sign(&claims());
    let body = claims().to_string();
    assert!(ask(&tokens, &good).await.is_ok());
    assert!(ask(&tokens, &rsa().sign(&claims())).await.is_ok());
    assert!(ask(&tokens, &raw(r#"{"alg":"ES256","typ":"at+jwt","kid":"one"}"#, &body, &one())).await.is_ok());
    for header in [
        r#"{"alg":"none","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"HS256","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"RS256","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"es256","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES384","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"rsa"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":["exp"]}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":[]}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":null}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":""}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":["b64"],"b64":false}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","b64":false}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","b64":null}"#,
        r#"{"alg":"None","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":" at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"application/application/at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"JWT","kid":"one"}"#,
        r#"{"alg":"ES256","kid":"one"}"#,
    ] {
        assert_eq!(failure(&tokens, &raw(header, &body, &one())).await, Some(Failure::Invalid), "{header}");
    }
    for header in [
        r#"{"typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":7}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":null}"#,
        r#"{"alg":"ES256","typ":null,"kid":"one"}"#,
        r#"{"alg":"ES256","typ":["at+jwt"],"kid":"one"}"#,
        r#"{"alg":null,"typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","typ":"at+jwt","kid":"one"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","crit":null,"crit":null}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"one","x":1,"x":1}"#,
        r#"[]"#,
        r#"{"alg":"ES256""#,
    ] {
        assert_eq!(failure(&tokens, &raw(header, &body, &one())).await, Some(Failure::Malformed), "{header}");
    }
    // A claim that stands twice is nobody's to choose from.
    let twice = body.replacen('{', r#"{"sub":"eve","#, 1);
    let header = r#"{"alg":"ES256","typ":"application/AT+JWT","kid":"one"}"#;
    assert!(ask(&tokens, &raw(header, &body, &one())).await.is_ok());
    assert_eq!(failure(&tokens, &raw(header, &twice, &one())).await, Some(Failure::Invalid));

    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other = one().sign(&but(json!({"sub": "eve"})));
    for (forged, expected) in [
        (format!("{signed}."), Failure::Invalid),
        (format!("{signed}.{signature}="), Failure::Invalid),
        (format!("{}.{signature}", other.rsplit_once('.').unwrap().0), Failure::Invalid),
        (format!("{signed}.{}", two().sign(&claims()).rsplit_once('.').unwrap().1), Failure::Invalid),
        (signed.to_owned(), Failure::Malformed),
        (format!("{good}.x"), Failure::Malformed),
        ("opaque".into(), Failure::Malformed),
        (format!("{}.{}", "a".repeat(17 << 10), good), Failure::Malformed),
    ] {
        assert_eq!(failure(&tokens, &forged).await, Some(expected), "{forged}");
    }
    assert_eq!(issuer.asked(), 1, "a token that is wrong in itself asks nobody");
}

#[tokio::test]
async fn no_character_of_a_token_can_be_changed() {
    let tokens = tokens(&Issuer::with(&[&one()]), &clock());
    let good = one().sign(&claims());
    assert!(ask(&tokens, &good).await.is_ok());
    for at in 0..good.len() {
        for other in ["A", "B", "-", "=", ".", "", "é"] {
            let changed = format!("{}{other}{}", good.get(..at).unwrap(), good.get(at + 1..).unwrap());
            assert!(changed == good || ask(&tokens, &changed).await.is_err(), "{at} {other}");
        }
    }
}

#[tokio::test]
async fn a_key_has_one_algorithm_or_none() {
    let published = |changes: &[(&str, Value)]| {
        let mut key = rsa().published();
        for (name, value) in changes {
            match value {
                Value::Null => drop(key.as_object_mut().unwrap().remove(*name)),
                value => key[*name] = value.clone(),
            }
        }
        key
    };
    let only: &[JwtAlgorithm] = &[JwtAlgorithm::Rs256];
    let both: &[JwtAlgorithm] = &[JwtAlgorithm::Rs256, JwtAlgorithm::Ps256];
    for (key, accepted, usable) in [
        (published(&[]), only, true),
        (published(&[]), both, true),
        (published(&[("alg", Value::Null)]), only, true),
        (published(&[("alg", Value::Null)]), both, false),
        (published(&[("alg", "PS256".into())]), both, false),
        (published(&[("alg", "RSA-OAEP".into())]), only, false),
        (published(&[("use", "enc".into())]), only, false),
        (published(&[("use", Value::Null)]), only, true),
        (published(&[("key_ops", json!(["encrypt"]))]), only, false),
        (published(&[("key_ops", json!(["verify"]))]), only, true),
        (json!({"kty": "oct", "k": "AAAA", "kid": "rsa", "alg": "HS256"}), only, false),
        (json!({"kty": "new", "kid": "rsa"}), only, false),
        (json!("no key"), only, false),
    ] {
        let set = json!({"keys": [key, one().published()]}).to_string();
        let mut tokens = Jwt::new(ISSUER, API, JwtAlgorithm::Rs256, move || {
            let set = set.clone();
            async { Ok(set) }
        })
        .with_clock(clock());
        for algorithm in accepted {
            tokens = tokens.with_algorithm(*algorithm);
        }
        let expected = if usable { None } else { Some(Failure::Invalid) };
        assert_eq!(failure(&tokens, &rsa().sign(&claims())).await, expected, "{key}");
    }
    let edwards = tokens(&Issuer::with(&[&ed()]), &clock()).with_algorithm(JwtAlgorithm::EdDsa);
    assert_eq!(failure(&edwards, &ed().sign(&claims())).await, None);
}

#[tokio::test]
async fn a_token_without_kid_is_of_an_issuer_with_one_key() {
    let header = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    let token = raw(header, &claims().to_string(), &one());
    let single = tokens(&Issuer::with(&[&one(), &rsa()]), &clock());
    assert_eq!(failure(&single, &token).await, None);
    let several = tokens(&Issuer::with(&[&one(), &two()]), &clock());
    assert_eq!(failure(&several, &token).await, Some(Failure::Invalid));
    let twins = Issuer::with(&[&one(), &Signer(two().0, Algorithm::ES256, "one")]);
    assert_eq!(failure(&tokens(&twins, &clock()), &one().sign(&claims())).await, Some(Failure::Invalid));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn long() -> Value {
    but(json!({"exp": NOW + 86_400}))
}

#[tokio::test]
async fn keys_rotate_and_made_up_ones_ask_at_a_bounded_rate() {
    let (issuer, clock) = (Issuer::with(&[&one()]), clock());
    let tokens = tokens(&issuer, &clock);
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None);
    issuer.publish(&[&one(), &two()]);
    assert_eq!(failure(&tokens, &two().sign(&long())).await, Some(Failure::Invalid), "within the least time");
    clock.advance(seconds(10));
    assert_eq!(failure(&tokens, &two().sign(&long())).await, None, "the new key is fetched");
    assert_eq!(issuer.asked(), 2);

    for round in 0..5 {
        for made_up in 0..100 {
            let token = Signer(ed().0, Algorithm::EdDSA, "made-up").sign(&long());
            let token =
                if made_up % 2 == 0 { token } else { Signer(two().0, Algorithm::ES256, "made-up").sign(&long()) };
            assert_eq!(failure(&tokens, &token).await, Some(Failure::Invalid));
        }
        assert_eq!(issuer.asked(), 2 + round, "once in ten seconds, however many ask");
        clock.advance(seconds(10));
    }
}

/// Lets the task that asks the issuer come to its end.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_refused_after_the_refresh() {
    let (issuer, clock) = (Issuer::with(&[&one(), &two()]), clock());
    let tokens = tokens(&issuer, &clock);
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None);
    issuer.publish(&[&two()]);
    clock.advance(seconds(300));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None);
    assert_eq!(issuer.asked(), 1, "young enough");
    clock.advance(seconds(1));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None, "used while it is renewed");
    settle().await;
    assert_eq!(issuer.asked(), 2);
    assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Invalid));
    assert_eq!(failure(&tokens, &two().sign(&long())).await, None);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_a_503_and_never_a_stale_allow_beyond_the_bound() {
    let (issuer, clock) = (Issuer::with(&[&one()]), clock());
    let tokens = tokens(&issuer, &clock);
    issuer.set_down(true);
    assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Unavailable), "no key yet");
    assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Unavailable));
    assert_eq!(issuer.asked(), 1, "an issuer that is down is not asked again and again");
    issuer.set_down(false);
    clock.advance(seconds(10));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None);

    issuer.set_down(true);
    clock.advance(seconds(900));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None, "fifteen minutes, and not a second more");
    settle().await;
    assert_eq!(failure(&tokens, &two().sign(&long())).await, Some(Failure::Unavailable), "nobody can tell");
    clock.advance(seconds(1));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Unavailable));
    issuer.set_down(false);
    clock.advance(seconds(10));
    assert_eq!(failure(&tokens, &one().sign(&long())).await, None);

    for text in ["", "[]", "{}", r#"{"keys":7}"#] {
        let tokens =
            Jwt::new(ISSUER, API, JwtAlgorithm::Es256, move || async { Ok(text.to_owned()) }).with_clock(new_clock());
        assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Unavailable), "{text:?}");
    }
    let empty =
        Jwt::new(ISSUER, API, JwtAlgorithm::Es256, || async { Ok(r#"{"keys":[]}"#.into()) }).with_clock(new_clock());
    assert_eq!(
        failure(&empty, &one().sign(&long())).await,
        Some(Failure::Invalid),
        "an issuer that withdrew every key"
    );
}

fn new_clock() -> Arc<ManualClock> {
    clock()
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_does_not_answer_is_a_503_after_a_while() {
    let tokens = Jwt::new(ISSUER, API, JwtAlgorithm::Es256, std::future::pending::<Result<String, Unavailable>>)
        .with_key_bounds(KeyBounds::default().with_timeout(seconds(3)))
        .with_clock(clock());
    let began = tokio::time::Instant::now();
    assert_eq!(failure(&tokens, &one().sign(&long())).await, Some(Failure::Unavailable));
    assert_eq!(began.elapsed(), seconds(3));
}

#[tokio::test]
async fn many_callers_wait_for_one_answer_and_one_who_hangs_up_spoils_it_for_nobody() {
    let (asked, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (count, wait) = (Arc::clone(&asked), Arc::clone(&answer));
    let tokens = Arc::new(
        Jwt::new(ISSUER, API, JwtAlgorithm::Es256, move || {
            count.fetch_add(1, Ordering::SeqCst);
            let wait = Arc::clone(&wait);
            async move {
                wait.notified().await;
                Ok(json!({"keys": [one().published()]}).to_string())
            }
        })
        .with_clock(clock()),
    );
    let caller = || {
        let tokens = Arc::clone(&tokens);
        tokio::spawn(async move { failure(&tokens, &one().sign(&long())).await })
    };
    let first = caller();
    settle().await;
    first.abort();
    let others: Vec<_> = (0..20).map(|_| caller()).collect();
    settle().await;
    answer.notify_one();
    for other in others {
        assert_eq!(other.await.unwrap(), None);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
