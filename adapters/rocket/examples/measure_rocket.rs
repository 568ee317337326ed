//! What the guard adds to an allowed request in rocket: `cargo run --release -p policy-rocket --example measure_rocket`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails by panicking"
)]

use conformance::enablement_first as policy;
use conformance::measure::{AUTHORIZATION, Known, compare, now};
use policy_http::EnableAll;
use policy_rocket::Permit;
use rocket::config::LogLevel;
use rocket::futures::future::BoxFuture;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use rocket::route::Outcome;
use rocket::{Build, Config, Data, Request, Rocket, Route};

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(_name) -> &'static str { "an item" });
}

fn item<'r>(request: &'r Request<'_>, _: Data<'r>) -> BoxFuture<'r, Outcome<'r>> {
    Box::pin(async { Outcome::from(request, "an item") })
}

fn quiet() -> Rocket<Build> {
    rocket::custom(Config { log_level: LogLevel::Off, ..Config::release_default() })
}

fn unguarded() -> Rocket<Build> {
    // The guard's routes, and no guard.
    let mut templates: Vec<&str> = policy::POLICY.operations().map(|operation| operation.template()).collect();
    templates.dedup();
    let rockets = |template: &str| template.replace('{', "<").replace('}', ">");
    let route = |template: &str| Route::new(Method::Get, &rockets(template), item);
    quiet().mount("/", templates.into_iter().map(route).collect::<Vec<_>>())
}

fn ask(client: &Client) {
    let request = client.get("/v1/items/42").header(Header::new("authorization", AUTHORIZATION));
    assert_eq!(now(request.dispatch()).status().code, 200);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let known = Known::by(policy::POLICY.scheme("Token").unwrap());
    let routes = policy_rocket::guard(&policy::POLICY, known, EnableAll)
        .handlers(conformance::all_handlers!(policy, handlers))
        .non_utf8_credentials_count_as_none("nothing that is measured has a malformed one")
        .try_into_fairing()
        .unwrap();
    let guarded = Client::untracked(quiet().attach(routes)).await.unwrap();
    let unguarded = Client::untracked(unguarded()).await.unwrap();
    let added = compare(|| ask(&guarded), || ask(&unguarded));
    println!("rocket\n{added}");
    assert_eq!(added.allocations(), 5, "as the README says");
}
