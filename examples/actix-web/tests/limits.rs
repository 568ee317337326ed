//! What a client can hold of the example's server.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/limits.rs"]
mod limits;

use example_actix_web::{Db, Keys, routes, serve};

#[actix_web::test]
async fn a_client_that_sends_nothing_or_half_a_request_holds_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = serve(listener, routes(Keys).unwrap(), Db::example()).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    actix_web::rt::task::spawn_blocking(move || limits::hold(address)).await.unwrap();
    handle.stop(false).await;
}
