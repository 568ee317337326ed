//! The gate's answers where no handler runs: whole, and no more than the caller may know.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::sync::Arc;
use std::time::Duration;

use common::{Api, Captured, Tokens, operation, parts, request};
use entry::Entry;
use http::{HeaderValue, Response};
use policy_core::{AuthenticationFailure, Principal, ScopeSet};
use policy_http::mount::NoPermit;
use policy_http::{Authenticator, Credential, EnableAll, ManualClock, Options};
use serde_json::Value;

const KNOWN: (&str, &str) = ("authorization", "Bearer ali/files.read");

fn gate() -> Entry<Api, Tokens, EnableAll> {
    Entry::new(Tokens, EnableAll, Options::new())
}

fn told(response: &Response<String>) -> (u16, String) {
    let problem: Value = serde_json::from_str(response.body()).unwrap();
    assert_eq!(response.headers()["content-length"], response.body().len().to_string());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let reason = problem["reason_code"].as_str().unwrap().to_owned();
    let challenged = response.status() == 401 || reason == "insufficient_scope";
    assert_eq!(response.headers().contains_key("www-authenticate"), challenged);
    (response.status().as_u16(), reason)
}

#[tokio::test]
async fn only_a_known_caller_learns_what_there_is_not() {
    let (gate, allow) = (gate(), HeaderValue::from_static("GET, DELETE"));
    for (target, headers, expected) in [
        ("/v1/none", &[][..], (401, "missing_credential")),
        ("/v1", &[], (401, "missing_credential")),
        ("/v1/none", &[("authorization", "Bearer nobody")], (401, "invalid_credential")),
        ("/v1/none", &[("authorization", "Bearer down")], (503, "authentication_unavailable")),
        ("/v1/none", &[KNOWN], (404, "not_found")),
        // What lies outside the base path is not the policy's.
        ("/v12/none", &[], (404, "not_found")),
        ("/", &[], (404, "not_found")),
    ] {
        let answer = gate.not_found(&parts(target, headers)).await;
        assert_eq!(told(&answer), (expected.0, expected.1.to_owned()), "{target} {headers:?}");
    }
    let unknown = gate.method_not_allowed(&request("PATCH", "/v1/files/1", &[]), &allow).await;
    assert_eq!((told(&unknown), unknown.headers().get("allow")), ((401, "missing_credential".into()), None));
    let known = gate.method_not_allowed(&request("PATCH", "/v1/files/1", &[KNOWN]), &allow).await;
    assert_eq!((told(&known), known.headers().get("allow")), ((405, "method_not_allowed".into()), Some(&allow)));
    assert_eq!(told(&NoPermit::Missing.answer()), (500, "internal_error".into()));
}

#[tokio::test]
async fn head_without_a_handler_is_decided_as_get_first() {
    let (gate, allow) = (gate(), HeaderValue::from_static("GET"));
    let list = operation("GET", "/v1/files");
    let ask = async |headers: &[(&str, &str)]| gate.head(list, &parts("/v1/files", headers)).await;
    assert_eq!(told(&ask(&[]).await).0, 401);
    assert_eq!(told(&ask(&[("authorization", "Bearer ali/")]).await).0, 403);
    let allowed = ask(&[KNOWN]).await;
    assert_eq!((told(&allowed).0, allowed.headers().get("allow")), (405, Some(&allow)));
}

/// Forgets to look at the expiry.
struct Careless;

impl Authenticator<Api> for Careless {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let scopes = common::POLICY.scopes().collect::<ScopeSet<Api>>();
        Ok(Principal::new("ali").with_grant(credential.scheme(), scopes).with_expiry(1_000))
    }
}

#[tokio::test]
async fn a_credential_that_has_expired_is_refused_whatever_the_authenticator_says() {
    let clock = Arc::new(ManualClock::at(999));
    let gate = Entry::new(Careless, EnableAll, Options::new().clock(Arc::clone(&clock)));
    let known = parts("/v1/files", &[KNOWN]);
    let list = operation("GET", "/v1/files");
    assert!(gate.admit(list, &known).await.is_ok());
    assert_eq!(told(&gate.not_found(&parts("/v1/none", &[KNOWN])).await).0, 404);
    clock.advance(Duration::from_secs(1));
    assert_eq!(told(&gate.admit(list, &known).await.unwrap_err()), (401, "expired_credential".into()));
    assert_eq!(told(&gate.not_found(&parts("/v1/none", &[KNOWN])).await), (401, "expired_credential".into()));
}

#[tokio::test]
async fn the_application_has_its_own_words() {
    let options = Options::new()
        .realm("files")
        .denials(|denial| {
            Response::builder().status(denial.status()).body(denial.reason_code().to_uppercase()).unwrap()
        })
        .unmatched(|unmatched| Response::builder().status(410).body(unmatched.code().to_uppercase()).unwrap());
    let gate = Entry::new(Tokens, EnableAll, options);
    let denied = gate.admit(operation("GET", "/v1/files/{id}"), &parts("/v1/files/1", &[])).await.unwrap_err();
    assert_eq!((denied.status().as_u16(), denied.body().as_str()), (401, "MISSING_CREDENTIAL"));
    let challenge = r#"Bearer realm="files", ApiKey realm="files", in="header", name="X-Key""#;
    assert_eq!(denied.headers()["www-authenticate"], challenge, "every scheme of the document, whatever was asked for");
    let gone = gate.not_found(&parts("/v1/none", &[KNOWN])).await;
    assert_eq!((gone.status().as_u16(), gone.body().as_str()), (410, "NOT_FOUND"));
}

/// RFC 9110, sections 10.2.3 and 11.6.1, and no copy of an answer: what HTTP demands is added where the application says nothing of it.
#[tokio::test]
async fn a_header_of_the_application_is_kept_and_a_missing_one_is_added() {
    let own = |denial: &policy_core::Denial<'_, Api>| {
        Response::builder()
            .status(denial.status())
            .header("www-authenticate", "Own")
            .header("retry-after", "60")
            .header("cache-control", "private")
            .body(String::new())
            .unwrap()
    };
    let (own, default) = (Entry::new(Tokens, EnableAll, Options::new().denials(own)), gate());
    let list = operation("GET", "/v1/files");
    for (headers, expected, own_expected) in [
        (&[][..], (401, true, "", "no-store"), (401, true, "60", "private")),
        (&[("authorization", "Bearer down")], (503, false, "5", "no-store"), (503, true, "60", "private")),
    ] {
        for (entry, (status, is_challenged, retry_after, cache_control), challenge) in
            [(&default, expected, "Bearer "), (&own, own_expected, "Own")]
        {
            let answer = entry.admit(list, &parts("/v1/files", headers)).await.unwrap_err();
            let header = |name| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), header("www-authenticate").is_empty()), (status, !is_challenged));
            assert!(header("www-authenticate").is_empty() || header("www-authenticate").starts_with(challenge));
            assert_eq!((header("retry-after"), header("cache-control")), (retry_after, cache_control), "{headers:?}");
            assert!(answer.headers().values().count() == answer.headers().keys().count(), "each once");
        }
    }
    // A denial that has no challenge by itself has one where the application answers it by 401.
    let options = Options::new().denials(|_| Response::builder().status(401).body(String::new()).unwrap());
    let entry = Entry::new(Tokens, EnableAll, options);
    let wrong_query = entry.admit(list, &parts("/v1/files?wrong=1", &[KNOWN])).await.unwrap_err();
    assert!(wrong_query.headers().contains_key("www-authenticate"));
}

/// What a mapper answers is sent, unless it would read as a success. That is a mistake, and the log says so once for each.
#[tokio::test]
async fn no_mapper_turns_a_denial_into_a_success() {
    for (status, sent, mistakes) in
        [(100, 401, 1), (200, 401, 1), (302, 401, 1), (400, 400, 0), (404, 404, 0), (599, 599, 0)]
    {
        let events = Captured::default();
        let writer = events.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let _guard = tracing::subscriber::set_default(subscriber.finish());
        let options =
            Options::new().denials(move |_| Response::builder().status(status).body("mapped".to_owned()).unwrap());
        let gate = Entry::new(Tokens, EnableAll, options);
        let denied = gate.admit(operation("GET", "/v1/files"), &parts("/v1/files", &[])).await.unwrap_err();
        assert_eq!(denied.status().as_u16(), sent, "{status}");
        assert_eq!(denied.body() == "mapped", sent == status, "{status}");
        assert_eq!(events.text().matches("a mapper answered a denial").count(), mistakes, "{status}");
    }
}
