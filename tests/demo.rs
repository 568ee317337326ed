//! What a newcomer sees: the demonstration's own curl lines, run as printed.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test")]

mod support;

use std::io::Write;
use std::process::Command;

use support::{Folder, Server};

#[test]
fn the_printed_curl_lines_work_as_printed() {
    if Command::new("curl").arg("--version").output().is_err() {
        writeln!(std::io::stderr(), "SKIPPED: curl is not installed, so its lines cannot be run").unwrap();
        return;
    }
    let folder = Folder::new();
    let mut server =
        Server::with(&folder, &["serve", "--listen", "127.0.0.1:0", "--demo", "--database", &folder.database()]);
    let printed =
        server.printed_until(|printed| printed.contains("# 401 missing_bearer\ncurl") && printed.ends_with("\n\n"));
    let mut expected = "";
    let mut seen = Vec::new();
    for line in printed.lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            expected = heading;
        }
        if !line.starts_with("curl ") {
            continue;
        }
        let output = Command::new("sh").args(["-c", line]).env("TMPDIR", folder.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let body = String::from_utf8_lossy(&output.stdout).into_owned();
        let reason = match expected.split_once(' ') {
            Some((status, reason)) if status.parse::<u16>().is_ok() => Some(reason),
            _ if expected.starts_with("404") => Some("not_found"),
            _ => None,
        };
        match reason {
            Some(reason) if reason.contains('_') => assert!(body.contains(&format!("\"{reason}\"")), "{line}: {body}"),
            Some(_) => assert!(body.contains("not_found"), "{line}: {body}"),
            None => assert!(!body.contains("reason_code"), "{line}: {body}"),
        }
        seen.push(expected.to_owned());
    }
    assert!(seen.len() >= 10, "{printed}");
    let recording = std::fs::read(folder.path().join("recording.wav")).unwrap();
    assert!(recording.starts_with(b"RIFF"), "the recording is audio");
}
