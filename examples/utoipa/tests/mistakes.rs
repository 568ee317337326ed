//! What does not compile where `#[operation]` meets utoipa's own attribute, and what the compiler then says, word for word.
//!
//! The messages are those of rustc 1.95, and are compared on that compiler alone. `TRYBUILD=overwrite` blesses them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what is wrong by panicking")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const COMPILER: &str = "rustc 1.95.";

/// What this example's build script wrote. The cases are compiled without one.
const WRITTEN: &str = include_str!(concat!(env!("OUT_DIR"), "/policy.rs"));

/// `BLESS=1` puts it in place.
#[test]
fn the_policy_of_the_cases_is_the_examples_own() {
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/policy/mod.rs");
    if env::var_os("BLESS").is_some() {
        fs::write(&policy, WRITTEN).unwrap();
    }
    assert!(fs::read_to_string(&policy).unwrap() == WRITTEN, "run this test with BLESS=1 and review the difference");
}

#[test]
fn a_difference_between_utoipa_and_the_document_does_not_compile() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiler = String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap();
    if compiler.starts_with(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/mistakes/*.rs");
    } else {
        println!("skipped: the messages are pinned for {COMPILER}*, and this is {}", compiler.trim());
    }
}
