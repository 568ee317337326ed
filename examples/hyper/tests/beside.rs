//! What stands beside the guard in an application: pages of its own, and keys in a store.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;

use example_hyper::{Body, Db, Keys, guard, serve, service};
use http::{Response, StatusCode};
use hyper::body::Incoming;
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};
use policy_hyper::{Call, MountError, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The service with pages of its own, which answer whatever is not below `/v1`.
fn site() -> Result<Service<Incoming, Body>, MountError> {
    guard(Keys).beside("the web pages", pages).try_service(Db::example())
}

async fn pages(call: Call<Db>) -> Response<Body> {
    let (status, text) = match call.request.uri().path() {
        "/about" => (StatusCode::OK, "about us"),
        _ => (StatusCode::NOT_FOUND, "no such page"),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

/// The same service with keys that are kept in memory, and one that was just issued.
fn with_issued_key() -> (Service<Incoming, Body>, String) {
    let format = KeyFormat::new("clinic").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    store.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("encounters:read"));
    (service(Db::example(), ApiKeys::new(format, store)).unwrap(), key.reveal())
}

async fn serving(service: Service<Incoming, Body>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, service));
    address
}

async fn ask(address: SocketAddr, target: &str, key: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn pages_and_policy_stand_beside_each_other() {
    let site = serving(site().unwrap()).await;
    for (target, status, part) in [
        ("/about", 200, "about us"),
        ("/none", 404, "no such page"),
        ("/healthz", 204, ""),
        ("/v1/none", 401, "authentication"),
        ("/v1/encounters", 401, "authentication"),
    ] {
        let (found, body) = ask(site, target, "nobody").await;
        assert_eq!(found, status, "{target}: {body}");
        assert!(body.contains(part), "{target}: {body}");
    }
    assert_eq!(ask(site, "/v1/encounters", "north-full").await.0, 200);
}

#[tokio::test]
async fn a_key_of_the_store_opens_what_it_was_issued_for() {
    let (service, key) = with_issued_key();
    let address = serving(service).await;
    assert_eq!(ask(address, "/v1/encounters/e1", &key).await.0, 200);
    assert_eq!(ask(address, "/v1/encounters", &key).await.0, 403);
    assert_eq!(ask(address, "/v1/encounters/e1", "north-full").await.0, 401);
}
