//! The command line, run as a user runs it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("command-line-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_charthero-api"));
        command.current_dir(&self.0).args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Standard error of a command that fails, and writes nothing to standard output.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        text(&output.stderr)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn shows(text: &str, expected: &str) {
    assert!(text.contains(expected), "expected {expected:?} in: {text}");
}

const LIST: &str = "GET /external/v1/encounters";
const TRANSCRIPT: &str = "GET /external/v1/encounters/{encounter_id}/documents/{document_id}/transcript";
const AUDIO: &str = "GET /external/v1/encounters/{encounter_id}/documents/{document_id}/audio";

#[test]
fn a_key_alone_is_on_standard_output_and_holds_no_more_than_the_organization_allows() {
    let folder = Folder::new();
    let create = ["organization", "create", "acme", "--environment", "test", "--enable", TRANSCRIPT];
    folder.done(&[&create[..], &["--allow-scopes", "encounters:read,documents:read"]].concat());

    let refused =
        folder.refused(&["key", "issue", "acme", "--scopes", "encounters:read,patients:read,recordings:read"]);
    shows(&refused, "may not hold `patients:read`, `recordings:read`");

    let output = folder.run(&["key", "issue", "acme", "--least-privilege", "--expires-in", "90d"]);
    let (key, explained) = (text(&output.stdout), text(&output.stderr));
    assert!(key.starts_with("ch_sk_") && key.ends_with('\n') && key.lines().count() == 1, "{key:?}");
    shows(&explained, "documents:read encounters:read");
    let secret = key.trim().rsplit('_').next().unwrap();
    assert!(!explained.contains(secret), "the secret is shown once");

    let list = folder.done(&["key", "list", "acme"]);
    assert!(!list.contains(secret));
    let id = list.split_whitespace().next().unwrap().to_owned();
    assert!(key.contains(&id));
    folder.done(&["key", "deactivate", &id]);
    shows(&folder.done(&["key", "list"]), "not active");
    folder.done(&["key", "activate", &id]);
    let rotated = folder.run(&["key", "rotate", &id, "--overlap", "2d"]);
    let (successor, explained) = (text(&rotated.stdout), text(&rotated.stderr));
    assert!(successor.starts_with("ch_sk_") && successor != key && successor.lines().count() == 1, "{successor:?}");
    shows(&explained, &format!("key {id} expires "));
    shows(&explained, "documents:read encounters:read");
    assert_eq!(folder.done(&["key", "list", "acme"]).matches("expires ").count(), 2);
    folder.done(&["key", "revoke", &id]);
    shows(&folder.done(&["key", "list"]), "revoked");
    shows(&folder.refused(&["key", "rotate", &id]), "the key was revoked; issue a new key instead");
    let refused = folder.refused(&["key", "revoke", key.trim()]);
    assert!(!refused.contains(secret), "a key that was typed for its id is not repeated");

    let file = fs::read(folder.0.join("charthero-demo.db")).unwrap();
    assert!(!file.windows(secret.len()).any(|window| window == secret.as_bytes()), "only the hash is stored");
}

#[test]
fn a_receiver_gets_the_least_for_what_it_is_approved_for() {
    let folder = Folder::new();
    let scopes = "encounters:read,documents:read,patients:read,recordings:read";
    folder.done(&[
        "organization",
        "create",
        "acme",
        "--enable",
        LIST,
        "--enable",
        TRANSCRIPT,
        "--allow-scopes",
        scopes,
    ]);
    let add = ["receiver", "add", "acme", "--webhook", "recording.transcript_ready", "--approve"];
    let add = |operation: &'static str| [&add[..], &[operation]].concat();
    shows(&folder.refused(&add(LIST)), "is no follow-up of webhook");
    shows(&folder.refused(&add(AUDIO)), "is not enabled for organization `acme`");
    shows(&folder.refused(&add("getTranscripts")), "did you mean `getTranscript`?");
    let unknown = ["receiver", "add", "acme", "--webhook", "recording.ready", "--approve", TRANSCRIPT];
    shows(&folder.refused(&unknown), "unknown webhook `recording.ready`");
    assert!(folder.done(&add(TRANSCRIPT)).starts_with("ch_sk_"));
    shows(&folder.done(&["key", "list", "acme"]), "scopes   documents:read encounters:read\n");
    let listed = folder.done(&["key", "list", "acme"]);
    folder.done(&["key", "rotate", listed.split_whitespace().next().unwrap()]);
    let organizations = folder.done(&["organization", "list"]);
    assert_eq!(organizations.matches("receiver  recording.transcript_ready").count(), 2, "{organizations}");
}

#[test]
fn what_is_unknown_is_named_with_a_suggestion() {
    let folder = Folder::new();
    shows(&folder.refused(&["key", "list"]), "there is no database `charthero-demo.db`");
    let wrong = ["organization", "create", "acme", "--enable", "GET /external/v1/encounter"];
    shows(
        &folder.refused(&wrong),
        "unknown route `GET /external/v1/encounter`; did you mean `GET /external/v1/encounters`?",
    );
    let wrong = ["organization", "create", "acme", "--allow-scopes", "encounter:read"];
    shows(&folder.refused(&wrong), "unknown scope `encounter:read`; did you mean `encounters:read`?");
    folder.done(&["organization", "create", "acme"]);
    shows(&folder.refused(&["organization", "create", "acme"]), "there is an organization `acme` already");
    shows(
        &folder.refused(&["organization", "enable", "acne", LIST]),
        "unknown organization `acne`; did you mean `acme`?",
    );
    shows(&folder.refused(&["key", "issue", "acme"]), "no route is enabled for organization `acme`");
    folder.done(&["organization", "enable", "acme", LIST, "getAudio"]);
    shows(&folder.done(&["organization", "list"]), AUDIO);
    folder.done(&["organization", "disable", "acme", "getAudio"]);
    assert!(!folder.done(&["organization", "list"]).contains(AUDIO));
}

#[test]
fn a_port_in_use_and_a_database_that_cannot_be_written_are_said() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    shows(&folder.refused(&["serve", "--demo", "--listen", &address]), "is in use by another program");
    assert!(!folder.0.join("charthero-demo.db").exists(), "nothing is made for a server that cannot start");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database"];
    let serve = |database: &'static str| [&serve[..], &[database]].concat();
    shows(&folder.refused(&serve("sqlite:no/such/folder/x.db")), "`no/such/folder/x.db` cannot be opened for writing");
    shows(
        &folder.refused(&serve("mysql://api:s3cret@localhost/api")),
        "`mysql://api@localhost/api` is not a database; write",
    );
    let unreachable = folder.refused(&serve("postgres://api:s3cret@127.0.0.1:1/partners"));
    shows(&unreachable, "the database `postgres://api@127.0.0.1:1/partners` cannot be opened for writing");
    assert!(!unreachable.contains("s3cret"), "{unreachable}");
    fs::write(folder.0.join("text.db"), "this is no database, and it is long enough to have a header").unwrap();
    shows(&folder.refused(&serve("sqlite:text.db")), "file is not a database");
    folder.done(&["organization", "create", "acme"]);
    shows(&folder.refused(&["serve", "--demo", "--listen", "127.0.0.1:0"]), "is not a demonstration's");
}

#[test]
fn the_audit_lists_the_routes_outside_the_policy() {
    let audit = Folder::new().done(&["audit"]);
    shows(&audit, "check order  authentication -> enablement -> scopes -> query");
    let (_, outside) = audit.split_once("OUTSIDE THE POLICY").unwrap();
    let routes: Vec<&str> = outside.lines().filter(|line| line.starts_with("GET ")).collect();
    assert_eq!(routes, ["GET /healthz", "GET /media/{token}"]);
}

/// A running server; it is killed if a test fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[cfg(unix)]
#[test]
fn the_demonstration_prints_lines_that_work_as_printed_and_ends_on_sigterm() {
    let folder = Folder::new();
    let mut command = folder.command(&["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let mut server = Server(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut printed = String::new();
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    // The invitation ends with its last example.
    while !printed.contains("# 401") || !printed.ends_with("encounters'\n") {
        printed.push_str(&lines.next().expect("the invitation is printed").unwrap());
        printed.push('\n');
    }
    let curls: Vec<(&str, &str)> = printed
        .split("\n# ")
        .skip(1)
        .flat_map(|block| {
            let (title, commands) = block.split_once('\n').unwrap();
            commands.lines().filter(|line| line.starts_with("curl ")).map(move |line| (title, line))
        })
        .collect();
    assert!(curls.len() >= 10, "{printed}");
    let has_curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !has_curl {
        eprintln!("SKIPPED: the printed lines are not run, because this machine has no curl");
    }
    for (title, line) in curls.iter().filter(|_| has_curl) {
        let output = Command::new("sh").args(["-c", line]).env("TMPDIR", &folder.0).output().unwrap();
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        let body = text(&output.stdout);
        // A title such as `403 insufficient_scope` is the expectation.
        match title.split_once(' ') {
            Some(("400" | "401" | "403", reason)) => shows(&body, &format!("\"reason_code\":\"{reason}\"")),
            Some(("404:", _)) => shows(&body, "\"reason_code\":\"not_found\""),
            _ => assert!(!body.contains("reason_code"), "{title}: {body}"),
        }
    }
    if has_curl {
        assert!(fs::read(folder.0.join("recording.wav")).unwrap().starts_with(b"RIFF"));
    }

    let address =
        printed.split("http://").nth(1).unwrap().split(|c: char| c.is_whitespace() || c == '/').next().unwrap();
    let address = address.trim_end_matches('.');
    let mut probe = TcpStream::connect(address).unwrap();
    probe.write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    probe.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // A connection without a request does not keep the server from ending.
    let _idle = TcpStream::connect(address).unwrap();
    let status = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(server.0.wait().unwrap().code(), Some(0));

    let mut log = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    shows(&log, "draining");
    let keys = printed.split_whitespace().filter_map(|word| word.strip_prefix("ch_sk_"));
    for secret in keys.filter_map(|key| key.trim_matches('\'').split('_').nth(1)) {
        assert!(!log.contains(secret), "a secret is in the log");
    }
}
