//! The doctor before servers that stand for a proxy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod http2;
mod tls;

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::{CommandFactory as _, Parser as _};
use policy_gateway::doctor::{Code, Doctor, Report};

#[derive(clap::Parser)]
#[command(name = "policy-gateway doctor", max_term_width = 100)]
struct Line {
    #[command(flatten)]
    doctor: Doctor,
}

fn examine(arguments: &[&str]) -> Result<Report, String> {
    let line = Line::try_parse_from(["doctor"].iter().chain(arguments)).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(line.doctor.examine())
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The head of a request, or of an answer.
fn head(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        bytes.extend(byte);
    }
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A server that keeps what it gets, and lets `answer` answer.
fn proxy(answer: impl Fn(&str) -> String + Send + 'static) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = got.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let request = head(&mut stream);
            kept.lock().unwrap().push(request.clone());
            let answer: Vec<u8> = answer(&request).chars().map(|letter| u8::try_from(letter).unwrap()).collect();
            let _ = stream.write_all(&answer);
        }
    });
    (address, got)
}

/// Forwards a request to a server, and hands its answer on.
fn forward(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let bytes: Vec<u8> = request.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
    stream.write_all(&bytes).unwrap();
    head(&mut stream)
}

const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

/// Asks the authorizer by forward-auth, as the head says, and says whether it allows.
fn asked(authorizer: SocketAddr, request: &str) -> bool {
    let (line, fields) = request.split_once("\r\n").unwrap();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let nonce = fields.split("\r\n").find(|line| line.starts_with("x-doctor-nonce")).unwrap();
    let question = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{nonce}\r\nX-Forwarded-Method: {method}\r\nX-Forwarded-Uri: {target}\r\n\r\n"
    );
    forward(authorizer, &question).starts_with("HTTP/1.1 200")
}

#[test]
fn nothing_but_a_nonce_is_sent_to_who_does_not_lead_to_the_echo() {
    let (address, got) = proxy(|_| "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned());
    let (echo, url) = (free().to_string(), format!("http://{address}/v1"));
    let error = examine(&[&url, "--echo", &echo, "-H", "Authorization: Bearer secret"]).unwrap_err();
    assert!(error.contains("did not arrive at --echo"), "{error}");
    let got = got.lock().unwrap();
    let [request] = got.as_slice() else { panic!("{got:?}") };
    let lines: Vec<_> = request.trim_end().split("\r\n").collect();
    let [line, host, nonce] = lines.as_slice() else { panic!("{request}") };
    assert_eq!((*line, *host), ("GET /v1 HTTP/1.1", format!("Host: {address}").as_str()));
    assert!(nonce.starts_with("x-doctor-nonce: doctor-"), "{nonce}");
}

#[test]
fn the_credential_is_sent_once_the_nonce_has_arrived() {
    let echo = free();
    let (address, got) = proxy(move |request| forward(echo, request));
    let url = format!("http://{address}");
    examine(&[&url, "--echo", &echo.to_string(), "-H", "Authorization: Bearer secret"]).unwrap();
    let got = got.lock().unwrap();
    assert!(!got[0].contains("secret"));
    assert!(got.iter().skip(1).all(|request| request.contains("Authorization: Bearer secret\r\n")), "{:?}", got[1]);
}

#[test]
fn without_being_asked_a_proxy_that_rewrites_is_seen() {
    let echo = free();
    let (address, _) = proxy(move |request| forward(echo, &request.replace("//", "/")));
    let url = format!("http://{address}");
    let report = examine(&[&url, "--echo", &echo.to_string()]).unwrap();
    let rewritten =
        |check: &&policy_gateway::doctor::Check| check.findings.iter().any(|found| found.code == Code::Rewritten);
    let targets: Vec<_> = report.checks.iter().filter(rewritten).map(|check| check.target.as_str()).collect();
    assert!(targets.contains(&"//a") && !targets.contains(&"/a"), "{targets:?}");
}

#[test]
fn a_proxy_that_forwards_something_else_than_it_asked_about_is_found() {
    for (name, wrong, code) in [
        ("path", (|request| request.replacen("/x/../a", "/a", 1)) as fn(&str) -> String, Code::TargetDiffers),
        ("method", |request| request.replacen("get ", "GET ", 1), Code::MethodDiffers),
        ("header", |request| request.to_owned(), Code::HeaderForged),
        ("upgrade", |request| request.to_owned(), Code::TunnelOpens),
    ] {
        let (echo, authorizer) = (free(), free());
        let (address, _) =
            proxy(
                move |request| {
                    if asked(authorizer, request) { forward(echo, &wrong(request)) } else { REFUSED.to_owned() }
                },
            );
        let url = format!("http://{address}");
        let report = examine(&[
            &url,
            "--echo",
            &echo.to_string(),
            "--authorizer",
            &authorizer.to_string(),
            "--dialect",
            "forward-auth",
            "--timeout",
            "1",
        ])
        .unwrap();
        let codes: Vec<_> = report.checks.iter().flat_map(|check| &check.findings).map(|found| found.code).collect();
        assert!(codes.contains(&code), "{name}: {}", report.to_text());
        let unexpected = |code: &Code| matches!(code, Code::NotAsked | Code::DenialIgnored | Code::FailsOpen);
        assert!(!codes.iter().any(unexpected), "{name}: {}", report.to_text());
    }
}

#[test]
fn a_proxy_that_does_not_obey_is_found() {
    for (name, code) in
        [("never asks", Code::NotAsked), ("ignores", Code::DenialIgnored), ("fails open", Code::FailsOpen)]
    {
        let (echo, authorizer) = (free(), free());
        let (address, _) = proxy(move |request| {
            if name == "never asks" && !request.starts_with("GET /v1 ") {
                return forward(echo, request);
            }
            let allowed = asked(authorizer, request);
            if allowed || name != "never asks" { forward(echo, request) } else { REFUSED.to_owned() }
        });
        let url = format!("http://{address}/v1");
        let arguments = ["--authorizer", &authorizer.to_string(), "--dialect", "forward-auth", "--timeout", "1"];
        let report = examine(&[[url.as_str(), "--echo", &echo.to_string()].as_slice(), &arguments].concat()).unwrap();
        let found = report.checks.iter().flat_map(|check| &check.findings).any(|found| found.code == code);
        assert!(found, "{name}: {}", report.to_text());
    }
}

#[test]
fn what_cannot_be_examined_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let echo = free().to_string();
    let nobody = format!("http://{}", free());
    for (arguments, said) in [
        (vec!["https://127.0.0.1:1", "--ca", "/nonexistent"], "holds no authorities"),
        (vec!["https://127.0.0.1:1", "--ca", env!("CARGO_MANIFEST_PATH")], "there is no certificate in PEM"),
        (vec!["https://a_b@c"], "is no URL of a proxy"),
        (vec!["http://a", "--ca", "/nonexistent"], "leave out --ca"),
        (vec!["proxy.example"], "write http://127.0.0.1:8080"),
        (vec!["http://a", "--echo", &taken], "must be pointed at the doctor"),
        (vec![&nobody, "--echo", &echo], "cannot be reached"),
        (vec!["http://a", "-H", "nothing"], "write `Name: value`"),
        (vec!["http://a", "-H", "Bad Name: x"], "cannot be sent"),
        (vec!["http://a", "--route", "admin"], "--route"),
        (vec!["http://a", "--identity-header", "X Y"], "--identity-header"),
        (vec!["http://a", "--authorizer", "127.0.0.1:1"], "--dialect"),
        (vec!["http://a", "--dialect", "nginx"], "--authorizer"),
    ] {
        let error = examine(&arguments).unwrap_err();
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn json_has_what_the_text_has() {
    let echo = free();
    let (address, _) = proxy(move |request| forward(echo, request));
    let report = examine(&[&format!("http://{address}"), "--echo", &echo.to_string()]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["findings"].as_u64().unwrap(), u64::try_from(report.count()).unwrap());
    assert_eq!(json["checks"].as_array().unwrap().len(), report.checks.len());
    assert!(report.count() > 0, "a proxy that forwards everything lets headers be forged");
    let text = report.to_text();
    assert!(
        json["checks"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|check| check["findings"].as_array().unwrap())
            .all(|found| { text.contains(found["code"].as_str().unwrap()) })
    );
}

#[test]
fn each_code_is_explained_once() {
    let page = include_str!("../../../docs/gateway/doctor.md");
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let names: Vec<_> = Code::ALL.into_iter().map(Code::name).collect();
    assert_eq!(headings, names);
}

#[test]
fn the_exit_code_says_what_was_found() {
    let run = |url: &str, echo: &str, format: &str| {
        let mut doctor = std::process::Command::new(env!("CARGO_BIN_EXE_policy-gateway"));
        let ran = doctor.args(["doctor", url, "--echo", echo, "--format", format]).output().unwrap();
        let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
        (ran.status.code(), out, err)
    };
    let (code, out, err) = run(&format!("http://{}", free()), &free().to_string(), "text");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.starts_with("error: ") && err.contains("cannot be reached"), "{err}");
    let echo = free();
    let (address, _) = proxy(move |request| forward(echo, request));
    let (code, out, _) = run(&format!("http://{address}"), &echo.to_string(), "json");
    assert_eq!(code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(json["findings"].as_u64().unwrap() > 0);
    // A proxy that forwards no header of the client at all lets nothing be forged.
    let echo = free();
    let (address, _) = proxy(move |request| {
        let (line, fields) = request.split_once("\r\n").unwrap();
        let kept = fields.split("\r\n").filter(|field| field.starts_with("x-doctor") || field.starts_with("Host:"));
        // The absolute form becomes a path.
        let absolute =
            line.strip_prefix("GET http://").and_then(|rest| rest.find('/').map(|at| format!("GET {}", &rest[at..])));
        let line = absolute.unwrap_or_else(|| line.to_owned());
        forward(echo, &format!("{line}\r\n{}\r\n\r\n", kept.collect::<Vec<_>>().join("\r\n")))
    });
    let (code, out, _) = run(&format!("http://{address}"), &echo.to_string(), "text");
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn its_help_teaches() {
    insta::assert_snapshot!("help", Line::command().render_long_help());
}
