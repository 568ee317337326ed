//! What stands beside the guard in an application: pages of its own, and keys in a store.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use example_axum::{Db, Keys, app, guard};
use policy_axum::MountError;
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};
use tower::ServiceExt as _;

/// The service with pages of its own, which answer whatever is not below `/v1`.
fn site() -> Result<Router, MountError> {
    let pages = Router::new()
        .route("/about", get(async || "about us"))
        .fallback(async || (StatusCode::NOT_FOUND, "no such page"));
    guard(Keys).beside("the web pages", pages).try_with_state(Db::example())
}

/// The same service with keys that are kept in memory, and one that was just issued.
fn with_issued_key() -> (Router, String) {
    let format = KeyFormat::new("clinic").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    store.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("encounters:read"));
    (app(Db::example(), ApiKeys::new(format, store)).unwrap(), key.reveal())
}

async fn ask(app: &Router, target: &str, key: &str) -> (u16, String) {
    let request = Request::get(target).header("authorization", format!("Bearer {key}")).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(to_bytes(response.into_body(), 1 << 16).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn pages_and_policy_stand_beside_each_other() {
    let site = site().unwrap();
    for (target, status, part) in [
        ("/about", 200, "about us"),
        ("/none", 404, "no such page"),
        ("/healthz", 204, ""),
        ("/v1/none", 401, "authentication"),
        ("/v1/encounters", 401, "authentication"),
    ] {
        let (found, body) = ask(&site, target, "nobody").await;
        assert_eq!(found, status, "{target}: {body}");
        assert!(body.contains(part), "{target}: {body}");
    }
    assert_eq!(ask(&site, "/v1/encounters", "north-full").await.0, 200);
}

#[tokio::test]
async fn a_key_of_the_store_opens_what_it_was_issued_for() {
    let (app, key) = with_issued_key();
    assert_eq!(ask(&app, "/v1/encounters/e1", &key).await.0, 200);
    assert_eq!(ask(&app, "/v1/encounters", &key).await.0, 403);
    assert_eq!(ask(&app, "/v1/encounters/e1", "north-full").await.0, 401);
}
