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

/// What is said of a handler that stands at a route without a guard.
pub const WITHOUT_GUARD: &str = "policy: the handler of `GET /v1/items/{id}` did not run, and 500 was answered: the handler demands a \
                                 permit and its route has no guard; mount it by `handlers![…]`";

/// Whether the owner hears of mistakes without a subscriber of `tracing`. Two ignored tests of the current test program make them:
/// `main_of_a_guard_that_does_not_fit` returns the error about `misfit`, and `mistakes` serves it all the same. The second makes another
/// mistake several times, which is said `once`, and the query of its requests has the word `secret`.
///
/// # Panics
/// Something is not said, or too much.
pub fn mistakes_are_heard(misfit: &str, once: &str) {
    let said = stderr_of("main_of_a_guard_that_does_not_fit");
    assert!(said.contains(&format!("Error: the routes do not fit the policy\n  {misfit}; ")), "{said}");
    let said = stderr_of("mistakes");
    assert!(said.contains(&format!("policy: the routes do not fit the policy\n  {misfit}; ")), "{said}");
    assert_eq!(said.matches(once).count(), 1, "{said}");
    assert!(!said.contains("secret"), "{said}");
}
