//! Every request that the demonstration prints is sent, and answered with the status that stands above it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the demonstration and all that it prints. Answers which proxy it had.
fn run_all(with: impl FnOnce(&mut Command)) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
    command
        .args(["demo", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .env_remove("RUST_LOG");
    with(&mut command);
    let mut demo = Demo(command.spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let page: Vec<String> = lines.take_while(|line| !line.starts_with("Ctrl-C")).collect();
    let mut count = 0;
    for pair in page.windows(2) {
        let [said, request] = pair else { continue };
        let Some(status) = said.strip_prefix("# ").and_then(|said| said.get(..3)) else { continue };
        assert!(request.starts_with("curl "), "{request}");
        let output = Command::new("sh").args(["-c", request]).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout);
        let given = answer.split(' ').nth(1);
        assert_eq!(given, Some(status), "{request}\n{answer}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!answer.contains("mallory"), "{answer}");
        count += 1;
    }
    assert_eq!(count, 8, "{page:?}");
    let killed = Command::new("kill").args(["-INT", &demo.0.id().to_string()]).status().unwrap();
    assert!(killed.success() && demo.0.wait().unwrap().success());
    first
}

#[test]
fn every_printed_request_works_without_envoy() {
    if !has_curl() {
        return;
    }
    assert!(
        run_all(|command| {
            command.arg("--without-envoy");
        })
        .contains("a small proxy of its own")
    );
}

#[test]
fn every_printed_request_works_with_envoy() {
    let named = std::env::var_os("POLICY_GATEWAY_ENVOY").map(PathBuf::from);
    let folder = std::env::var_os("POLICY_GATEWAY_PROXIES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/proxies"), PathBuf::from);
    let installed = Some(folder.join("programs/envoy"));
    let Some(envoy) = named.or(installed).filter(|program| program.exists()) else {
        eprintln!(
            "SKIPPED: Envoy is not installed. Run policy-gateway/tests/proxies/install, or set POLICY_GATEWAY_ENVOY"
        );
        return;
    };
    if !has_curl() {
        return;
    }
    assert!(
        run_all(|command| {
            command.env("POLICY_GATEWAY_ENVOY", envoy);
        })
        .contains("Envoy, 127.0.0.1:")
    );
}

fn has_curl() -> bool {
    let has = Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !has {
        eprintln!("SKIPPED: there is no curl");
    }
    has
}
