//! What the guard adds to an allowed request in actix-web:
//! `cargo run --release -p policy-actix-web --example measure_actix_web`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use actix_web::web::{self, ServiceConfig};
use actix_web::{App, test as client};
use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use policy_actix_web::Permit;
use policy_http::EnableAll;

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> &'static str { "an item" });
}

async fn item() -> &'static str {
    "an item"
}

fn unguarded(config: &mut ServiceConfig) {
    // The guard's routes, in its order for the one that is asked, and no guard.
    let mut templates: Vec<&str> = policy::POLICY.operations().map(|operation| operation.template()).collect();
    templates.sort_by(|left, right| policy_http::mount::template::concrete_first(left, right));
    templates.dedup();
    for template in templates {
        config.service(web::resource(template).route(web::route().to(item)));
    }
    config.default_service(web::route().to(item));
}

/// Sends the request that both allow. A macro, because a function could not name the type of a service.
macro_rules! ask {
    ($app:ident) => {
        || {
            let request = client::TestRequest::get().uri("/v1/items/42");
            let request = request.insert_header(("authorization", AUTHORIZATION)).to_request();
            assert!(now(client::call_service(&$app, request)).status().is_success());
        }
    };
}

fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let guarded = policy_actix_web::guard(&policy::POLICY, known, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .into_routes();
    let system = actix_web::rt::System::new();
    let guarded = system.block_on(client::init_service(App::new().configure(|config| guarded.mount(config))));
    let unguarded = system.block_on(client::init_service(App::new().configure(unguarded)));
    let added = compare(ask!(guarded), ask!(unguarded));
    println!("actix-web\n{added}");
    assert_eq!(added.allocations(), 4, "as the README says");
}
