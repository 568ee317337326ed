//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/requests.rs"]
mod requests;

use example_poem::{Db, Keys, app, guard};
use poem::test::TestClient;

#[tokio::test]
async fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let client = TestClient::new(app(Db::example(), Keys).unwrap());
    for (target, key, status, part) in requests::REQUESTS {
        let mut request = client.get(target);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let response = request.send().await.0;
        let found = response.status().as_u16();
        let body = response.into_body().into_string().await.unwrap();
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
