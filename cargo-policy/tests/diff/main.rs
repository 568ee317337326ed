//! `cargo policy diff`, run as a reviewer and a pipeline run it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

#[path = "../run/mod.rs"]
mod run;

mod formats;
mod hook;
mod hostile;
mod repository;
mod revisions;
mod templates;
