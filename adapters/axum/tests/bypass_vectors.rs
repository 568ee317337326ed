//! Request targets that fooled other guards: the operation whose policy decided is the operation whose handler ran, and
//! no request is answered by a handler that its key does not open.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    reason = "a test fails by panicking, and says when it is skipped"
)]

mod common;

use std::fmt::Write;

use common::{ALL, Runs, guard_of, raw, serve};

/// What may come of a vector with every scope granted: an operation's name, or a status of refusal.
fn allowed(id: &str, target: &str) -> Vec<&'static str> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let mut outcomes = vec!["refused"];
    if path == "/v1/items" && !matches!(id, "BV51" | "BV53" | "BV54") {
        outcomes.extend(["ListItems", "CreateItem"]);
    }
    if path == "/v1/items/mine" {
        outcomes.push("GetMine");
    } else if let Some(rest) = path.strip_prefix("/v1/items/")
        && !rest.is_empty()
        && !rest.contains('/')
    {
        outcomes.push("GetItem");
    }
    outcomes
}

#[tokio::test]
async fn no_bypass_vector_reaches_a_handler_that_another_policy_decided_for() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/routing/bypass-vectors.tsv");
    let Ok(vectors) = std::fs::read_to_string(file) else {
        eprintln!("SKIPPED: the bypass vectors are not beside this checkout (shared/routing/bypass-vectors.tsv)");
        return;
    };
    let runs = Runs::default();
    let address = serve(guard_of!(enablement_first).with_state(runs.clone())).await;
    let mut count = 0;
    for line in vectors.lines().skip(1).filter(|line| !line.is_empty()) {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (id, method, target, extra) = (field(), field(), field(), field());
        let target =
            if target.contains("...(") { format!("/v1/items/{}", "a".repeat(8000)) } else { target.to_owned() };
        let (headers, body) = extra.split_once("|| body:").unwrap_or((extra, ""));
        let body = body.trim();
        for key in
            [None, Some("nobody"), Some("ali~files.read"), Some("ali~mine.read"), Some("ali~items.read"), Some(ALL)]
        {
            let mut request = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
            for header in headers.split(" | ").filter(|header| header.contains(": ")) {
                write!(request, "{}\r\n", header.trim()).unwrap();
            }
            if let Some(key) = key {
                write!(request, "Authorization: Bearer {key}\r\n").unwrap();
            }
            write!(request, "\r\n{body}").unwrap();
            let before = runs.count();
            let (status, text) = raw_head_aware(address, method, request.as_bytes()).await;
            let ran = runs.count() - before;
            let success = (200..300).contains(&status);
            assert_eq!(ran, usize::from(success), "{id} {method} {target} {key:?}: {text}");
            if !success {
                assert!((400..500).contains(&status), "{id} {method} {target} {key:?}: {text}");
                continue;
            }
            let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
            let (handler, decided) = body.split_once(' ').unwrap();
            assert_eq!(handler, decided, "{id} {method} {target} {key:?}");
            assert!(allowed(id, &target).contains(&handler), "{id} {method} {target} {key:?} ran {handler}");
            let opens: &[&str] = match key {
                Some("ali~mine.read") => &["GetMine"],
                Some("ali~items.read") => &["GetItem", "ListItems"],
                Some("ali~files.read") => &["GetFile"],
                Some(ALL) => &["GetMine", "GetItem", "ListItems", "CreateItem", "GetFile"],
                _ => &[],
            };
            assert!(opens.contains(&handler), "{id} {method} {target} {key:?} ran {handler}");
        }
        count += 1;
    }
    println!("{count} vectors, {} requests reached their handler", runs.count());
    assert!(count > 50);
    assert!(runs.count() > 30, "hardly a vector reached a handler: the server under test serves nothing");
}

async fn raw_head_aware(address: std::net::SocketAddr, method: &str, request: &[u8]) -> (u16, String) {
    // The answer to HEAD has a length and no body: ask for the connection's end instead.
    if method != "HEAD" {
        return raw(address, request).await;
    }
    let text = String::from_utf8(request.to_vec()).unwrap().replacen("\r\n", "\r\nConnection: close\r\n", 1);
    raw(address, text.as_bytes()).await
}

#[tokio::test]
async fn an_endless_body_is_answered_before_a_byte_of_it_is_read() {
    let runs = Runs::default();
    let address = serve(guard_of!(enablement_first).with_state(runs.clone())).await;
    for (key, expected) in [("", 401), ("Authorization: Bearer ali~items.read\r\n", 403)] {
        for framing in
            ["Content-Length: 1000000000", "Transfer-Encoding: chunked", "Content-Length: 9\r\nExpect: 100-continue"]
        {
            let request = format!("POST /v1/items HTTP/1.1\r\nHost: x\r\n{key}{framing}\r\n\r\n");
            let (status, text) = raw(address, request.as_bytes()).await;
            assert_eq!(status, expected, "{framing}: {text}");
        }
    }
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn two_authorization_fields_are_no_credential() {
    let runs = Runs::default();
    let address = serve(guard_of!(enablement_first).with_state(runs.clone())).await;
    let twice = format!(
        "GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ALL}\r\nAuthorization: Bearer {ALL}\r\n\r\n"
    );
    assert_eq!(raw(address, twice.as_bytes()).await.0, 400);
    let trailer = format!(
        "POST /v1/items HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n0\r\nAuthorization: Bearer {ALL}\r\n\r\n"
    );
    assert_eq!(raw(address, trailer.as_bytes()).await.0, 401);
    assert_eq!(runs.count(), 0);
}
