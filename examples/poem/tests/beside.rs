//! What stands beside the guard in an application: pages of its own, and keys in a store.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use example_poem::{Db, Keys, app, guard};
use poem::endpoint::make_sync;
use poem::error::NotFoundError;
use poem::http::StatusCode;
use poem::test::TestClient;
use poem::{Endpoint, EndpointExt, Error, IntoResponse, Route};
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};
use policy_poem::MountError;

/// The service with pages of its own, which answer whatever is not below `/v1`, and its own word for errors.
fn site() -> Result<impl Endpoint, MountError> {
    let pages = Route::new().at("/about", make_sync(|_| "about us"));
    let guard = guard(Keys).beside("the web pages", pages).catch_all_error(async |error: Error| word(error.status()));
    Ok(guard.try_into_endpoint()?.data(Db::example()).catch_error(async |_: NotFoundError| word(StatusCode::NOT_FOUND)))
}

fn word(status: StatusCode) -> impl IntoResponse {
    format!("the clinic says {}", status.as_u16()).with_status(status)
}

/// The same service with keys that are kept in memory, and one that was just issued.
fn with_issued_key() -> (impl Endpoint, String) {
    let format = KeyFormat::new("clinic").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    store.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("encounters:read"));
    (app(Db::example(), ApiKeys::new(format, store)).unwrap(), key.reveal())
}

async fn ask(client: &TestClient<impl Endpoint>, target: &str, key: &str) -> (u16, String) {
    let response = client.get(target).header("authorization", format!("Bearer {key}")).send().await.0;
    (response.status().as_u16(), response.into_body().into_string().await.unwrap())
}

#[tokio::test]
async fn pages_and_policy_stand_beside_each_other() {
    let site = TestClient::new(site().unwrap());
    for (target, status, part) in [
        ("/about", 200, "about us"),
        ("/none", 404, "the clinic says 404"),
        ("/healthz", 204, ""),
        ("/v1/none", 401, "authentication"),
        ("/v1/encounters", 401, "authentication"),
    ] {
        let (found, body) = ask(&site, target, "nobody").await;
        assert_eq!(found, status, "{target}: {body}");
        assert!(body.contains(part), "{target}: {body}");
    }
    assert_eq!(ask(&site, "/v1/encounters", "north-full").await.0, 200);
    // The error of a handler behind the guard.
    assert_eq!(ask(&site, "/v1/encounters/none", "north-full").await, (404, "the clinic says 404".to_owned()));
}

#[tokio::test]
async fn a_key_of_the_store_opens_what_it_was_issued_for() {
    let (app, key) = with_issued_key();
    let app = TestClient::new(app);
    assert_eq!(ask(&app, "/v1/encounters/e1", &key).await.0, 200);
    assert_eq!(ask(&app, "/v1/encounters", &key).await.0, 403);
    assert_eq!(ask(&app, "/v1/encounters/e1", "north-full").await.0, 401);
}
