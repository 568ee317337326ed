//! Small services of one document, each with the fault that is asked for: in Rust, Python and Node.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The faults that can be planted.
pub(crate) const FAULTS: [&str; 13] = [
    "scope-forgotten",
    "or-for-and",
    "order-wrong",
    "head-open",
    "nested-unguarded",
    "trailing-slash",
    "revoked-accepted",
    "method-header",
    "path-header",
    "path-header-trusted",
    "scheme-case",
    "two-credentials",
    "token-in-query",
];

/// A language that a service is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Python,
    Node,
}

/// A service that runs until it is dropped.
pub(crate) struct Service {
    pub(crate) port: u16,
    child: Option<Child>,
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify/services")
}

/// Starts a service. `None`, where its language is not there.
pub(crate) fn start(language: Language, fault: &'static str) -> Option<Service> {
    let (program, file) = match language {
        Language::Rust => return Some(in_this_process(fault)),
        Language::Python => ("python3", "service.py"),
        Language::Node => ("node", "service.mjs"),
    };
    let mut command = Command::new(program);
    command.arg(folder().join(file)).arg(fault).stdin(Stdio::null()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("SKIPPED: `{program}` is not there");
        return None;
    };
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().parse().unwrap_or_else(|_| panic!("{program} printed {line:?}"));
    Some(Service { port, child: Some(child) })
}

fn in_this_process(fault: &'static str) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream, fault));
        }
    });
    Service { port, child: None }
}

fn serve(mut stream: TcpStream, fault: &str) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&received).into_owned();
    let mut lines = head.split("\r\n");
    let mut line = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
    let headers = |wanted: &str| -> Vec<&str> {
        let pairs = head.split("\r\n").filter_map(|line| line.split_once(": "));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).collect()
    };
    let (status, challenge) = decide(fault, method, target, &headers);
    let challenge = if challenge { "WWW-Authenticate: Bearer\r\n" } else { "" };
    let body = if method == "HEAD" { "" } else { "{}" };
    let answer = format!("HTTP/1.1 {status} X\r\n{challenge}Content-Length: 2\r\nConnection: close\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
}

type Route = (&'static str, &'static [&'static str], Option<&'static [&'static str]>, &'static [&'static str]);

const ROUTES: [Route; 7] = [
    ("GET", &["status"], None, &[]),
    ("GET", &["files"], Some(&["files:read"]), &["limit"]),
    ("POST", &["files"], Some(&["files:write"]), &[]),
    ("GET", &["files", "*"], Some(&["files:read"]), &[]),
    ("DELETE", &["files", "*"], Some(&["files:write", "files:delete"]), &[]),
    ("GET", &["files", "*", "links"], Some(&["files:read", "links:read"]), &[]),
    ("GET", &["audit"], Some(&["files:read"]), &[]),
];

/// What a request holds.
fn granted<'a>(fault: &str, query: &'a str, headers: &dyn Fn(&str) -> Vec<&'a str>) -> Option<Vec<&'a str>> {
    const ALL: [&str; 4] = ["files:read", "files:write", "files:delete", "links:read"];
    let all = headers("authorization");
    if fault == "two-credentials" && all.len() > 1 {
        return Some(ALL.to_vec());
    }
    if fault == "token-in-query" && query.contains("access_token=holds") {
        return Some(Vec::new());
    }
    let (word, token) = all.first()?.split_once(' ')?;
    match (word, token) {
        ("bearer", _) if fault == "scheme-case" => Some(ALL.to_vec()),
        ("Bearer", "revoked") if fault == "revoked-accepted" => Some(ALL.to_vec()),
        ("Bearer", token) => token.strip_prefix("holds:").map(|scopes| scopes.split(',').collect()),
        _ => None,
    }
}

fn decide<'a>(fault: &str, method: &str, target: &'a str, headers: &dyn Fn(&str) -> Vec<&'a str>) -> (u16, bool) {
    let (mut path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = if method == "HEAD" { "GET" } else { method };
    let mut is_open = fault == "head-open" && method == "HEAD";
    let named = headers("x-original-url");
    match fault {
        "method-header" if method == "OPTIONS" && headers("x-http-method-override") == ["GET"] => {
            (asked, is_open) = ("GET", true);
        }
        "path-header" if path.ends_with("/not-in-the-document") && !named.is_empty() => {
            (path, is_open) = (named[0], true);
        }
        "path-header-trusted" => is_open |= named.iter().any(|path| path.ends_with("/not-in-the-document")),
        _ => {}
    }
    if let Some(short) = path.strip_suffix('/').filter(|_| fault == "trailing-slash") {
        (path, is_open) = (short, true);
    }
    let segments: Vec<&str> = path.strip_prefix("/v1/").map(|rest| rest.split('/').collect()).unwrap_or_default();
    let fits = |template: &[&str]| {
        template.len() == segments.len()
            && template
                .iter()
                .zip(&segments)
                .all(|(known, own)| if *known == "*" { !own.is_empty() } else { known == own })
    };
    let found: Vec<&Route> = ROUTES.iter().filter(|(_, template, ..)| fits(template)).collect();
    let Some((_, template, scopes, names)) = found.iter().find(|(own, ..)| *own == asked) else {
        return (if found.is_empty() { 404 } else { 405 }, false);
    };
    let is_wrong =
        !query.is_empty() && query.split('&').any(|pair| !names.contains(&pair.split('=').next().unwrap_or_default()));
    is_open |= fault == "nested-unguarded" && template.last() == Some(&"links");
    if let Some(scopes) = scopes.filter(|_| !is_open) {
        let is_known = segments != ["audit"] || headers("x-key") == ["key"];
        let Some(held) = granted(fault, query, headers).filter(|_| is_known) else { return (401, true) };
        if fault == "order-wrong" && is_wrong {
            return (400, false);
        }
        let is_forgotten = fault == "scope-forgotten" && asked == "GET" && *template == ["files", "*"];
        let holds = |scope: &&str| held.contains(scope);
        let is_enough = if fault == "or-for-and" { scopes.iter().any(holds) } else { scopes.iter().all(holds) };
        if !is_enough && !is_forgotten {
            return (403, false);
        }
    }
    (if is_wrong { 400 } else { 200 }, false)
}
