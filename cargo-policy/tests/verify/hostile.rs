//! A service that attacks whoever asks it, and a document that does.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::recorder::Recorder;
use crate::run::{command, empty_folder, ran};
use crate::verify;

/// Answers each request by these bytes, and then by the others without end.
fn answering(first: &'static [u8], for_ever: &'static [u8], pause: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, first, for_ever, pause));
        }
    });
    port
}

fn answer(mut stream: TcpStream, first: &[u8], for_ever: &[u8], pause: Duration) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(first);
    while !for_ever.is_empty() && stream.write_all(for_ever).is_ok() {
        std::thread::sleep(pause);
    }
}

#[test]
fn no_answer_of_a_service_holds_up_a_run_or_writes_to_the_terminal() {
    let (at_once, slowly) = (Duration::ZERO, Duration::from_millis(100));
    const WHOLE: &[u8] = b"HTTP/1.1 200 X\r\nContent-Type: text/plain\r\n\r\n";
    let cases: [(&str, &[u8], &[u8], Duration); 16] = [
        ("an endless body", WHOLE, &[b'x'; 4096], at_once),
        ("a slow body", WHOLE, b"x", slowly),
        ("a slow head", b"HTTP/1.1 200 X\r\n", b"a", slowly),
        ("an endless field", b"HTTP/1.1 200 X\r\nA: ", &[b'x'; 4096], at_once),
        ("endless fields", b"HTTP/1.1 200 X\r\n", b"X-A: b\r\nX-C: d\r\n", at_once),
        ("answers before the answer", b"", b"HTTP/1.1 100 Continue\r\n\r\n", at_once),
        (
            "escapes",
            b"HTTP/1.1 200 \x1b]0;owned\x07\r\nAllow: \x1b[2J\r\nWWW-Authenticate: \x1b[31m\r\n\r\n\x1b[2J",
            b"",
            at_once,
        ),
        ("no status", b"HTTP/1.1 \x1b[2J\r\n\r\n", b"", at_once),
        ("a status that is none", b"HTTP/1.1 +20 X\r\n\r\n", b"", at_once),
        ("status 0", b"HTTP/1.1 000 X\r\n\r\n", b"", at_once),
        ("status 999", b"HTTP/1.1 999 X\r\n\r\n", b"", at_once),
        ("no HTTP", b"\x1b[2J\x00\xff\r\n\r\n", b"", at_once),
        ("nothing", b"", b"", at_once),
        (
            "a length without end",
            b"HTTP/1.1 204 X\r\nAllow: GET\r\nContent-Length: 99999999999999999999\r\n\r\n",
            b"",
            at_once,
        ),
        (
            "a chunk without end",
            b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            b"x",
            at_once,
        ),
        ("chunks of nothing", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;a=b\r\nx\r\n", at_once),
    ];
    let holds = |(name, first, for_ever, pause)| {
        let port = answering(first, for_ever, pause);
        let began = Instant::now();
        let ran = verify(port, &["--operation", "GET /files", "--timeout", "1", "--time-limit", "3", "--all"]);
        assert!(began.elapsed() < Duration::from_secs(30), "{name}: {:?}", began.elapsed());
        assert!([0, 1, 3].contains(&ran.code) && ran.err.is_empty(), "{name}: {} {}", ran.code, ran.err);
        assert!(
            !ran.out.contains(|c: char| c.is_control() && c != '\n') && !ran.out.contains("owned"),
            "{name}: {}",
            ran.out
        );
    };
    std::thread::scope(|scope| cases.into_iter().for_each(|case| drop(scope.spawn(move || holds(case)))));
}

/// Names of schemes and of scopes that break out of where they stand.
const DOCUMENT: &str = r#"
openapi: 3.1.0
info: { title: "</title><script>alert(1)</script>\e[2J", version: '1' }
paths:
  /files:
    get: { security: [{ Token: ['x](https://evil.example)', '[', "</pre><script>alert(1)</script>]]>&'" ] }, { "Key\e[2J<b>": [] }, { Sound: [] }] }
components:
  securitySchemes:
    "Key\e[2J<b>": { type: apiKey, in: header, name: X-Key }
    Sound: { type: apiKey, in: header, name: X-Sound }
    Token:
      type: oauth2
      flows: { clientCredentials: { tokenUrl: /t, scopes: { 'x](https://evil.example)': '', '[': '', "</pre><script>alert(1)</script>]]>&'": '' } } }
"#;

#[test]
fn no_document_adds_to_a_request_or_to_a_report() {
    let Recorder { port, heads } = Recorder::start(|_| "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".to_owned());
    let folder = empty_folder("verify-hostile");
    let url = format!("http://127.0.0.1:{port}");
    // Headers, cookies and authentication schemes that would begin another header, cookie or request: such a document is none.
    for scheme in [
        r#"{ type: apiKey, in: header, name: "X-Key: a\r\nX-Evil: b\r\n\r\nDELETE /files HTTP/1.1\r\nX-Key" }"#,
        r#"{ type: apiKey, in: cookie, name: "a=b; admin" }"#,
        r#"{ type: http, scheme: "digest a\r\nX-Evil: c" }"#,
    ] {
        let document = DOCUMENT.replace("{ type: apiKey, in: header, name: X-Key }", scheme);
        fs::write(folder.join("api.yaml"), document).unwrap();
        let mut command = command(&folder);
        let ran = ran(command.args(["verify", &url, "--document", "api.yaml"]).output().unwrap());
        assert!(ran.code == 2 && ran.err.contains("error[invalid-shape]"), "{scheme}: {} {}", ran.code, ran.err);
    }
    assert_eq!(heads.lock().unwrap().len(), 0, "nothing was sent");
    fs::write(folder.join("api.yaml"), DOCUMENT).unwrap();
    for format in ["text", "json", "junit", "sarif", "html"] {
        let mut command = command(&folder);
        command.args(["verify", &url, "--document", "api.yaml", "--rate", "5000", "--all", "--format", format]);
        command.args(["--token-command", "echo {scopes}"]);
        let ran = ran(command.output().unwrap());
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(!ran.out.contains(|c: char| c.is_control() && c != '\n'), "{format}: {}", ran.out);
        match format {
            "html" => assert!(!ran.out.contains("<script") && !ran.out.contains("<b>"), "{}", ran.out),
            "junit" => {
                for tag in ran.out.split('<').skip(2) {
                    let known = ["testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"];
                    let name = tag.trim_start_matches('/').split([' ', '>', '/']).next().unwrap();
                    assert!(known.contains(&name), "{tag}");
                }
            }
            "sarif" => {
                let log: Value = serde_json::from_str(&ran.out).unwrap();
                let results = log["runs"][0]["results"].as_array().unwrap();
                assert!(results.iter().all(|result| !result["message"]["text"].as_str().unwrap().contains("](")));
                assert!(ran.out.contains("x] (https://evil.example)"), "{}", ran.out);
            }
            _ => {}
        }
    }
    let heads = heads.lock().unwrap();
    assert!(heads.iter().any(|head| head.contains("\r\nX-Sound: ")), "{heads:#?}");
    for head in heads.iter() {
        assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1, "{head}");
        assert!(!head.contains("X-Evil") && !head.contains("DELETE") && !head.contains("admin"), "{head}");
    }
}
