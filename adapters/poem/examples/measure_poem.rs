//! What the guard adds to an allowed request in poem: `cargo run --release -p policy-poem --example measure_poem`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use poem::endpoint::make;
use poem::{Endpoint, IntoResponse, Request, Response, Route};
use policy_http::EnableAll;
use policy_poem::Permit;

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> &'static str { "an item" });
}

fn item() -> impl Endpoint<Output = Response> {
    make(|_| async { "an item".into_response() })
}

fn unguarded() -> Route {
    // The guard's routes, and no guard.
    let mut templates: Vec<&str> = policy::POLICY.operations().map(|operation| operation.template()).collect();
    templates.dedup();
    let poems = |template: &str| template.replace('{', ":").replace('}', "");
    templates.into_iter().fold(Route::new(), |route, template| route.at(poems(template), item())).at("/*", item())
}

fn ask(route: &Route) {
    let request = Request::builder().uri_str("/v1/items/42").header("authorization", AUTHORIZATION).finish();
    assert!(now(route.get_response(request)).status().is_success());
}

fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let guarded = policy_poem::guard(&policy::POLICY, known, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .into_route();
    let unguarded = unguarded();
    let added = compare(|| ask(&guarded), || ask(&unguarded));
    println!("poem\n{added}");
    assert_eq!(added.allocations(), 3, "as the README says");
}
