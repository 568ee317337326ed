//! Each stage has its say in the order of the document, and the first to refuse decides.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{ALL, Runs, ask, guard_of};

const READ: &str = "ali~items.read";

macro_rules! both_orders {
    ($name:ident, $router:ident, $runs:ident, $body:block) => {
        #[tokio::test]
        async fn $name() {
            {
                let $runs = Runs::default();
                let $router = guard_of!(enablement_first).with_state($runs.clone());
                $body
            }
            {
                let $runs = Runs::default();
                let $router = guard_of!(scopes_first).with_state($runs.clone());
                $body
            }
        }
    };
}

both_orders!(every_stage_refuses_in_its_turn, router, runs, {
    for (method, target, key, status, reason) in [
        ("GET", "/v1/items?owners=x", None, 401, "missing_credential"),
        ("GET", "/v1/items?owners=x", Some("nobody"), 401, "invalid_credential"),
        ("GET", "/v1/items?owners=x", Some("expired"), 401, "expired_credential"),
        ("GET", "/v1/items?owners=x", Some("a b"), 401, "malformed_credential"),
        ("GET", "/v1/items?owners=x", Some("down"), 503, "authentication_unavailable"),
        ("GET", "/v1/items?owners=x", Some("disabled~items.read"), 403, "route_not_enabled"),
        ("GET", "/v1/items?owners=x", Some("homeless~items.read"), 403, "no_organization"),
        ("GET", "/v1/items?owners=x", Some("unlucky~items.read"), 503, "enablement_unavailable"),
        ("GET", "/v1/items?owners=x", Some("ali~items.write"), 403, "insufficient_scope"),
        ("GET", "/v1/items?owners=x", Some(READ), 400, "unsupported_query_parameter"),
        ("POST", "/v1/items", Some(READ), 403, "insufficient_scope"),
        ("GET", "/v1/later", None, 401, "missing_credential"),
        ("GET", "/v1/later", Some("ali~items.write"), 403, "insufficient_scope"),
        ("GET", "/v1/later?x=1", Some(READ), 400, "unsupported_query_parameter"),
        ("GET", "/v1/later", Some(READ), 403, "operation_pending"),
    ] {
        let answer = ask(&router, method, target, key).await;
        assert_eq!((answer.status, answer.reason().as_str()), (status, reason), "{method} {target} {key:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(!answer.header("www-authenticate").is_empty(), status == 401 || reason == "insufficient_scope");
        assert_eq!(!answer.header("retry-after").is_empty(), status == 503);
    }
    assert_eq!(runs.count(), 0);
    assert_eq!(ask(&router, "GET", "/v1/items?limit=1", Some(READ)).await.body, "ListItems ListItems");
    assert_eq!(ask(&router, "GET", "/v1/status", Some("expired")).await.body, "GetStatus GetStatus");
    assert_eq!(runs.count(), 2);
});

#[tokio::test]
async fn the_two_orders_answer_differently_where_two_stages_would_refuse() {
    let enablement = guard_of!(enablement_first).with_state(Runs::default());
    let scopes = guard_of!(scopes_first).with_state(Runs::default());
    let key = Some("disabled~items.write");
    assert_eq!(ask(&enablement, "GET", "/v1/items", key).await.reason(), "route_not_enabled");
    assert_eq!(ask(&scopes, "GET", "/v1/items", key).await.reason(), "insufficient_scope");
}

#[tokio::test]
async fn a_scope_denial_names_the_need_of_the_route_and_not_the_grant() {
    let router = guard_of!(enablement_first).realm("the items").with_state(Runs::default());
    let answer = ask(&router, "GET", "/v1/items/mine", Some("ali~files.read")).await;
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\"the items\", error=\"insufficient_scope\""), "{challenge}");
    assert!(challenge.ends_with("scope=\"mine:read\""), "{challenge}");
    assert!(answer.body.contains(r#""required_scopes":["mine:read"]"#) && !answer.body.contains("files:read"));
    let missing = ask(&router, "GET", "/v1/items/mine", None).await;
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"the items\"");
}

#[tokio::test]
async fn the_application_replaces_bodies_and_never_turns_a_denial_into_a_success() {
    let router = guard_of!(enablement_first)
        .denials(|denial| {
            let code = if denial.reason_code() == "insufficient_scope" { 200 } else { 418 };
            http::Response::builder().status(code).body(format!("mine: {}", denial.reason_code())).unwrap()
        })
        .unmatched(|unmatched| http::Response::builder().status(unmatched.status()).body("lost".into()).unwrap())
        .with_state(Runs::default());
    let answer = ask(&router, "GET", "/v1/items", None).await;
    assert_eq!((answer.status, answer.body.as_str()), (418, "mine: missing_credential"));
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let answer = ask(&router, "GET", "/v1/items", Some("ali~")).await;
    assert_eq!((answer.status, answer.reason().as_str()), (403, "insufficient_scope"));
    assert_eq!(ask(&router, "GET", "/v1/none", Some(ALL)).await.body, "lost");
}
