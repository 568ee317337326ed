//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/requests.rs"]
mod requests;

use actix_web::web::Data;
use actix_web::{App, test as client};
use example_actix_web::{Db, Keys, guard, routes};

#[actix_web::test]
async fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let routes = routes(Keys).unwrap();
    let app = App::new().app_data(Data::new(Db::example())).configure(|config| routes.mount(config));
    let app = client::init_service(app).await;
    for (target, key, status, part) in requests::REQUESTS {
        let mut request = client::TestRequest::get().uri(target);
        if let Some(key) = key {
            request = request.insert_header(("authorization", format!("Bearer {key}")));
        }
        let response = client::call_service(&app, request.to_request()).await;
        let found = response.status().as_u16();
        let body = String::from_utf8(client::read_body(response).await.to_vec()).unwrap();
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
