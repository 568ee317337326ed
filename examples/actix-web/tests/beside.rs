//! What stands beside the guard in an application: pages of its own, and keys in a store.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use actix_web::web::{self, Data, PathConfig};
use actix_web::{HttpResponse, test as client};
use example_actix_web::{Db, Keys, routes};
use policy_actix_web::Routes;
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};

/// An application of these routes, with pages of its own, which answer whatever is not below `/v1`, and its own word for
/// values that a handler cannot read.
macro_rules! site {
    ($routes:expr) => {
        $routes
            .app()
            .app_data(Data::new(Db::example()))
            .app_data(PathConfig::default().error_handler(|_, _| actix_web::error::ErrorNotFound("no such page")))
            .route("/about", web::get().to(async || "about us"))
            .default_service(web::to(async || HttpResponse::NotFound().body("no such page")))
    };
}

/// The same service with keys that are kept in memory, and one that was just issued.
fn with_issued_key() -> (Routes, String) {
    let format = KeyFormat::new("clinic").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    store.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("encounters:read"));
    (routes(ApiKeys::new(format, store)).unwrap(), key.reveal())
}

async fn ask(routes: &Routes, target: &str, key: &str) -> (u16, String) {
    let app = client::init_service(site!(routes)).await;
    let request = client::TestRequest::get().uri(target).insert_header(("authorization", format!("Bearer {key}")));
    let response = client::call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    (status, String::from_utf8(client::read_body(response).await.to_vec()).unwrap())
}

#[actix_web::test]
async fn pages_and_policy_stand_beside_each_other() {
    let site = routes(Keys).unwrap();
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

#[actix_web::test]
async fn a_key_of_the_store_opens_what_it_was_issued_for() {
    let (routes, key) = with_issued_key();
    assert_eq!(ask(&routes, "/v1/encounters/e1", &key).await.0, 200);
    assert_eq!(ask(&routes, "/v1/encounters", &key).await.0, 403);
    assert_eq!(ask(&routes, "/v1/encounters/e1", "north-full").await.0, 401);
}
