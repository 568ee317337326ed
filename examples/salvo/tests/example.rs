//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;

use example_salvo::{Db, Keys, app, guard};
use salvo::Server;
use salvo::conn::tcp::TcpAcceptor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The status, the fields and the body.
async fn ask(server: SocketAddr, target: &str, key: Option<&str>) -> (u16, String, String) {
    let key = key.map_or(String::new(), |key| format!("Authorization: Bearer {key}\r\n"));
    let request = format!("GET {target} HTTP/1.1\r\nHost: clinic.example\r\nConnection: close\r\n{key}\r\n");
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(TcpAcceptor::try_from(listener).unwrap());
    tokio::spawn(server.serve(app(Db::example(), Keys).unwrap()));
    for (target, key, status, part) in [
        ("/v1/encounters", None, 401, r#"{"error":"missing_credential","stage":"authentication"}"#),
        ("/v1/encounters", Some("guess"), 401, "authentication"),
        ("/v1/encounters?nope=1", Some("north-visits"), 403, "insufficient_scope"),
        ("/v1/encounters?nope=1", Some("north-full"), 400, "unsupported_query_parameter"),
        ("/v1/encounters?limit=1", Some("north-full"), 200, "Ada"),
        ("/v1/encounters/e1", Some("north-visits"), 200, "cough"),
        ("/v1/encounters/e2", Some("north-visits"), 404, ""),
        ("/v1/encounters/e2", Some("south-full"), 200, "check-up"),
        ("/v1/encounters/e1/audio", Some("north-visits"), 403, "insufficient_scope"),
        ("/v1/encounters/e1/audio", Some("north-full"), 403, "operation_pending"),
        ("/v1/patients", Some("north-full"), 404, ""),
        ("/v1/patients", None, 401, ""),
        ("/healthz", None, 204, ""),
    ] {
        let (found, head, body) = ask(address, target, key).await;
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
        assert!(head.contains("www-authenticate") || status != 401, "{target} with {key:?}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
