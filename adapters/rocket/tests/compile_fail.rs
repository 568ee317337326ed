//! What does not compile, and what the compiler then says, word for word.
//!
//! The messages are those of rustc 1.95 and are compared on that compiler alone: another one words its own part differently.
//! `TRYBUILD=overwrite` blesses them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what is wrong by panicking")]

use std::env;
use std::process::Command;

/// The compiler that the messages were taken from.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn a_handler_that_rocket_cannot_call_does_not_compile_and_the_message_says_what_to_write() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiler = String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap();
    if compiler.starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
    } else {
        println!("skipped: the messages are pinned for {COMPILER}*, and this is {}", compiler.trim());
    }
}
