//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/requests.rs"]
mod requests;

use example_rocket::{Db, Keys, app, guard};
use rocket::http::Header;
use rocket::local::blocking::Client;

#[test]
fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let client = Client::untracked(app(rocket::build(), Db::example(), Keys).unwrap()).unwrap();
    for (target, key, status, part) in requests::REQUESTS {
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
