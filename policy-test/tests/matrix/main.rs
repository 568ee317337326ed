//! The matrix as a test of services: of an adapter's, of one that is faulty, and of one behind a base URL.
#![cfg(feature = "matrix")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod adapter;
mod coverage;
#[cfg(feature = "matrix-url")]
mod served;
mod small;
