//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/requests.rs"]
mod requests;

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
    for (target, key, status, part) in requests::REQUESTS {
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
