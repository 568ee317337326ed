//! The example answers as its document says, and its policy is a file that is reviewed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../../support/requests.rs"]
mod requests;

use example_hyper::{Db, Keys, guard, serve, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn ask(address: std::net::SocketAddr, target: &str, key: Option<&str>) -> (u16, String) {
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n{key}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn each_check_answers_in_its_turn_with_the_services_own_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, service(Db::example(), Keys).unwrap()));
    for (target, key, status, part) in requests::REQUESTS {
        let (found, body) = ask(address, target, key).await;
        assert_eq!(found, status, "{target} with {key:?}: {body}");
        assert!(body.contains(part), "{target} with {key:?}: {body}");
    }
}

#[test]
fn who_may_call_what() {
    insta::assert_snapshot!(guard(Keys).audit());
}
