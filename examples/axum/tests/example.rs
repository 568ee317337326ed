//! The example answers as its README says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use example_axum::{Db, Keys, app, app_with_own_bodies, guard};
use tower::ServiceExt as _;

async fn ask(target: &str, key: Option<&str>) -> (u16, String) {
    let mut request = Request::get(target);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let response = app(Db::example(), Keys).unwrap().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn each_check_answers_in_its_turn() {
    for (target, key, status, part) in [
        ("/v1/encounters", None, 401, "authentication"),
        ("/v1/encounters", Some("guess"), 401, "authentication"),
        ("/v1/encounters?nope=1", Some("north-visits"), 403, "patients:read"),
        ("/v1/encounters?nope=1", Some("north-full"), 400, "nope"),
        ("/v1/encounters?limit=1", Some("north-full"), 200, "Ada"),
        ("/v1/encounters/e1", Some("north-visits"), 200, "cough"),
        ("/v1/encounters/e2", Some("north-visits"), 404, ""),
        ("/v1/encounters/e2", Some("south-full"), 200, "check-up"),
        ("/v1/encounters/e1/audio", Some("north-visits"), 403, "recordings:read"),
        ("/v1/patients", Some("north-full"), 404, ""),
        ("/v1/patients", None, 401, ""),
        ("/healthz", None, 204, ""),
    ] {
        let (found, body) = ask(target, key).await;
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
    }
}

#[tokio::test]
async fn a_denial_has_the_body_that_the_service_gives_it_and_the_challenge_all_the_same() {
    let request = Request::get("/v1/encounters").body(Body::empty()).unwrap();
    let response = app_with_own_bodies(Db::example(), Keys).unwrap().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("www-authenticate"));
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    assert_eq!(body, r#"{"error":"missing_credential","stage":"authentication"}"#);
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
