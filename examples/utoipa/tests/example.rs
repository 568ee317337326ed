//! The document in the repository is the program's own, and the service answers by it.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use example_utoipa::{Files, app, callers, openapi};
use tower::ServiceExt as _;

#[test]
fn the_document_is_current() {
    policy_test::document_is_current("openapi.json", &openapi().to_pretty_json().unwrap());
}

#[tokio::test]
async fn each_check_answers_in_its_turn() {
    let app = app(Files::default(), callers().unwrap()).unwrap();
    for (method, path, caller, status, part) in [
        ("GET", "/files", None, 401, "authentication"),
        ("GET", "/files", Some("guess"), 401, "authentication"),
        ("PUT", "/files/a", Some("reader"), 403, "files:write"),
        ("GET", "/files/a", Some("reader"), 404, ""),
        ("PUT", "/files/a", Some("writer"), 204, ""),
        ("GET", "/files/a", Some("reader"), 200, "hello"),
        ("GET", "/files", Some("reader"), 200, r#"["a"]"#),
        ("GET", "/files?nope=1", Some("reader"), 400, "nope"),
        ("GET", "/none", None, 401, ""),
    ] {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(caller) = caller {
            request = request.header("authorization", format!("Bearer {caller}"));
        }
        let response = app.clone().oneshot(request.body(Body::from("hello")).unwrap()).await.unwrap();
        let found = response.status().as_u16();
        let body = String::from_utf8(to_bytes(response.into_body(), 1 << 16).await.unwrap().to_vec()).unwrap();
        assert_eq!(found, status, "{method} {path} by {caller:?}: {body}");
        assert!(body.contains(part), "{method} {path} by {caller:?}: {body}");
    }
}
