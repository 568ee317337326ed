//! Answers that explain denials: for development, and never by themselves.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use common::{Captured, Tokens, operation, parts};
use entry::Entry;
use policy_core::Denial;
use policy_http::{ByScheme, EnableAll, Nobody, Options};
use serde_json::Value;

/// What a program without a subscriber of its own reads.
fn logged(captured: &Captured) -> impl tracing::Subscriber {
    let writer = captured.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish()
}

/// Tests that cause the same events run one after the other: where two threads cause an event for the first time, `tracing` may take it for
/// one that nobody wants.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const IS_POSSIBLE: bool = cfg!(all(debug_assertions, feature = "explain-denials"));

#[tokio::test]
async fn an_answer_says_why_only_where_it_was_asked_for_in_a_build_that_can() {
    let _turn = TURN.lock().await;
    let captured = Captured::default();
    let guard = tracing::subscriber::set_default(logged(&captured));
    let (list, delete) = (operation("GET", "/v1/files"), operation("DELETE", "/v1/files/{id}"));
    for (options, is_on) in [(Options::new(), false), (Options::new().explain_denials(), IS_POSSIBLE)] {
        assert_eq!(options.audit().to_string().contains("EXPLAINED"), is_on);
        let gate =
            Entry::new(ByScheme::new().scheme(common::schemes::OAUTH2, Tokens).bearer(Nobody), EnableAll, options);
        for (operation, header, value, explained) in [
            (delete, "authorization", "Bearer ali/files.read", "insufficient_scope: the caller lacks files:write"),
            (list, "authorization", "Bearer bad", "invalid_credential"),
            (list, "x-key", "k", "unhandled_scheme: no authenticator was chosen for the scheme"),
            (list, "x-other", "k", "missing_credential"),
        ] {
            let answer = gate.admit(operation, &parts("/", &[(header, value)])).await.unwrap_err();
            let body: Value = serde_json::from_str(answer.body()).unwrap();
            let told = answer.headers().get("policy-explanation").map(|value| value.to_str().unwrap().to_owned());
            let expected = is_on.then(|| explained.to_owned());
            assert_eq!(
                (&told, body.get("explanation").map(|told| told.as_str().unwrap().to_owned())),
                (&expected, expected.clone())
            );
            assert_eq!(answer.headers()["content-length"].to_str().unwrap(), answer.body().len().to_string());
        }
    }
    drop(guard);
    let log = captured.text();
    let (warning, error) =
        ("answers explain denials to whoever is denied", "denials are not explained: that needs the feature");
    assert_eq!((log.contains(warning), log.contains(error)), (IS_POSSIBLE, !IS_POSSIBLE), "{log}");
}

#[tokio::test]
async fn an_answer_of_the_application_keeps_its_body() {
    let _turn = TURN.lock().await;
    let own =
        |_: &Denial<'_, common::Api>| http::Response::builder().status(403).body("{\"own\":true}".to_owned()).unwrap();
    let gate = Entry::new(Tokens, EnableAll, Options::new().denials(own).explain_denials());
    let answer = gate.admit(operation("GET", "/v1/files"), &parts("/", &[])).await.unwrap_err();
    assert_eq!(answer.body(), "{\"own\":true}");
    assert_eq!(answer.headers().contains_key("policy-explanation"), IS_POSSIBLE);
}
