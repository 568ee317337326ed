//! `cargo policy audit`, run as a user runs it: every format, by hand-written and by real documents, and the page in a
//! real browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod browser;
mod documentation;
mod formats;
mod json;
#[path = "../../../policy-spec/tests/oracle/mod.rs"]
mod oracle;
mod page;
mod run;
