//! Layers around one handler: they stand behind the decision, and the permit reaches the handler through them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use conformance::orders::{POLICY, operations};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use policy_core::handlers;
use policy_http::EnableAll;
use policy_hyper::{Call, Permit, Service};
use tower::ServiceExt as _;

type Body = Full<bytes::Bytes>;

async fn list_orders(permit: Permit<operations::ListOrders>) -> Response<Body> {
    Response::new(Body::from(format!("{:?}", permit.principal().subject())))
}

async fn get_order(_: Permit<operations::GetOrder>, call: Call<u8, Vec<u8>>) -> Response<Body> {
    Response::new(Body::from(format!("{:?} {}", call.parameter("id"), call.state)))
}

/// Refuses bodies of more than four bytes, and counts what it sees.
#[derive(Clone)]
struct Limit<S> {
    inner: S,
    seen: Arc<AtomicUsize>,
}

impl tower::Service<Request<Vec<u8>>> for Limit<Service<Vec<u8>, Body>> {
    type Response = Response<Body>;
    /// A refusal as a response, which an error may be too.
    type Error = Response<Body>;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        self.seen.fetch_add(1, Ordering::SeqCst);
        if request.body().len() > 4 {
            return Box::pin(async { Err(Response::builder().status(413).body(Body::from("too long")).unwrap()) });
        }
        let answer = tower::Service::call(&mut self.inner, request);
        Box::pin(async { answer.await.map_err(|never: Infallible| match never {}) })
    }
}

/// Makes a request of its own for the handler, without what belongs to it.
#[derive(Clone)]
struct Forgets(Service<Vec<u8>, Body>);

impl tower::Service<Request<Vec<u8>>> for Forgets {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = policy_hyper::Respond<Body>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        tower::Service::call(&mut self.0, Request::new(Vec::new()))
    }
}

async fn ask(service: &Service<Vec<u8>, Body>, target: &str, key: &str, body: &str) -> (u16, String) {
    let request = Request::builder().uri(target);
    let request = if key.is_empty() { request } else { request.header("authorization", key) };
    let answer = service.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

const READS: &str = "Bearer ali~orders.read";

#[tokio::test]
async fn a_layer_sees_allowed_requests_alone_and_the_handler_has_its_permit_and_parameters() {
    let seen = Arc::new(AtomicUsize::new(0));
    let limit = {
        let seen = Arc::clone(&seen);
        tower::layer::layer_fn(move |inner| Limit { inner, seen: Arc::clone(&seen) })
    };
    let service = policy_hyper::guard(&POLICY, conformance::Keys, EnableAll, Body::from)
        .handlers(handlers![list_orders, get_order.layer(limit)])
        .try_service(7)
        .unwrap();
    for (target, key, body, status, text) in [
        // Who may not is refused before the body is looked at.
        ("/v2/orders/1", "", "12345", 401, "missing_credential"),
        ("/v2/orders/1", "Bearer ali~", "12345", 403, "insufficient_scope"),
        ("/v2/orders/1", READS, "12345", 413, "too long"),
        ("/v2/orders/1", READS, "1234", 200, r#"Some("1") 7"#),
        ("/v2/orders", READS, "12345", 200, "ali"),
    ] {
        let (found, answer) = ask(&service, target, key, body).await;
        assert_eq!(found, status, "{target} {key} {body}: {answer}");
        assert!(answer.contains(text), "{target} {key} {body}: {answer}");
    }
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

/// A limit of a layer is one for all requests of the operation, and not a new one for each.
#[tokio::test]
async fn all_requests_share_the_layers_one_service() {
    let counted = Arc::new(AtomicUsize::new(0));
    let made = Arc::clone(&counted);
    let count = tower::layer::layer_fn(move |inner: Service<Vec<u8>, Body>| {
        made.fetch_add(1, Ordering::SeqCst);
        inner
    });
    let service = policy_hyper::guard(&POLICY, conformance::Keys, EnableAll, Body::from)
        .handlers(handlers![list_orders.layer(count), get_order])
        .try_service(7)
        .unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&service, "/v2/orders", READS, "").await.0, 200);
    }
    assert_eq!(counted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_layer_that_makes_a_request_of_its_own_reaches_no_handler() {
    let service = policy_hyper::guard(&POLICY, conformance::Keys, EnableAll, Body::from)
        .handlers(handlers![list_orders.layer(tower::layer::layer_fn(Forgets)), get_order])
        .try_service(7)
        .unwrap();
    let (status, answer) = ask(&service, "/v2/orders", READS, "").await;
    assert_eq!(status, 500, "{answer}");
    assert!(answer.contains("internal_error"), "{answer}");
}
