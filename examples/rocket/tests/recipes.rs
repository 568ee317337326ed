//! What an application does beside its guard.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use example_rocket::{Db, Keys, app, guard};
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};
use rocket::http::{Header, Status};
use rocket::local::asynchronous::Client;
use rocket::{Request, catch, catchers, get, routes};

async fn ask(client: &Client, target: &str, key: Option<&str>) -> (u16, String) {
    let mut request = client.get(target);
    if let Some(key) = key {
        request.add_header(Header::new("authorization", format!("Bearer {key}")));
    }
    let response = request.dispatch().await;
    (response.status().code, response.into_string().await.unwrap_or_default())
}

#[catch(default)]
fn caught(status: Status, _: &Request<'_>) -> (Status, String) {
    (status, format!(r#"{{"error":"{}"}}"#, status.code))
}

#[rocket::async_test]
async fn a_catcher_answers_what_is_not_the_guards_to_answer() {
    let rocket = app(rocket::build(), Db::example(), Keys).unwrap().register("/", catchers![caught]);
    let client = Client::untracked(rocket).await.unwrap();
    for (target, key, status, body) in [
        // No route at all, and a handler's `None`.
        ("/none", None, 404, r#"{"error":"404"}"#),
        ("/v1/encounters/e2", Some("north-visits"), 404, r#"{"error":"404"}"#),
        // The guard's: what nobody knows is told apart from nothing for known callers alone.
        ("/v1/none", None, 401, r#"{"error":"missing_credential","stage":"authentication"}"#),
        ("/v1/none", Some("north-visits"), 404, r#"{"error":"not_found"}"#),
    ] {
        assert_eq!(ask(&client, target, key).await, (status, body.to_owned()), "{target}");
    }
}

#[get("/<path..>")]
fn page(path: std::path::PathBuf) -> String {
    format!("the page {}", path.display())
}

#[rocket::async_test]
async fn routes_of_rockets_own_are_listed_and_stay_outside_of_the_base_path() {
    let guard = guard(Keys).unguarded_routes("/", "the web application, no data", routes![page]);
    assert!(guard.audit().to_string().contains("GET /<path..>\n    because  the web application, no data"));
    let rocket = rocket::build().manage(Db::example()).attach(guard.try_into_fairing().unwrap());
    let client = Client::untracked(rocket).await.unwrap();
    assert_eq!(ask(&client, "/about", None).await, (200, "the page about".into()));
    assert_eq!(ask(&client, "/v1/none", None).await.0, 401);
}

#[rocket::async_test]
async fn keys_are_kept_in_memory() {
    let format = KeyFormat::new("clinic_sk").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    let known = StoredKey::new(key.secret_hash()).with_subject("integration-7").with_tenant("north");
    store.insert(key.id(), known.with_scopes("encounters:read"));
    let authenticator = ApiKeys::new(format, store);
    let rocket = app(rocket::build(), Db::example(), authenticator).unwrap();
    let client = Client::untracked(rocket).await.unwrap();
    assert_eq!(ask(&client, "/v1/encounters/e1", Some(&key.reveal())).await.0, 200);
    assert_eq!(ask(&client, "/v1/encounters/e1", Some("clinic_sk_guess")).await.0, 401);
}
