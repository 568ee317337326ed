//! What an application chooses reaches the wire: CORS, shadow mode, the decision log.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use common::{Answer, Runs, ask, enablement_first, guard_of, send};
use policy_core::Stage;
use policy_http::{Cors, Counters, Options, Shadow, Tracing, Verdict};

const APP: &str = "https://app.example.com";

async fn with(router: &Router, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(target), |request, (name, value)| request.header(*name, *value));
    send(router, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_preflight_is_answered_before_any_handler_and_denials_can_be_read() {
    let runs = Runs::default();
    let options = Options::new().cors(Cors::origins([APP]).unwrap());
    let router = guard_of!(enablement_first).options(options).with_state(runs.clone());
    let preflight = [("origin", APP), ("access-control-request-method", "POST")];

    let answer = with(&router, "OPTIONS", "/v1/items", &preflight).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("access-control-allow-methods"), "GET, POST");
    assert_eq!(answer.header("access-control-allow-headers"), "authorization");
    assert_eq!(answer.header("access-control-allow-origin"), APP);
    // Neither an unknown path nor an unknown origin learns anything.
    for (target, origin) in [("/v1/none", APP), ("/v1/items", "https://evil.example")] {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = with(&router, "OPTIONS", target, &headers).await;
        assert_eq!((answer.status, answer.header("access-control-allow-methods")), (401, ""), "{target} {origin}");
    }
    assert_eq!(runs.count(), 0);

    for (key, status) in [("Bearer ali~items.read", 200), ("Bearer ali~", 403), ("Bearer nobody", 401)] {
        let answer = with(&router, "GET", "/v1/items", &[("origin", APP), ("authorization", key)]).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, APP), "{key}");
        assert_eq!(answer.header("vary"), "origin");
    }
    assert_eq!(runs.count(), 1);
    let closed = guard_of!(enablement_first).with_state(Runs::default());
    assert_eq!(with(&closed, "OPTIONS", "/v1/items", &preflight).await.status, 401);
}

#[tokio::test]
async fn shadow_mode_runs_the_handler_says_so_and_leaves_the_rest_closed() {
    let runs = Runs::default();
    let counters = Arc::new(Counters::new());
    let items = enablement_first::POLICY.operations().filter(|operation| operation.template() == "/v1/items");
    let shadow = Shadow::new(items.collect(), "9999-12-31", "a test").unwrap();
    let options = Options::new().log((Tracing, Arc::clone(&counters))).shadow(shadow.at_stages(Stage::ALL));
    let guard = guard_of!(enablement_first).options(options);
    let audit = guard.audit().to_string();
    assert!(audit.contains("SHADOW MODE") && audit.contains("GET /v1/items\n    SHADOW "), "{audit}");
    let router = guard.with_state(runs.clone());

    for (key, reason) in [
        (Some("ali~"), "would-deny; stage=scopes; reason=insufficient_scope"),
        (Some("disabled~items.read"), "would-deny; stage=enablement; reason=route_not_enabled"),
        (None, "would-deny; stage=authentication; reason=missing_credential"),
        (Some("ali~items.read"), ""),
    ] {
        let answer = ask(&router, "GET", "/v1/items", key).await;
        assert_eq!((answer.status, answer.header("policy-shadow")), (200, reason));
        assert_eq!(answer.body, "ListItems ListItems");
    }
    assert_eq!(runs.count(), 4);
    assert_eq!(ask(&router, "GET", "/v1/items/mine", None).await.status, 401, "an operation that was not named");
    assert_eq!(ask(&router, "GET", "/v1/none", None).await.status, 401);
    assert_eq!(ask(&router, "GET", "/v1/later", Some("ali~items.read")).await.status, 403);
    assert_eq!(runs.count(), 4);
    let would_deny: u64 =
        counters.counts().filter(|count| count.verdict == Verdict::WouldDeny).map(|count| count.number).sum();
    assert_eq!(would_deny, 3);
}
