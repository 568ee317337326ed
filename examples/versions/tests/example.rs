//! Both versions answer in one service, each by its own policy.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use example_versions::{Notes, app, first, second};
use tower::ServiceExt as _;

#[tokio::test]
async fn each_version_asks_for_its_own_scopes() {
    let app = app(Notes::example()).unwrap();
    for (method, target, key, status, part) in [
        ("GET", "/v1/notes/1", "old", 200, "buy milk"),
        ("GET", "/v2/notes/1", "old", 403, "notes:read"),
        ("GET", "/v1/notes/1", "reader", 200, "buy milk"),
        ("GET", "/v2/notes/1", "reader", 200, r#"{"text":"buy milk"}"#),
        ("POST", "/v2/notes", "reader", 403, "notes:write"),
        ("POST", "/v2/notes", "writer", 200, "2"),
        ("GET", "/v2/notes/2", "writer", 200, "call home"),
        ("GET", "/v1/notes/2", "writer", 403, "insufficient_scope"),
        // What one version has, the other has not.
        ("POST", "/v1/notes", "writer", 404, "not_found"),
        ("POST", "/v1/notes", "", 401, "missing_credential"),
        ("GET", "/v1/none", "", 401, "missing_credential"),
        ("GET", "/v2/none", "", 401, "missing_credential"),
        ("GET", "/v2/none", "old", 404, "not_found"),
        ("GET", "/v3/notes/1", "old", 404, "not_found"),
        ("GET", "/v2/../v1/notes/1", "", 401, "missing_credential"),
    ] {
        let request = Request::builder().method(method).uri(target).header("content-type", "application/json");
        let request = if key.is_empty() { request } else { request.header("authorization", format!("Bearer {key}")) };
        let request = request.body(Body::from(r#"{"text":"call home"}"#)).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let found = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(found, status, "{method} {target} with {key}: {body}");
        assert!(body.contains(part), "{method} {target} with {key}: {body}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!("first", first().audit());
    insta::assert_snapshot!("second", second().audit());
}
