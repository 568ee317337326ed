//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use example_rocket::{Db, Keys, app, guard};
use rocket::http::Header;
use rocket::local::blocking::Client;

#[test]
fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let client = Client::untracked(app(rocket::build(), Db::example(), Keys).unwrap()).unwrap();
    for (target, key, status, part) in [
        ("/v1/encounters", None, 401, r#"{"error":"missing_credential","stage":"authentication"}"#),
        ("/v1/encounters", Some("guess"), 401, "authentication"),
        ("/v1/encounters?nope=1", Some("north-visits"), 403, "insufficient_scope"),
        ("/v1/encounters?nope=1", Some("north-full"), 400, "unsupported_query_parameter"),
        ("/v1/encounters?limit=1", Some("north-full"), 200, "Ada"),
        ("/v1/encounters/e1", Some("north-visits"), 200, "cough"),
        ("/v1/encounters/e2", Some("north-visits"), 404, ""),
        ("/v1/encounters/e2", Some("south-full"), 200, "check-up"),
        ("/v1/encounters/e1/audio", Some("north-visits"), 403, "insufficient_scope"),
        ("/v1/encounters/e1/audio", Some("north-full"), 403, "operation_pending"),
        ("/v1/patients", Some("north-full"), 404, ""),
        ("/v1/patients", None, 401, ""),
        ("/healthz", None, 204, ""),
    ] {
        let mut request = client.get(target);
        if let Some(key) = key {
            request.add_header(Header::new("authorization", format!("Bearer {key}")));
        }
        let response = request.dispatch();
        let found = response.status().code;
        let challenged = response.headers().contains("www-authenticate");
        let body = response.into_string().unwrap_or_default();
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
        assert!(challenged || status != 401, "{target} with {key:?}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
