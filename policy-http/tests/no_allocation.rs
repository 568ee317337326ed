//! A request that is allowed costs no allocation here, whatever log is chosen: counted, not promised.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod entry;

use std::future::Future;
use std::io::sink;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use common::{Api, operation, parts, schemes};
use entry::{Entry, at};
use policy_core::{AuthenticationFailure, OperationRef, Principal};
use policy_http::{
    Answers, Authenticator, Cors, Counters, Credential, Decision, DecisionLog, EnableAll, JsonLines, Options, Tracing,
};

/// Knows one caller, whose texts are shared.
struct Known(Principal<Api>);

impl Authenticator<Api> for Known {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        match credential.secret() {
            "token" if credential.scheme() == schemes::OAUTH2 => Ok(self.0.clone()),
            _ => Err(AuthenticationFailure::Invalid),
        }
    }
}

fn known() -> Known {
    let files = common::POLICY.scopes().collect();
    Known(Principal::new("ali").with_tenant("org").with_credential_id("key").with_grant(schemes::OAUTH2, files))
}

/// Nothing here waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn requests() -> Vec<(OperationRef<Api>, http::request::Parts, bool)> {
    let token = ("authorization", "Bearer token");
    vec![
        (operation("GET", "/v1/files"), parts("/v1/files?limit=3", &[token]), true),
        (operation("DELETE", "/v1/files/{id}"), parts("/v1/files/1", &[token]), true),
        (operation("GET", "/v1/status"), parts("/v1/status", &[]), true),
        (operation("GET", "/v1/search"), parts("/v1/search?filter%5Bx%5D=1", &[]), true),
        (operation("GET", "/v1/files"), parts("/v1/files?wrong=1", &[token]), false),
        (operation("GET", "/v1/files"), parts("/v1/files", &[("authorization", "Bearer other")]), false),
    ]
}

/// Counts what the answer to a denial allocates by itself, each time that one is logged.
#[derive(Default)]
struct AnswerAlone(AtomicU64);

impl DecisionLog<Api> for AnswerAlone {
    fn record(&self, decision: &Decision<'_, Api>) {
        if let Some(denial) = decision.denial() {
            let counted = measure(|| drop(Answers::new().denial(denial)));
            self.0.fetch_add(counted.count_total, Ordering::Relaxed);
        }
    }
}

#[test]
fn to_decide_allocates_nothing_denials_included() {
    for (operation, parts, allowed) in requests() {
        let alone = Arc::new(AnswerAlone::default());
        let gate = Entry::new(known(), EnableAll, Options::new().log(Arc::clone(&alone)));
        let (endpoint, at) = (gate.endpoint(operation), at(operation, &parts));
        let counted = measure(|| {
            let outcome = now(endpoint.admit(&at));
            assert_eq!(outcome.is_ok(), allowed);
        });
        // What is allocated is the answer to a denial: once where it is sent, once where it is counted.
        assert_eq!(counted.count_total, 2 * alone.0.load(Ordering::Relaxed), "{operation} {allowed}");
    }
}

/// A future inside of another is copied with it, so that what waits along with a request is what a decision costs.
#[test]
fn what_waits_along_with_a_request_is_small() {
    let gate = Entry::new(known(), EnableAll, Options::new());
    let (list, parts) = (operation("GET", "/v1/files"), parts("/v1/files", &[]));
    let endpoint = gate.endpoint(list);
    for (name, size) in [
        ("admit", size_of_val(&endpoint.admit(&at(list, &parts)))),
        ("not_found", size_of_val(&gate.not_found(&parts))),
    ] {
        assert!(size <= 480, "{name} takes {size} bytes");
    }
}

#[test]
fn to_admit_allocates_nothing_whatever_the_log() {
    let json = || JsonLines::new(sink(), 1 << 20).unwrap();
    let cors = || Cors::origins(["https://app.example.com"]).unwrap().expose_headers([http::header::ETAG]);
    for (name, options) in [
        ("defaults", Options::new()),
        ("counters", Options::new().log(Counters::new())),
        ("lines", Options::new().log(json())),
        ("all", Options::new().log((Tracing, Counters::new(), json())).cors(cors())),
    ] {
        let gate = Entry::new(known(), EnableAll, options);
        for (operation, mut parts, allowed) in requests() {
            parts.headers.insert("origin", "https://app.example.com".parse().unwrap());
            // A header value becomes shared when it is first cloned.
            drop(now(gate.admit(operation, &parts)));
            let counted = measure(|| {
                let outcome = now(gate.admit(operation, &parts));
                assert_eq!(outcome.is_ok(), allowed);
            });
            if allowed {
                assert_eq!(counted.count_total, 0, "{name}: {operation}");
            }
        }
    }
}

/// What was told a moment ago is told again without a question, and without an allocation.
#[cfg(feature = "introspection")]
#[test]
fn an_answer_that_is_repeated_allocates_nothing() {
    use policy_core::OperationSet;
    use policy_http::{
        Demands, Enablement, EnablementStore, Introspection, Organization, StoredEnablement, Unavailable,
    };

    struct Store;

    impl EnablementStore for Store {
        async fn organization(&self, _: &str) -> Result<Organization, Unavailable> {
            Ok(Organization::Enabled(vec![("GET", "/v1/files").into()]))
        }
    }

    let server = |_: String| async { Ok(r#"{"active":true,"sub":"ali","aud":"a"}"#.to_owned()) };
    let tokens = Introspection::<Api, _>::new(server, Demands::new().audience("a")).unwrap();
    let (enablement, ali) = (StoredEnablement::new(Store), Principal::<Api>::new("ali").with_tenant("north"));
    let ask = || {
        let credential = Credential::new(schemes::OAUTH2, "token");
        assert!(now(tokens.authenticate(&credential)).is_ok());
        assert!(now(enablement.enabled(&ali)).is_ok_and(|enabled| enabled != OperationSet::EMPTY));
    };
    assert!(measure(ask).count_total > 0, "a question is one");
    assert_eq!(measure(ask).count_total, 0);
}
