//! What a client can hold of the example's server.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/limits.rs"]
mod limits;

use example_salvo::{Db, Keys, app, serve};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_nothing_or_half_a_request_holds_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, app(Db::example(), Keys).unwrap(), std::future::pending()));
    tokio::task::spawn_blocking(move || limits::hold(address)).await.unwrap();
}
