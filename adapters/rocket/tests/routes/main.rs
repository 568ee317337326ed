//! What is rocket's own: launching, routes beside the guard's, forwards, catchers, guards of every kind, the peeked body.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;

use conformance::enablement_first as policy;
use policy_http::EnableAll;
use policy_rocket::{Guard, Handler, Permit};
use rocket::config::{LogLevel, Shutdown};
use rocket::error::ErrorKind;
use rocket::futures::future::BoxFuture;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::{Client, LocalResponse};
use rocket::{Build, Config, Data, Request, Rocket, Route, route};

/// A guard with one handler of the test's own; everything else is pending. It stands before the modules that use it.
macro_rules! only {
    ($handler:ident, $operation:ident) => {
        crate::guard().handlers(conformance::only_handler!(
            policy_rocket::Mount<conformance::enablement_first::Api>,
            $handler,
            $operation
        ))
    };
}

mod beside;
mod extraction;
mod finality;
mod headers;
mod launching;
mod matching;
mod permits;
mod wire;

mod handlers {
    use super::*;

    conformance::plain_handlers!(every fn(name) -> &'static str { name });
}

type Guarded = Guard<policy::Api, conformance::Keys, EnableAll>;

fn guard() -> Guarded {
    policy_rocket::guard(&policy::POLICY, conformance::Keys, EnableAll)
        .non_utf8_credentials_count_as_none("a proxy refuses them")
}

/// Every operation with its plain handler.
fn all() -> Guarded {
    guard().handlers(conformance::all_handlers!(policy, handlers))
}

/// A handler as a route of rocket's own, without a guard.
fn bare<M>(uri: &str, handler: impl Handler<M>) -> Route {
    fn route<F>(uri: &str, function: F) -> Route
    where
        F: for<'r> Fn(&'r Request<'_>, Data<'r>) -> BoxFuture<'r, route::Outcome<'r>> + Clone + Send + Sync + 'static,
    {
        Route::new(Method::Get, uri, function)
    }
    route(uri, move |request, data| handler.run(request, data))
}

async fn impostor() -> &'static str {
    "an impostor"
}

fn quiet() -> Rocket<Build> {
    rocket::custom(Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: Shutdown { ctrlc: false, ..Shutdown::default() },
        ..Config::debug_default()
    })
}

async fn client(rocket: Rocket<Build>) -> Client {
    Client::untracked(rocket).await.unwrap()
}

async fn client_of(guard: Guarded) -> Client {
    client(quiet().attach(guard.try_into_fairing().unwrap())).await
}

const ALL: &str = "Bearer ali~files.read~items.read~items.write~items.delete~mine.read";

async fn ask(client: &Client, method: Method, target: &str) -> (u16, String) {
    let request = client.req(method, target).header(Header::new("authorization", ALL));
    told(request.dispatch().await).await
}

async fn told(response: LocalResponse<'_>) -> (u16, String) {
    (response.status().code, response.into_string().await.unwrap_or_default())
}

/// Why rocket does not launch. Its error would panic where nobody looked at it.
async fn refused(rocket: Rocket<Build>) -> bool {
    match rocket.ignite().await {
        Ok(_) => false,
        Err(error) => matches!(error.kind(), ErrorKind::FailedFairings(_)),
    }
}
