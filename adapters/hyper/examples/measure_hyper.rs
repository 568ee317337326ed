//! What the guard adds to an allowed request without a framework: `cargo run --release -p policy-hyper --example measure_hyper`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use http::{Request, Response};
use http_body_util::{Empty, Full};
use policy_http::EnableAll;
use policy_hyper::Permit;
use tower::ServiceExt;

type Body = Full<Bytes>;

fn item() -> Response<Body> {
    Response::new(Body::from("an item"))
}

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> Response<Body> { item() });
}

/// The same router with the same boxed handler, and no guard: what a service by hand would be.
type Unguarded = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

fn unguarded(request: Request<Empty<Bytes>>) -> Unguarded {
    Box::pin(async move {
        Ok(match policy::ROUTER.find(request.method().as_str(), request.uri().path()).operation() {
            Some(_) => item(),
            None => Response::builder().status(404).body(Body::default()).unwrap_or_default(),
        })
    })
}

fn request() -> Request<Empty<Bytes>> {
    Request::get("/v1/items/42").header("authorization", AUTHORIZATION).body(Empty::new()).unwrap()
}

fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let guarded = policy_hyper::guard(&policy::POLICY, known, EnableAll, Body::from)
        .router(&policy::ROUTER)
        .handlers(conformance::all_handlers!(policy, handlers))
        .service(());
    let added = compare(
        || assert!(now(guarded.clone().oneshot(request())).unwrap().status().is_success()),
        || assert!(now(tower::service_fn(unguarded).oneshot(request())).unwrap().status().is_success()),
    );
    println!("hyper\n{added}");
    assert_eq!(added.allocations(), 1, "as the README says");
}
