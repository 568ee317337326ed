//! What an application does beside its guard.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::net::SocketAddr;

use example_salvo::{Db, Keys, app, guard};
use policy_http::{ApiKeys, KeyFormat, MemoryKeys, StoredKey};
use policy_salvo::State;
use salvo::catcher::Catcher;
use salvo::conn::tcp::TcpAcceptor;
use salvo::{FlowCtrl, Response, Router, Server, Service, handler};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn serve(service: Service) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(TcpAcceptor::try_from(listener).unwrap());
    tokio::spawn(server.serve(service));
    address
}

async fn ask(server: SocketAddr, target: &str, key: Option<&str>) -> (u16, String) {
    let key = key.map_or(String::new(), |key| format!("Authorization: Bearer {key}\r\n"));
    let request = format!("GET {target} HTTP/1.1\r\nHost: clinic.example\r\nConnection: close\r\n{key}\r\n");
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[handler]
async fn caught(response: &mut Response, ctrl: &mut FlowCtrl) {
    let status = response.status_code.unwrap_or_default();
    response.body(format!(r#"{{"error":"{}"}}"#, status.as_u16()));
    ctrl.skip_rest();
}

#[tokio::test]
async fn a_catcher_answers_what_is_not_the_guards_to_answer() {
    let router = app(Db::example(), Keys).unwrap();
    let server = serve(Service::new(router).catcher(Catcher::default().hoop(caught))).await;
    for (target, key, status, body) in [
        // No route at all, and a handler's `None`.
        ("/none", None, 404, r#"{"error":"404"}"#),
        ("/v1/encounters/e2", Some("north-visits"), 404, r#"{"error":"404"}"#),
        // The guard's: what nobody knows is told apart from nothing for known callers alone.
        ("/v1/none", None, 401, r#"{"error":"missing_credential","stage":"authentication"}"#),
        ("/v1/none", Some("north-visits"), 404, r#"{"error":"not_found"}"#),
    ] {
        assert_eq!(ask(server, target, key).await, (status, body.to_owned()), "{target}");
    }
}

#[handler]
async fn page() -> &'static str {
    "a page"
}

#[tokio::test]
async fn routes_of_salvos_own_are_listed_and_stay_outside_of_the_base_path() {
    let pages = Router::with_path("{**path}").get(page);
    let guard = guard(Keys).beside("the web application, no data", pages);
    assert!(
        guard.audit().to_string().contains("(whatever is not below /v1)\n    because  the web application, no data")
    );
    let server = serve(Service::new(guard.try_into_router().unwrap().hoop(State(Db::example())))).await;
    assert_eq!(ask(server, "/about", None).await, (200, "a page".into()));
    assert_eq!(ask(server, "/v1/none", None).await.0, 401);
}

#[tokio::test]
async fn keys_are_kept_in_memory() {
    let format = KeyFormat::new("clinic_sk").unwrap();
    let key = format.generate().unwrap();
    let store = MemoryKeys::new();
    let known = StoredKey::new(key.secret_hash()).with_subject("integration-7").with_tenant("north");
    store.insert(key.id(), known.with_scopes("encounters:read"));
    let authenticator = ApiKeys::new(format, store);
    let server = serve(Service::new(app(Db::example(), authenticator).unwrap())).await;
    assert_eq!(ask(server, "/v1/encounters/e1", Some(&key.reveal())).await.0, 200);
    assert_eq!(ask(server, "/v1/encounters/e1", Some("clinic_sk_guess")).await.0, 401);
}
