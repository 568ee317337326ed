//! What is sent, and what is not.

use std::io::Write as _;
use std::net::TcpListener;

use crate::recorder::Recorder;
use crate::{faults, verified, verify};

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
    // A header that some services take for the method names none that may change something.
    let heads = recorder.heads.lock().unwrap();
    let named: Vec<&str> = heads
        .iter()
        .flat_map(|head| head.lines())
        .filter_map(|line| line.split_once(": ").filter(|(name, _)| name.contains("Method")).map(|(_, value)| value))
        .collect();
    assert!(!named.is_empty() && named.iter().all(|method| *method == "GET"), "{named:?}");
}

#[test]
fn a_header_that_names_a_path_names_the_one_at_this_service() {
    let recorder = Recorder::start(refusal);
    let url = format!("http://127.0.0.1:{}/shop/v2", recorder.port);
    let mut command = crate::run::command(&crate::folder());
    command.args(["verify", &url, "--document", "files.yaml", "--rate", "5000", "--operation", "GET /files"]);
    crate::run::ran(command.output().unwrap());
    let heads = recorder.heads.lock().unwrap();
    for (line, header) in [
        ("GET /shop/v2/not-in-the-document HTTP/1.1", "X-Original-URL: /shop/v2/files"),
        ("GET /shop/v2/files HTTP/1.1", "X-Rewrite-URL: /shop/v2/not-in-the-document"),
    ] {
        let is_sent = |head: &String| head.starts_with(line) && head.lines().any(|one| one == header);
        assert!(heads.iter().any(is_sent), "{header}: {heads:#?}");
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
    let arguments = ["--unsafe", "--yes", "--credentials", "credentials.toml"];
    for (param, id) in [(&[][..], "f1"), (&["--param", "id=real7"], "real7")] {
        let recorder = Recorder::start(refusal);
        verify(recorder.port, &[&arguments[..], param].concat());
        let lines = recorder.lines();
        assert!(lines.iter().any(|line| *line == format!("GET /v1/files/{id} HTTP/1.1")), "{id}: {lines:#?}");
        let is_safe = |line: &&String| ["GET ", "HEAD ", "OPTIONS ", "get "].iter().any(|safe| line.starts_with(safe));
        let others: Vec<&String> = lines.iter().filter(|line| !is_safe(line)).collect();
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let links = format!("{method} /v1/files/9007199254740991/links HTTP/1.1");
            assert!(others.iter().any(|line| **line == links), "{links}: {others:#?}");
        }
        // Neither an operation's own method, nor one that its path does not have.
        let with_id: Vec<&&String> = others.iter().filter(|line| line.contains(id)).collect();
        assert!(with_id.is_empty(), "{with_id:#?}");
    }
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

/// A terminal of its own, by `script` of util-linux: what is typed, what is shown, and the exit code.
fn on_a_terminal(port: u16, arguments: &str, typed: &str) -> Option<(i32, String)> {
    let url = format!("http://127.0.0.1:{port}");
    let command =
        format!("'{}' verify {url} --document files.yaml --rate 5000 {arguments}", env!("CARGO_BIN_EXE_cargo-policy"));
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]).current_dir(crate::folder());
    script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        eprintln!("SKIPPED: `script` of util-linux is not there");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    Some((output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
#[cfg(target_os = "linux")]
fn whoever_is_asked_on_a_terminal_says_yes_or_no() {
    for (typed, is_sent) in [("y\n", true), ("yes\n", true), ("n\n", false), ("\n", false), ("yo\n", false)] {
        let recorder = Recorder::start(refusal);
        let Some((code, shown)) = on_a_terminal(recorder.port, "--unsafe --operation 'POST /files'", typed) else {
            return;
        };
        assert!(shown.contains("A service with a fault runs them. Send them? [y/N]"), "{typed:?}: {shown}");
        assert!(shown.contains("DELETE") && shown.contains("POST"), "{shown}");
        let sent = recorder.lines();
        assert_eq!(sent.iter().any(|line| line.starts_with("POST")), is_sent, "{typed:?}: {shown}");
        if !is_sent {
            assert!(code == 2 && sent.is_empty() && shown.contains("nothing was sent"), "{typed:?} {code}: {shown}");
        }
    }
    // Nothing is asked where an answer was given, or where nothing could change anything.
    for arguments in ["--unsafe --yes --operation 'POST /files'", "--operation 'GET /files'"] {
        let recorder = Recorder::start(refusal);
        let Some((_, shown)) = on_a_terminal(recorder.port, arguments, "") else { return };
        assert!(!shown.contains("[y/N]") && !recorder.lines().is_empty(), "{arguments}: {shown}");
    }
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
