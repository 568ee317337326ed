//! `cargo policy verify` against services that run: right ones, and ones with a planted fault.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

#[path = "../run/mod.rs"]
mod run;
mod services;

mod credentials;
mod formats;
mod hostile;
mod planted;
mod recorder;
mod safe;

use serde_json::Value;

use run::{Ran, command, ran};
use services::folder;

/// Runs `verify` over a service at this port, in the folder of the services.
pub(crate) fn verify(port: u16, arguments: &[&str]) -> Ran {
    let url = format!("http://127.0.0.1:{port}");
    let mut command = command(&folder());
    command.args(["verify", &url, "--document", "files.yaml", "--rate", "5000", "--concurrency", "8"]).args(arguments);
    ran(command.stdin(std::process::Stdio::null()).output().unwrap())
}

/// The report as JSON.
pub(crate) fn verified(port: u16, arguments: &[&str]) -> (i32, Value) {
    let ran = verify(port, &[arguments, &["--format", "json"]].concat());
    let report = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    (ran.code, report)
}

/// The cases of a report that ended otherwise than the document says: operation, check and fault.
pub(crate) fn faults(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed = report["cases"].as_array().unwrap().iter().filter(|case| case["outcome"] == "failed");
    failed.map(|case| (text(&case["operation"]), text(&case["check"]), text(&case["fault"]))).collect()
}
