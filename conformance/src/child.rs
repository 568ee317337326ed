//! Reads what a test program writes to stderr, by a process of its own.

use std::process::Command;

/// Runs an ignored test of the current test program in a process of its own, and returns what it wrote to stderr. That process has no
/// `tracing` subscriber unless the test installs one.
///
/// # Panics
/// The program cannot be started, or has no such test.
#[must_use]
#[expect(clippy::expect_used, reason = "a failed expectation is a failed test")]
pub fn stderr_of(test: &str) -> String {
    let program = std::env::current_exe().expect("the test program has a path");
    let arguments = ["--exact", test, "--ignored", "--nocapture", "--test-threads=1"];
    let output = Command::new(program).args(arguments).output().expect("the test program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("running 1 test"), "no test `{test}`: {said}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
