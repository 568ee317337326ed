//! Middleware around one handler: they stand behind the decision, and the permit reaches the handler through them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorPayloadTooLarge;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, ORIGIN};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::test as client;
use conformance::orders::{POLICY, operations};
use policy_actix_web::Permit;
use policy_core::handlers;
use policy_http::{Cors, EnableAll, Options};

async fn list_orders(permit: Permit<operations::ListOrders>) -> String {
    format!("{:?}", permit.principal().subject())
}

async fn get_order(_: Permit<operations::GetOrder>) -> &'static str {
    "GetOrder"
}

/// Refuses bodies of more than four bytes, and changes the head of the others.
async fn limit(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > 4) {
        return Err(ErrorPayloadTooLarge("too long"));
    }
    request.headers_mut().insert(HeaderName::from_static("x-seen"), HeaderValue::from_static("yes"));
    next.call(request).await
}

#[actix_web::test]
async fn a_middleware_sees_allowed_requests_alone_and_the_handler_has_its_permit() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = {
        let made = Arc::clone(&made);
        move || {
            made.fetch_add(1, Ordering::SeqCst);
            DefaultHeaders::new().add(("x-layer", "seen"))
        }
    };
    let routes = policy_actix_web::guard(&POLICY, conformance::Keys, EnableAll)
        .options(Options::new().cors(Cors::origins(["https://app.example"]).unwrap()))
        .handlers(handlers![list_orders.layer(|| from_fn(limit)).layer(counted), get_order])
        .try_into_routes()
        .unwrap();
    let app = client::init_service(routes.app()).await;
    for (target, key, body, status, text) in [
        // Who may not is refused before the body is looked at.
        ("/v2/orders", "", "12345", 401, "missing_credential"),
        ("/v2/orders", "Bearer ali~", "12345", 403, "insufficient_scope"),
        ("/v2/orders", "Bearer ali~orders.read", "12345", 413, "too long"),
        ("/v2/orders", "Bearer ali~orders.read", "1234", 200, "ali"),
        ("/v2/orders/7", "Bearer ali~orders.read", "12345", 200, "GetOrder"),
    ] {
        let request = client::TestRequest::get().uri(target).insert_header((CONTENT_LENGTH, body.len()));
        let request = request.insert_header((ORIGIN, "https://app.example")).set_payload(body);
        let request = if key.is_empty() { request } else { request.insert_header(("authorization", key)) };
        // An error of a middleware goes on as one; it is what a server makes a response of.
        let response = match client::try_call_service(&app, request.to_request()).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.error_response(),
        };
        assert_eq!(response.status(), status, "{target} {key} {body}");
        // Whatever a layer says, the guard's headers are there.
        assert!(response.headers().contains_key("access-control-allow-origin"), "{target} {key} {body}");
        let layered = response.headers().contains_key("x-layer");
        assert_eq!(layered, status == 200 && target == "/v2/orders", "{target} {key} {body}");
        let found =
            String::from_utf8(actix_web::body::to_bytes(response.into_body()).await.ok().unwrap().to_vec()).unwrap();
        assert!(found.contains(text), "{target} {key} {body}: {found}");
    }
    // One for the worker, so that one which counts or limits does so over all of its requests.
    assert_eq!(made.load(Ordering::SeqCst), 1);
}
