//! Operations that the list leaves to the application's own router: what reaches it, and what does not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::extract::{Extension, Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, body::Body};
use common::enablement_first::{Api, POLICY, handlers, operations};
use common::{ALL, Keys, Runs, ask, enablement, send};
use policy_axum::{Guard, MountFault, Permit};
use policy_core::handlers;
use policy_http::{Cors, Enablement, ManualClock, Options};

/// The operations that are guarded, beside those that the application still serves: one on a template with a concrete guarded
/// sibling, one on a template with a guarded method, and one below a guarded template.
fn guard() -> Guard<Api, Keys, impl Enablement<Api>, Runs> {
    policy_axum::guard(&POLICY, Keys::default(), enablement()).handlers(handlers![
        elsewhere!(operations::GetItem, "the old routes", until = "2027-06-30"),
        handlers::get_mine,
        elsewhere!(operations::ListItems, "the old routes"),
        handlers::create_item,
        elsewhere!(operations::GetFile, "the old routes", until = "2027-06-30",),
        handlers::get_report,
        handlers::head_report,
        handlers::get_status,
        handlers::search,
        pending!(operations::Later, "moves in March"),
    ])
}

/// The application as it was before the guard: it serves everything, the guarded operations too.
fn application() -> Router<Runs> {
    Router::new()
        .route("/v1/items", get(async || "old list").post(async || "old create"))
        .route("/v1/items/mine", get(async || "old mine"))
        .route(
            "/v1/items/{number}",
            get(async |Path(number): Path<u32>| format!("old item {number}")).delete(async || "gone"),
        )
        .route(
            "/v1/items/{item}/files/{file}",
            get(async |Path((item, file)): Path<(u32, String)>, stamp: Option<Extension<u8>>| {
                format!("old file {item} {file} {:?}", stamp.map(|stamp| stamp.0))
            }),
        )
        .route("/v1/secret", get(async || "a route that the document does not have"))
        .fallback(async || "the application's 404")
}

#[tokio::test]
async fn the_application_answers_exactly_the_operations_that_are_left_to_it() {
    let router = guard().elsewhere(application()).try_with_state(Runs::default()).unwrap();
    for (method, target, key, status, body) in [
        ("GET", "/v1/items", None, 200, "old list"),
        ("GET", "/v1/items/7", None, 200, "old item 7"),
        ("GET", "/v1/items/7/files/a%20b", None, 200, "old file 7 a b None"),
        // What is guarded stays guarded, although the application has a route for it.
        ("POST", "/v1/items", None, 401, "missing_credential"),
        ("POST", "/v1/items", Some(ALL), 200, "CreateItem CreateItem"),
        ("GET", "/v1/items/mine", None, 401, "missing_credential"),
        ("GET", "/v1/items/%6Dine", None, 400, "Invalid URL"),
        // Nothing else of the application's is reached: no other method, no other path, not its fallback.
        ("DELETE", "/v1/items/7", None, 401, "missing_credential"),
        ("DELETE", "/v1/items/7", Some(ALL), 405, "method_not_allowed"),
        ("GET", "/v1/secret", None, 401, "missing_credential"),
        ("GET", "/v1/secret", Some(ALL), 404, "not_found"),
        ("GET", "/v1/items/", None, 401, "missing_credential"),
        ("GET", "/v1/items//files/a", None, 401, "missing_credential"),
        ("GET", "//v1/items", None, 401, "missing_credential"),
        ("GET", "/v1/later", Some(ALL), 403, "operation_pending"),
    ] {
        let answer = ask(&router, method, target, key).await;
        assert_eq!(answer.status, status, "{method} {target} {key:?}: {}", answer.body);
        assert!(answer.body.contains(body), "{method} {target} {key:?}: {}", answer.body);
    }
    assert_eq!(ask(&router, "PUT", "/v1/items", Some(ALL)).await.header("allow"), "GET, POST, HEAD");
    // HEAD is the application's, as GET is.
    let head = ask(&router, "HEAD", "/v1/items", None).await;
    assert_eq!((head.status, head.body.as_str(), head.header("content-length")), (200, "", "8"));
}

/// What an outer layer puts beside the request reaches the application; what an outer guard allowed does not.
#[tokio::test]
async fn the_application_gets_the_request_as_it_came() {
    async fn stamp(mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(7_u8);
        next.run(request).await
    }
    async fn takes_a_permit(_: Permit<operations::ListItems>) -> &'static str {
        "a permit"
    }
    let router = guard().elsewhere(application()).try_with_state(Runs::default()).unwrap().layer(from_fn(stamp));
    assert_eq!(ask(&router, "GET", "/v1/items/7/files/a", None).await.body, "old file 7 a Some(7)");
    let nested = Router::new().nest_service("/gateway", router);
    assert_eq!(ask(&nested, "GET", "/gateway/v1/items/7", None).await.body, "old item 7");

    let with_permit = Router::new().route("/v1/items", get(takes_a_permit));
    let router = guard().elsewhere(with_permit).try_with_state(Runs::default()).unwrap();
    assert_eq!(ask(&router, "GET", "/v1/items", Some(ALL)).await.status, 500);
}

#[tokio::test]
async fn a_preflight_is_answered_by_whoever_serves_the_method() {
    let preflight = |method: &str| {
        let request = Request::builder().method("OPTIONS").uri("/v1/items").header("origin", "https://app.example");
        request.header("access-control-request-method", method).body(Body::empty()).unwrap()
    };
    let own = Router::new().route("/v1/items", get(async || "list").options(async || "the application's preflight"));
    let cors = Cors::origins(["https://app.example"]).unwrap();
    let router = guard().options(Options::new().cors(cors)).elsewhere(own).try_with_state(Runs::default()).unwrap();
    assert_eq!(send(&router, preflight("GET")).await.body, "the application's preflight");
    let answer = send(&router, preflight("POST")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, "POST"));
    // OPTIONS that is no preflight is a method that nothing declares.
    assert_eq!(ask(&router, "OPTIONS", "/v1/items", None).await.status, 401);
}

#[test]
fn the_audit_names_what_is_not_guarded_and_says_when_its_day_is_over() {
    let last = policy_core::Date::parse("2027-06-30").unwrap().end();
    for (now, day) in
        [(last - 1, "    until     2027-06-30"), (last, "    ERROR     it was to be guarded after 2027-06-30")]
    {
        let audit =
            guard().options(Options::new().clock(ManualClock::at(now))).elsewhere(application()).audit().to_string();
        let item = format!("GET /v1/items/{{id}}\n    ELSEWHERE not guarded: the old routes\n{day}\n");
        assert!(audit.contains(&item), "{audit}");
        assert!(audit.contains("GET /v1/items\n    ELSEWHERE not guarded: the old routes\n    requires"), "{audit}");
    }
}

#[test]
fn a_list_and_a_guard_that_disagree_about_the_application_are_an_error_at_start() {
    let error = guard().try_with_state::<()>(Runs::default()).unwrap_err();
    let without: Vec<_> =
        error.faults().iter().filter(|fault| matches!(fault, MountFault::NoApplication { .. })).collect();
    assert_eq!(without.len(), 3, "{error}");
    assert!(
        error.to_string().contains("`GET /v1/items` is served elsewhere, and the guard does not know by what"),
        "{error}"
    );

    let twice =
        guard().elsewhere(application()).elsewhere(application()).try_with_state::<()>(Runs::default()).unwrap_err();
    assert!(twice.to_string().contains("`the operations served elsewhere` is mounted twice"), "{twice}");

    let nothing = common::guard_of!(enablement_first).elsewhere(application()).try_with_state::<()>(Runs::default());
    assert!(nothing.unwrap_err().to_string().contains("the list does not say `elsewhere!(…)` of any operation"));
}
