//! A log that nobody reads.

use std::os::unix::net::UnixStream;
use std::process::Stdio;

use super::running::{Folder, ask, command, configuration, free, until};
use super::{POLICY, document};

#[test]
fn requests_are_answered_while_standard_error_takes_nothing_and_the_end_comes_in_time() {
    let folder = Folder::new();
    let key = folder.key(&["notes:read"]);
    folder.write("openapi.yaml", &document("notes:read"));
    let (listener, admin) = (free(), free());
    folder.write("gateway.toml", &configuration(listener, admin, POLICY));
    // Nobody reads from the other end.
    let (held, _unread) = UnixStream::pair().unwrap();
    let mut process = command(&folder)
        .args(["serve", "--config"])
        .arg(folder.0.join("gateway.toml"))
        .stderr(Stdio::from(std::os::fd::OwnedFd::from(held)))
        .spawn()
        .unwrap();
    until("it is ready", || ask(admin, "/ready", &[]).filter(|answer| answer.status == 200));
    // Each of these is told: they lack what tells of a request.
    for asked in 0..2_000 {
        assert_eq!(ask(listener, "/", &[]).map(|answer| answer.status), Some(400), "question {asked}");
    }
    let authorization = format!("Bearer {key}");
    let headers = [
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Uri", "/notes"),
        ("X-Forwarded-Host", "api.example.com"),
        ("X-Forwarded-Proto", "https"),
        ("Authorization", &authorization),
    ];
    assert_eq!(ask(listener, "/", &headers).map(|answer| answer.status), Some(200));
    let sent = std::process::Command::new("kill").arg(process.id().to_string()).status().unwrap();
    assert!(sent.success());
    until("it ends", || process.try_wait().unwrap());
}
