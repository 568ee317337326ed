//! Where an issuer's metadata may say that its keys are.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod issuer;

use std::sync::{Arc, Mutex};

use issuer::{API, claims, clock, one};
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{Authenticator, Credential, Discovery, Jwt, JwtAlgorithm, Unavailable};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.example";

/// What an issuer with this metadata makes of a good token, and which addresses were asked.
async fn asked(metadata: String, also: Option<&str>) -> (Result<Principal<common::Api>, Failure>, Vec<String>) {
    let urls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&urls);
    let mut keys = Discovery::new(ISSUER, move |url: String| {
        seen.lock().unwrap().push(url.clone());
        let body = if url.ends_with("/.well-known/openid-configuration") {
            metadata.clone()
        } else {
            json!({"keys": [one().published()]}).to_string()
        };
        async move { Ok::<_, Unavailable>(body) }
    })
    .unwrap();
    if let Some(also) = also {
        keys = keys.with_keys_of(also).unwrap();
    }
    let tokens = Jwt::new(ISSUER, API, JwtAlgorithm::Es256, keys).with_clock(clock());
    let found = tokens.authenticate(&Credential::new(common::schemes::OAUTH2, one().sign(&claims()))).await;
    let urls = urls.lock().unwrap().clone();
    (found, urls)
}

#[tokio::test]
async fn keys_are_where_the_right_issuer_says_on_its_own_origin_or_a_named_one() {
    let says = |issuer: &str, keys: &str| json!({"issuer": issuer, "jwks_uri": keys}).to_string();
    for (metadata, also, expected) in [
        (says(ISSUER, "https://issuer.example/keys"), None, true),
        (says(ISSUER, "https://ISSUER.example:443/keys?p=a"), None, true),
        (says(ISSUER, "https://keys.example/keys"), Some("https://keys.example"), true),
        (says(ISSUER, "https://keys.example/keys"), None, false),
        (says(ISSUER, "https://issuer.example:8443/keys"), None, false),
        (says(ISSUER, "http://issuer.example/keys"), None, false),
        (says(ISSUER, "https://issuer.example.evil.example/keys"), None, false),
        (says(ISSUER, "https://issuer.example@evil.example/keys"), None, false),
        (says(ISSUER, "https://evil.example/\\@issuer.example/keys"), None, false),
        (says(ISSUER, "//issuer.example/keys"), None, false),
        (says(ISSUER, "/keys"), None, false),
        (says(ISSUER, "file:///etc/passwd"), None, false),
        (says(ISSUER, ""), None, false),
        (says("https://other.example", "https://issuer.example/keys"), None, false),
        (says("https://issuer.example/", "https://issuer.example/keys"), None, false),
        (json!({"issuer": ISSUER}).to_string(), None, false),
        (json!({"issuer": ISSUER, "jwks_uri": ["https://issuer.example/keys"]}).to_string(), None, false),
        (json!({"jwks_uri": "https://issuer.example/keys"}).to_string(), None, false),
        (
            r#"{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/a","jwks_uri":"https://issuer.example/b"}"#.into(),
            None,
            false,
        ),
        ("[]".into(), None, false),
        (String::new(), None, false),
        (" ".repeat(1 << 20) + &says(ISSUER, "https://issuer.example/keys"), None, false),
    ] {
        let (found, urls) = asked(metadata.clone(), also).await;
        let told = found.err();
        assert_eq!(told, if expected { None } else { Some(Failure::Unavailable) }, "{}", metadata.trim());
        assert_eq!(urls.len(), if expected { 2 } else { 1 }, "no other address is asked: {urls:?}");
        assert_eq!(urls[0], "https://issuer.example/.well-known/openid-configuration");
    }
}

#[test]
fn an_issuer_is_an_https_address() {
    let client = |_: String| async { Ok::<_, Unavailable>(Value::Null.to_string()) };
    for text in ["http://issuer.example", "issuer.example", "https://a@issuer.example", "https://issuer.example/?a", ""]
    {
        assert!(Discovery::new(text, client).is_err(), "{text}");
        assert!(Discovery::new(ISSUER, client).unwrap().with_keys_of(text).is_err(), "{text}");
    }
}
