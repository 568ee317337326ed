//! Layers around one handler: they stand behind the decision, and the permit reaches the handler through them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use common::enablement_first::{POLICY, handlers, operations};
use common::{ALL, Keys, Runs, ask, enablement, send};
use policy_axum::Permit;
use policy_core::handlers;

async fn create_item(permit: Permit<operations::CreateItem>, body: Bytes) -> String {
    format!("{:?} {}", permit.principal().subject(), body.len())
}

#[tokio::test]
async fn a_layer_sees_allowed_requests_alone_and_the_handler_has_its_permit() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counting = {
        let seen = Arc::clone(&seen);
        from_fn(move |request: Request, next: Next| {
            let seen = Arc::clone(&seen);
            async move {
                seen.fetch_add(1, Ordering::SeqCst);
                let mut response: Response = next.run(request).await;
                response.headers_mut().insert("x-layer", HeaderValue::from_static("seen"));
                response
            }
        })
    };
    let router = policy_axum::guard(&POLICY, Keys::default(), enablement())
        .handlers(handlers![
            handlers::get_item,
            handlers::get_mine,
            handlers::list_items,
            create_item.layer(DefaultBodyLimit::max(4)).layer(counting),
            handlers::get_file,
            handlers::get_report,
            handlers::head_report,
            handlers::get_status,
            handlers::search,
            pending!(operations::Later, "moves in March"),
        ])
        .try_with_state(Runs::default())
        .unwrap();
    let post = |key: Option<&str>, body: &'static str| {
        let request = Request::builder().method("POST").uri("/v1/items").header("content-length", body.len());
        let request =
            key.into_iter().fold(request, |request, key| request.header("authorization", format!("Bearer {key}")));
        request.body(Body::from(body)).unwrap()
    };
    for (key, body, status, layered) in [
        // Who may not is refused before the body is looked at.
        (None, "12345", 401, ""),
        (Some("ali~items.read"), "12345", 403, ""),
        (Some(ALL), "12345", 413, "seen"),
        (Some(ALL), "1234", 200, "seen"),
    ] {
        let answer = send(&router, post(key, body)).await;
        assert_eq!((answer.status, answer.header("x-layer")), (status, layered), "{key:?} {body}: {}", answer.body);
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    // The layer is around this handler alone.
    assert_eq!(ask(&router, "GET", "/v1/items", Some(ALL)).await.header("x-layer"), "");
}
