//! `cargo policy init`: what it writes, what it leaves alone, and that what it writes is a guarded service.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]
#![allow(clippy::string_slice, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each part uses some of the others")]

mod corpus;
mod hostile;
mod package;
mod refused;
mod served;
mod untouched;
