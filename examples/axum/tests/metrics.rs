//! After so many requests the numbers say so, over a socket, as Prometheus collects them.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;

use example_axum::{Db, Keys, app_with_metrics, guard_with_metrics};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// One request on a connection of its own, and its whole answer.
async fn ask(address: SocketAddr, line: &str, key: Option<&str>) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_numbers_of_decisions_are_collected_by_operation_stage_and_reason() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app_with_metrics(Db::example(), Keys).unwrap()).await });

    let before = ask(address, "GET /metrics", None).await;
    assert!(before.starts_with("HTTP/1.1 200 "), "{before}");
    assert!(before.to_ascii_lowercase().contains("content-type: text/plain; version=0.0.4"), "{before}");
    assert!(before.ends_with("# TYPE policy_decisions_total counter\n"), "nothing has happened: {before}");

    for (line, key, times) in [
        ("GET /v1/encounters?limit=1", Some("north-full"), 3),
        ("GET /v1/encounters/e1", Some("north-visits"), 1),
        // Allowed, and not there: that is the handler's word, not the policy's.
        ("GET /v1/encounters/none", Some("north-visits"), 1),
        ("GET /v1/encounters", Some("north-visits"), 2),
        ("GET /v1/encounters?nope=1", Some("north-full"), 1),
        ("GET /v1/encounters", Some("guess"), 4),
        ("GET /v1/encounters/e1/audio", Some("north-full"), 1),
        ("GET /v1/none", None, 1),
        ("GET /healthz", None, 5),
    ] {
        for _ in 0..times {
            ask(address, line, key).await;
        }
    }
    let after = ask(address, "GET /metrics", None).await;
    let (_, text) = after.split_once("\r\n\r\n").unwrap();
    insta::assert_snapshot!(text);
    assert!(ask(address, "POST /metrics", None).await.starts_with("HTTP/1.1 401 "));
}

#[test]
fn the_audit_lists_the_route_of_the_numbers() {
    insta::assert_snapshot!(guard_with_metrics(Keys).audit());
}
