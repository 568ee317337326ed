//! What does not compile, and what the compiler then says, word for word; and what must keep compiling.
//!
//! Each file of `tests/ui` is named after the mistake in it. The messages are those of rustc 1.95 and are compared on that
//! compiler alone: another one words its own part differently. `TRYBUILD=overwrite` blesses them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test says what is wrong by panicking")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The compiler that the messages were taken from.
const COMPILER: &str = "rustc 1.95.";

const DOCUMENT: &str = "tests/ui/clinic.yaml";
const POLICY: &str = "tests/ui/policy/mod.rs";

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    String::from_utf8(Command::new(rustc).arg("--version").output().unwrap().stdout).unwrap()
}

/// What `build.rs` would write for the document of these tests. `BLESS=1` puts it in place.
#[test]
fn the_policy_of_these_tests_is_generated_from_their_document() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read(package.join(DOCUMENT)).unwrap();
    let loaded = policy_spec::read("clinic.yaml", &document, &policy_spec::Settings::default());
    let findings: Vec<_> = loaded.findings.iter().map(|finding| finding.render(&loaded.sources, false)).collect();
    let model = loaded.model.unwrap_or_else(|| panic!("{}", findings.join("\n")));
    let options = policy_build::Options::new("clinic.yaml");
    let generated = policy_build::generate(&model, &options).unwrap();
    if env::var_os("BLESS").is_some() {
        fs::write(package.join(POLICY), &generated).unwrap();
    }
    assert!(
        fs::read_to_string(package.join(POLICY)).unwrap() == generated,
        "{POLICY} is not what policy-build generates from {DOCUMENT} any more; run this test with BLESS=1 and review the difference"
    );
}

#[test]
fn mistakes_do_not_compile_and_the_message_says_what_to_do() {
    // Nothing that passes is among them: then one call of `cargo check` compiles all.
    let cases = trybuild::TestCases::new();
    if is_pinned() {
        cases.compile_fail("tests/ui/*.rs");
    }
}

/// What code generation alone evaluates is found in whole builds, as what passes is.
#[test]
fn what_is_right_compiles_and_false_claims_end_with_code_generation() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    if is_pinned() {
        cases.compile_fail("tests/ui/built/*.rs");
    }
}

fn is_pinned() -> bool {
    let compiler = compiler();
    let pinned = compiler.starts_with(COMPILER);
    if !pinned {
        println!("skipped: the messages are pinned for {COMPILER}*, and this is {}", compiler.trim());
    }
    pinned
}
