//! The listeners and their dialects, from outside: raw sub-requests in, answers out, and what was asked in between.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod authzen;
mod authzen_examples;
mod envoy_grpc;
mod envoy_http;
mod forward_auth;
mod frames;
mod grpc;
mod limits;
mod nginx;
mod raw;
mod script;
mod settings;
mod sockets;
mod tls;
