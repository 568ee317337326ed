//! What the guard adds to an allowed request in axum: `cargo run --release -p policy-axum --example measure_axum`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{any, get};
use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use policy_axum::Permit;
use policy_http::EnableAll;
use tower::ServiceExt;

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> &'static str { "an item" });
}

async fn item() -> &'static str {
    "an item"
}

fn unguarded() -> Router {
    // The guard's routes and methods, and no guard.
    let mut templates: Vec<&str> = policy::POLICY.operations().map(|operation| operation.template()).collect();
    templates.dedup();
    let router = Router::new().route("/v1/items/{id}", get(item).delete(item));
    templates
        .into_iter()
        .filter(|template| *template != "/v1/items/{id}")
        .fold(router, |router, template| router.route(template, any(item)))
}

fn ask(router: &Router) {
    let request = Request::get("/v1/items/42").header("authorization", AUTHORIZATION).body(Body::empty()).unwrap();
    let answer = now(router.clone().oneshot(request)).unwrap();
    assert!(answer.status().is_success());
}

fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let guarded = policy_axum::guard(&policy::POLICY, known, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .with_state(());
    let unguarded = unguarded();
    let added = compare(|| ask(&guarded), || ask(&unguarded));
    println!("axum\n{added}");
    assert_eq!(added.allocations(), 1, "as the README says");
}
