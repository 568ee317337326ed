//! The real proxies, with the configurations of `docs/gateway` as they stand there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod doctored;
mod failures;
mod gateway;
mod guard;
mod identity;
mod introspection;
#[path = "../../bench/keys.rs"]
#[allow(dead_code, reason = "the measurements use more")]
mod keys;
mod programs;
mod reasons;
mod troubled;
mod upstream;
mod vectors;
