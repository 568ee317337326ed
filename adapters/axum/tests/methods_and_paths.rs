//! What is answered to methods and paths that the document does not declare.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::routing::get;
use common::{ALL, Runs, ask, guard_of};
use http::Method;

#[tokio::test]
async fn an_unknown_caller_learns_no_route_and_no_method() {
    let runs = Runs::default();
    let router = guard_of!(enablement_first).with_state(runs.clone());
    for (method, target, known) in [
        ("GET", "/v1/none", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/items/", 404),
        ("GET", "/v1/items//files/x", 404),
        ("GET", "/v1/items/x/files/", 404),
        ("GET", "//v1/items", 404),
        ("GET", "/%76%31/items", 404),
        ("DELETE", "/v1/items", 405),
        ("OPTIONS", "/v1/items", 405),
        ("TRACE", "/v1/items", 405),
        ("get", "/v1/items", 405),
        ("FROB", "/v1/items/1", 405),
        ("POST", "/v1/items/1", 405),
        ("HEAD", "/v1/search", 405),
    ] {
        let unknown = ask(&router, method, target, None).await;
        assert_eq!((unknown.status, unknown.header("allow")), (401, ""), "{method} {target}");
        assert_eq!(ask(&router, method, target, Some("nobody")).await.status, 401, "{method} {target}");
        let answer = ask(&router, method, target, Some(ALL)).await;
        assert_eq!(answer.status, known, "{method} {target}");
        assert_eq!(answer.header("allow").is_empty(), known == 404, "{method} {target}");
    }
    assert_eq!(ask(&router, "DELETE", "/v1/items", Some(ALL)).await.header("allow"), "GET, POST");
    for outside in ["/", "/v10/items", "/v2", "/other"] {
        assert_eq!(ask(&router, "GET", outside, None).await.status, 404, "{outside}");
    }
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn head_is_decided_by_its_own_policy_or_that_of_get_and_runs_no_handler_unasked() {
    let runs = Runs::default();
    let router = guard_of!(enablement_first).with_state(runs.clone());
    assert_eq!(ask(&router, "HEAD", "/v1/items", None).await.status, 401);
    assert_eq!(ask(&router, "HEAD", "/v1/items", Some("ali~mine.read")).await.status, 403);
    assert_eq!(ask(&router, "HEAD", "/v1/items?x=1", Some(ALL)).await.status, 400);
    let answer = ask(&router, "HEAD", "/v1/items", Some(ALL)).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, POST"));
    assert_eq!(ask(&router, "HEAD", "/v1/later", Some(ALL)).await.status, 403);
    assert_eq!(runs.count(), 0);
    // Declared: its own scope, its own handler.
    assert_eq!(ask(&router, "HEAD", "/v1/report", Some("ali~items.read")).await.status, 403);
    assert_eq!(ask(&router, "HEAD", "/v1/report", Some("ali~items.write")).await.status, 200);
    assert_eq!(ask(&router, "GET", "/v1/report", Some("ali~items.write")).await.status, 403);
    assert_eq!(runs.count(), 1);

    let router =
        guard_of!(enablement_first).head::<common::enablement_first::operations::ListItems>().with_state(runs.clone());
    assert_eq!(ask(&router, "HEAD", "/v1/items", Some("ali~mine.read")).await.status, 403);
    assert_eq!(runs.count(), 1);
    let answer = ask(&router, "HEAD", "/v1/items", Some(ALL)).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("content-length")), (200, "", "19"));
    assert_eq!(runs.count(), 2);
    assert_eq!(ask(&router, "HEAD", "/v1/items/1", Some(ALL)).await.status, 405);
    assert_eq!(ask(&router, "DELETE", "/v1/items", Some(ALL)).await.header("allow"), "GET, POST, HEAD");
}

#[tokio::test]
async fn a_concrete_template_goes_before_a_templated_sibling_that_was_mounted_first() {
    let router = guard_of!(enablement_first).with_state(Runs::default());
    assert_eq!(ask(&router, "GET", "/v1/items/mine", Some("ali~mine.read")).await.body, "GetMine GetMine");
    assert_eq!(ask(&router, "GET", "/v1/items/mine", Some("ali~items.read")).await.status, 403);
    // Encoded, it is not the literal: the template's operation serves it, and its policy decided.
    assert_eq!(ask(&router, "GET", "/v1/items/%6dine", Some("ali~items.read")).await.body, "GetItem GetItem");
    assert_eq!(ask(&router, "GET", "/v1/items/%6dine", Some("ali~mine.read")).await.status, 403);
    assert_eq!(ask(&router, "GET", "/v1/items/a%2Ffiles%2Fb", Some("ali~items.read")).await.body, "GetItem GetItem");
    assert_eq!(ask(&router, "GET", "/v1/items/a/files/b", Some("ali~files.read")).await.body, "GetFile GetFile");
}

#[tokio::test]
async fn methods_beyond_the_usual_nine_are_served_as_declared() {
    let router = guard_of!(enablement_first).with_state(Runs::default());
    assert_eq!(ask(&router, "QUERY", "/v1/search", Some("ali~items.read")).await.body, "Search Search");
    assert_eq!(ask(&router, "query", "/v1/search", Some("ali~items.read")).await.status, 405);
}

#[tokio::test]
async fn an_unguarded_route_serves_its_one_method_and_is_in_the_audit() {
    let guard = guard_of!(enablement_first).unguarded(
        Method::GET,
        "/healthz",
        "liveness probe, no data",
        get(async || "well").post(async || "never"),
    );
    let audit = guard.audit().to_string();
    assert!(audit.contains("GET /healthz\n    because  liveness probe, no data"), "{audit}");
    assert!(audit.contains("PENDING   denied: moves in March"), "{audit}");
    let router = guard.with_state(Runs::default());
    assert_eq!(ask(&router, "GET", "/healthz", None).await.body, "well");
    assert_eq!(ask(&router, "POST", "/healthz", None).await.status, 401);
    assert_eq!(ask(&router, "POST", "/healthz", Some(ALL)).await.status, 405);
    assert_eq!(ask(&router, "HEAD", "/healthz", None).await.status, 200);
}

#[tokio::test]
async fn routes_that_do_not_fit_are_named_all_at_once_and_nothing_is_served() {
    let guard = || {
        guard_of!(enablement_first)
            .handlers(|mount| mount.handler(common::enablement_first::handlers::get_item))
            .unguarded(Method::GET, "/v1/items", "a mistake", get(async || ""))
            .unguarded(Method::GET, "/v1/items/special", "a mistake", get(async || ""))
            .unguarded(Method::GET, "/files/{id}.json", "a mistake", get(async || ""))
            .unguarded(Method::GET, "/rest/{*path}", "a mistake", get(async || ""))
            .unguarded(Method::CONNECT, "/tunnel", "a mistake", get(async || ""))
            .unguarded(Method::GET, "/a/{x}", "fine", get(async || ""))
            .unguarded(Method::GET, "/a/{y}", "a mistake", get(async || ""))
            .head::<common::enablement_first::operations::GetReport>()
            .head::<common::enablement_first::operations::CreateItem>()
    };
    let error = guard().try_with_state::<()>(Runs::default()).unwrap_err();
    let text = error.to_string();
    for expected in [
        "`GET /v1/items/{id}` is mounted twice",
        "the unguarded route `GET /v1/items` would answer requests that the document gives to `GET /v1/items`",
        "the unguarded route `GET /v1/items/special` would answer requests that the document gives to `GET /v1/items/{id}`",
        "axum cannot serve `GET /files/{id}.json` exactly, because a parameter must be a whole segment",
        "axum cannot serve `GET /rest/{*path}` exactly, because a wildcard",
        "`CONNECT /tunnel` has a method",
        "axum cannot route `/a/{y}`",
        "`GET /v1/report` cannot answer HEAD with its handler",
        "`POST /v1/items` cannot answer HEAD with its handler",
    ] {
        assert!(text.contains(expected), "{expected}\nnot in\n{text}");
    }
    let router = guard().with_state(Runs::default());
    for target in ["/v1/items", "/v1/items/mine", "/healthz"] {
        assert_eq!(ask(&router, "GET", target, Some(ALL)).await.status, 500);
    }

    let bare = policy_axum::guard(&common::enablement_first::POLICY, common::Keys::default(), common::enablement());
    let error = bare.try_with_state::<()>(()).unwrap_err();
    assert_eq!(error.faults().len(), 10, "{error}");
}

#[tokio::test]
async fn the_router_can_be_nested_below_a_prefix() {
    let inner = guard_of!(enablement_first).with_state(Runs::default());
    let router = axum::Router::new().nest("/gateway", inner);
    assert_eq!(ask(&router, "GET", "/gateway/v1/items/1", Some("ali~items.read")).await.body, "GetItem GetItem");
    assert_eq!(ask(&router, "GET", "/gateway/v1/items//files/x", Some(ALL)).await.status, 404);
    assert_eq!(ask(&router, "GET", "/gateway/v1/none", None).await.status, 401);
}
