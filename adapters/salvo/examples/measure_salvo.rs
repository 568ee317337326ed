//! What the guard adds to an allowed request in salvo: `cargo run --release -p policy-salvo --example measure_salvo`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use policy_http::EnableAll;
use policy_salvo::Permit;
use salvo_core::conn::SocketAddr;
use salvo_core::http::ReqBody;
use salvo_core::http::uri::Scheme;
use salvo_core::{ConnCtrl, Request, Router, Service};

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> &'static str { "an item" });
}

#[salvo_core::handler]
async fn item() -> &'static str {
    "an item"
}

fn unguarded() -> Router {
    // The guard's routes in its order, the concrete before the templated, and no guard.
    let mut templates: Vec<&str> = policy::POLICY.operations().map(|operation| operation.template()).collect();
    templates.sort_by(|left, right| policy_http::mount::template::concrete_first(left, right));
    templates.dedup();
    templates
        .into_iter()
        .chain(["{**rest}"])
        .fold(Router::new(), |router, template| router.push(Router::with_path(template).goal(item)))
}

fn ask(service: &Service) {
    let request = http::Request::get("/v1/items/42").header("authorization", AUTHORIZATION);
    let request = Request::from_hyper(request.body(ReqBody::None).unwrap(), Scheme::HTTP);
    let nowhere = || SocketAddr::Unknown;
    let handler = service.hyper_handler(nowhere(), nowhere(), Scheme::HTTP, None, ConnCtrl::new(), None);
    assert!(now(handler.handle(request)).status_code.unwrap().is_success());
}

fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let guarded = policy_salvo::guard(&policy::POLICY, known, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .into_router();
    let (guarded, unguarded) = (Service::new(guarded), Service::new(unguarded()));
    let added = compare(|| ask(&guarded), || ask(&unguarded));
    println!("salvo\n{added}");
    assert_eq!(added.allocations(), 3, "as the README says");
}
