//! A short form of the soak that `bench` has: load under reloads and key changes, in which every answer is checked.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    reason = "a test fails by panicking; bench uses more"
)]

#[path = "../bench/keys.rs"]
mod keys;
#[path = "../bench/process.rs"]
mod process;
#[path = "../bench/soak.rs"]
mod soak;
#[path = "../bench/wire.rs"]
mod wire;

use std::time::Duration;

#[test]
fn no_answer_is_wrong_under_reloads_and_key_changes() {
    let report = soak::run(Duration::from_secs(20));
    print!("{}", report.text);
    assert!(report.wrong.is_empty(), "{:#?}", report.wrong);
}
