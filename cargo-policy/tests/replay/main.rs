//! `cargo policy replay`, run on logs that the gate itself wrote and on logs by hand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

#[path = "../run/mod.rs"]
mod run;

mod answers;
mod corrupted;
mod formats;
mod logged;
mod schema;
mod written;
