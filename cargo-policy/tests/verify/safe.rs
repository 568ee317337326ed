//! What is sent, and what is not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::{faults, verified, verify};

/// Answers every request in one way, and keeps their heads.
struct Recorder {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut received = Vec::new();
                let mut buffer = [0; 4096];
                while !received.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
                        _ => break,
                    }
                }
                let head = String::from_utf8_lossy(&received).into_owned();
                let _ = stream.write_all(answer(&head).as_bytes());
                kept.lock().unwrap().push(head);
            }
        });
        Self { port, heads }
    }

    fn lines(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }
}

fn refusal(_: &str) -> String {
    "HTTP/1.1 401 X\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n".to_owned()
}

const CREDENTIALS: [&str; 2] = ["--credentials", "credentials.toml"];

#[test]
fn without_more_words_only_what_is_denied_is_sent_and_only_by_safe_methods() {
    let recorder = Recorder::start(refusal);
    let (_, report) = verified(recorder.port, &CREDENTIALS);
    let lines = recorder.lines();
    assert!(lines.len() > 150, "{}", lines.len());
    for line in &lines {
        let method = line.split(' ').next().unwrap();
        assert!(["GET", "HEAD", "OPTIONS", "get"].contains(&method), "{line}");
    }
    for case in report["cases"].as_array().unwrap() {
        assert_ne!(case["due"]["answer"], "allowed", "{case}");
    }
}

#[test]
fn paths_and_methods_are_sent_byte_for_byte() {
    let recorder = Recorder::start(refusal);
    verify(recorder.port, &["--operation", "GET /files/{id}", "--param", "id=a/b c"]);
    let lines = recorder.lines();
    for expected in [
        "GET /v1/files/a%2Fb%20c HTTP/1.1",
        "GET /v1/files/9007199254740991 HTTP/1.1",
        "GET /v1/files//9007199254740991 HTTP/1.1",
        "GET /v1/files/x/../9007199254740991 HTTP/1.1",
        "GET /v1/files%2F9007199254740991 HTTP/1.1",
        "GET /v1/%66iles/9007199254740991 HTTP/1.1",
        "get /v1/files/9007199254740991 HTTP/1.1",
    ] {
        // A value that the router takes for two segments leads nowhere, so that an id that exists nowhere stands in for it.
        let is_there = lines.iter().any(|line| line == expected);
        assert_eq!(is_there, !expected.contains("a%2F"), "{expected}: {lines:#?}");
    }
}

#[test]
fn examples_of_the_document_are_the_ids_unless_a_request_could_change_something() {
    let recorder = Recorder::start(refusal);
    verify(recorder.port, &["--unsafe", "--yes", "--credentials", "credentials.toml"]);
    let lines = recorder.lines();
    assert!(lines.iter().any(|line| line == "GET /v1/files/f1 HTTP/1.1"));
    let others: Vec<&String> =
        lines.iter().filter(|line| line.starts_with("DELETE") && line.contains("/files/")).collect();
    assert!(!others.is_empty());
    for line in others.iter().filter(|line| line.contains(" /v1/files/9007199254740991")) {
        assert!(!line.contains("f1"), "{line}");
    }
    assert!(others.iter().any(|line| *line == "DELETE /v1/files/9007199254740991 HTTP/1.1"), "{others:#?}");
}

#[test]
fn other_methods_are_sent_only_after_a_yes() {
    let recorder = Recorder::start(refusal);
    let ran = verify(recorder.port, &["--unsafe"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("nobody can be asked") && ran.err.contains("`--yes` sends them"), "{}", ran.err);
    assert_eq!(recorder.lines().len(), 0);
    let ran = verify(recorder.port, &["--yes"]);
    assert_eq!(ran.code, 2, "`--yes` alone says nothing");
}

#[test]
fn a_plan_is_printed_and_nothing_is_sent() {
    let recorder = Recorder::start(refusal);
    let ran = verify(recorder.port, &["--dry-run"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("GET /v1/files%2Ff1") && ran.out.contains("Credentials:\n"), "{}", ran.out);
    assert!(ran.out.contains("  Token[files:read links:read] for "), "{}", ran.out);
    assert_eq!(recorder.lines().len(), 0);
}

#[test]
fn a_redirect_is_not_followed_and_no_credential_goes_elsewhere() {
    let elsewhere = Recorder::start(refusal);
    let port = elsewhere.port;
    let recorder = Recorder::start(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        format!("HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:{port}{path}\r\nContent-Length: 0\r\n\r\n")
    });
    let (code, report) = verified(recorder.port, &CREDENTIALS);
    assert_eq!(elsewhere.lines().len(), 0);
    assert!(recorder.lines().len() > 150);
    assert_eq!(faults(&report), []);
    // The ways to write a path are refused; of nothing else anything is told.
    let told = report["cases"].as_array().unwrap().iter().filter(|case| case["check"] == "no-credential");
    assert!(told.clone().count() > 3 && told.clone().all(|case| case["outcome"] == "cannot-tell"), "{code}");
}

#[test]
fn a_404_counts_only_where_enough_is_answered_otherwise() {
    // It says 404 to whoever may not know.
    let hides = |head: &str| {
        let is_enough = head.contains("holds:files:read,links:read\r\n");
        let is_plain = head.starts_with("GET /v1/files/f1/links HTTP");
        let status = if is_enough && is_plain { 200 } else { 404 };
        format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n")
    };
    let recorder = Recorder::start(hides);
    let only = ["--operation", "GET /files/{id}/links", "--credentials", "credentials.toml"];
    let (code, report) = verified(recorder.port, &only);
    assert_eq!((code, &report["verdict"]), (3, &"cannot-tell".into()), "{report:#}");
    let (code, report) = verified(recorder.port, &[&only[..], &["--allowed"]].concat());
    assert_eq!((code, &report["verdict"]), (0, &"obeys".into()), "{report:#}");
    let (code, _) = verified(recorder.port, &[&only[..], &["--allowed", "--refusal", "401,403"]].concat());
    assert_eq!(code, 0, "other paths are refused by any status");
}

#[test]
fn a_service_that_is_not_there_is_one_of_which_nothing_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran = verify(port, &[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("cannot tell: nothing tells of most of what was asked"), "{}", ran.out);
}

#[test]
fn what_takes_too_long_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let began = std::time::Instant::now();
    let ran = verify(port, &["--timeout", "1", "--time-limit", "2"]);
    assert_eq!(ran.code, 3);
    assert!(began.elapsed().as_secs() < 8, "{:?}", began.elapsed());
    assert!(ran.out.contains("no answer in time") && ran.out.contains("the time was up"), "{}", ran.out);
    drop(listener);
}
