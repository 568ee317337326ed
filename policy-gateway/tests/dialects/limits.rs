//! What a listener does when something takes too long, or is too much.

use std::time::{Duration, Instant};

use policy_gateway::dialects::{Dialect, EnvoyGrpc, EnvoyHttp, EnvoyTarget, ForwardAuth, Nginx};
use policy_gateway::listener::{Ended, ListenerSettings};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::authzen;
use crate::grpc::{Client, listed};
use crate::raw::{ask, next};
use crate::script::{Running, Word, allow, deny, on_loopback};

const FORWARD: &str = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Method: GET\nX-Forwarded-Uri: /a\nX-Forwarded-Host: a\nX-Forwarded-Proto: https";

fn forward_auth() -> ListenerSettings {
    on_loopback(Dialect::ForwardAuth(ForwardAuth::default()))
}

fn dialects() -> [Dialect; 5] {
    [
        Dialect::EnvoyGrpc(EnvoyGrpc::default()),
        Dialect::EnvoyHttp(EnvoyHttp { target: EnvoyTarget::Prefix("/check".into()), document: None }),
        Dialect::ForwardAuth(ForwardAuth::default()),
        Dialect::Nginx(Nginx::default()),
        authzen::dialect("https://pdp.example"),
    ]
}

/// Asks in the listener's dialect. The answer in one line.
async fn ask_in(running: &Running, dialect: &Dialect) -> String {
    match dialect {
        Dialect::EnvoyGrpc(_) => Client::new(running).await.check(&listed("GET", "/a", &[])).await.line(),
        Dialect::EnvoyHttp(_) => ask(running, "GET /check/a HTTP/1.1\nHost: a").await.line(),
        Dialect::ForwardAuth(_) => ask(running, FORWARD).await.line(),
        Dialect::Nginx(_) => ask(running, "GET / HTTP/1.0\nX-Original-Method: GET\nX-Original-URI: /a").await.line(),
        Dialect::AuthZen(_) => {
            let question = r#"{"subject":{"type":"key","id":"a"},"action":{"name":"GET"},"resource":{"type":"operation","id":"/a"}}"#;
            let answer = authzen::post(running, "/access/v1/evaluation", question).await;
            format!("{} {}", answer.status, answer.body)
        }
    }
}

/// The denial that stays one, whatever the proxy is set to do at failures.
fn is_closed(dialect: &Dialect, line: &str) -> bool {
    match dialect {
        Dialect::EnvoyGrpc(_) => line.starts_with("deny 14 503 "),
        Dialect::EnvoyHttp(_) => {
            line == "403 | content-type: application/problem+json | retry-after: 1 | x-policy-status: 503"
        }
        Dialect::ForwardAuth(_) => line == "503 | content-type: application/problem+json | retry-after: 1",
        Dialect::Nginx(_) => line == "403 | retry-after: 1 | x-policy-status: 503",
        Dialect::AuthZen(_) => {
            let denial =
                json!({"decision": false, "context": {"error": {"message": "Service Unavailable", "status": 503}}});
            // The members of an object have no order.
            line.strip_prefix("200 ").and_then(|body| serde_json::from_str(body).ok()) == Some(denial)
        }
    }
}

#[tokio::test]
async fn a_slow_decision_is_a_denial_in_time() {
    for dialect in dialects() {
        let mut settings = on_loopback(dialect.clone());
        settings.limits.decision = Duration::from_millis(50);
        let running = Running::with(settings, Word::Stall).await;
        let line = ask_in(&running, &dialect).await;
        assert!(is_closed(&dialect, &line), "{}: {line}", dialect.name());
        assert_eq!(running.script.refused(), ["late"], "{}", dialect.name());
    }
}

#[tokio::test]
async fn one_request_too_many_is_denied_at_once_and_the_others_go_on() {
    for dialect in dialects() {
        let mut settings = on_loopback(dialect.clone());
        settings.limits.concurrency = 2;
        let running = Running::with(settings, Word::Wait).await;
        let (first, second, ()) = tokio::join!(ask_in(&running, &dialect), ask_in(&running, &dialect), async {
            running.script.begun.acquire_many(2).await.unwrap().forget();
            for _ in 0..3 {
                let line = ask_in(&running, &dialect).await;
                assert!(is_closed(&dialect, &line), "{}: {line}", dialect.name());
            }
            assert_eq!(running.script.refused(), ["overloaded"; 3], "{}", dialect.name());
            running.script.goes_on.add_permits(3);
        });
        assert_eq!(first, second);
        assert!(!is_closed(&dialect, &first), "{}: {first}", dialect.name());
        assert_eq!(ask_in(&running, &dialect).await, first, "the places are free again");
    }
}

#[tokio::test]
async fn several_evaluations_that_are_too_much_are_an_error_of_the_whole() {
    let mut settings = on_loopback(authzen::dialect("https://pdp.example"));
    settings.limits.concurrency = 1;
    let running = Running::with(settings, Word::Wait).await;
    let question = r#"{"subject":{"type":"key","id":"a"},"action":{"name":"GET"},"evaluations":[{"resource":{"type":"operation","id":"/a"}}]}"#;
    let post = || authzen::post(&running, "/access/v1/evaluations", question);
    let (first, ()) = tokio::join!(post(), async {
        running.script.begun.acquire().await.unwrap().forget();
        let answer = post().await;
        assert_eq!((answer.status, answer.header("x-request-id")), (503, Some("7-é")));
        running.script.goes_on.add_permits(1);
    });
    assert_eq!(first.body, r#"{"evaluations":[{"decision":true}]}"#);
}

#[tokio::test]
async fn one_connection_too_many_gets_a_denial_and_ends() {
    for dialect in dialects() {
        let mut settings = on_loopback(dialect.clone());
        settings.limits.connections = 1;
        settings.limits.decision = Duration::from_secs(5);
        let running = Running::with(settings, allow()).await;
        let (kept, _client);
        if let Dialect::EnvoyGrpc(_) = dialect {
            let client = Client::new(&running).await;
            assert_eq!(client.check(&listed("GET", "/a", &[])).await.line(), "allow");
            _client = client;
        } else {
            let mut stream = TcpStream::connect(running.port()).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
            next(&mut stream).await;
            kept = stream;
            let _ = &kept;
        }
        running.script.refused();
        let line = ask_in(&running, &dialect).await;
        assert!(is_closed(&dialect, &line), "{}: {line}", dialect.name());
        assert_eq!(running.script.refused(), ["overloaded"], "{}", dialect.name());
    }
}

#[tokio::test]
async fn streams_of_one_connection_share_the_places_of_all() {
    let mut settings = on_loopback(Dialect::EnvoyGrpc(EnvoyGrpc::default()));
    settings.limits.concurrency = 2;
    let running = Running::with(settings, Word::Wait).await;
    let client = Client::new(&running).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { client.check(&listed("GET", "/a", &[])).await.line() });
    }
    for _ in 0..18 {
        let line = calls.join_next().await.unwrap().unwrap();
        assert!(is_closed(&Dialect::EnvoyGrpc(EnvoyGrpc::default()), &line), "{line}");
    }
    running.script.goes_on.add_permits(2);
    assert_eq!(calls.join_all().await, ["allow", "allow"]);
}

#[tokio::test]
async fn a_connection_stays_on_a_thread_of_its_own_with_all_that_is_asked_over_it() {
    let running = Running::of(Dialect::EnvoyGrpc(EnvoyGrpc::default()), allow()).await;
    let client = Client::new(&running).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        calls.spawn(async move { client.check(&listed("GET", "/a", &[])).await.line() });
    }
    assert_eq!(calls.join_all().await, ["allow"; 100]);
    let threads = running.script.threads.lock().unwrap().clone();
    assert_eq!(threads.len(), 1, "{threads:?}");
    assert!(!threads.contains(&std::thread::current().id()), "the thread that accepts serves no connection");
}

#[tokio::test]
async fn connections_that_wait_for_a_denial_are_bounded_too() {
    let mut settings = forward_auth();
    settings.limits.connections = 1;
    let running = Running::with(settings, allow()).await;
    let mut open = Vec::new();
    for _ in 0..65 {
        open.push(TcpStream::connect(running.port()).await.unwrap());
    }
    assert_eq!(end_of(TcpStream::connect(running.port()).await.unwrap()).await, "");
    assert_eq!(running.script.refused(), ["overloaded"]);
    drop(open);
    // The place is free as soon as the listener has seen the end of the connection that had it. Until then there may be no answer.
    let whole = format!("{}\r\nConnection: close\r\n\r\n", FORWARD.replace('\n', "\r\n"));
    let answered = async || {
        let mut stream = TcpStream::connect(running.port()).await.unwrap();
        let _ = stream.write_all(whole.as_bytes()).await;
        end_of(stream).await
    };
    while !answered().await.starts_with("HTTP/1.1 200 ") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_denial_in_time() {
    let mut settings = on_loopback(authzen::dialect("https://pdp.example"));
    settings.limits.decision = Duration::from_millis(50);
    let running = Running::with(settings, allow()).await;
    for (path, status) in [("/access/v1/evaluation", 200), ("/access/v1/evaluations", 503)] {
        let mut stream = TcpStream::connect(running.port()).await.unwrap();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{{");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = next(&mut stream).await;
        assert_eq!(answer.status, status);
        assert!(!answer.body.contains("true"), "{answer:?}");
        assert_eq!(running.script.refused(), ["late"]);
    }
}

/// A sub-request of a dialect that is asked by the head alone.
fn head_of(dialect: &Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::EnvoyHttp(_) => Some("GET /check/a HTTP/1.1\nHost: a"),
        Dialect::ForwardAuth(_) => Some(FORWARD),
        Dialect::Nginx(_) => Some("GET / HTTP/1.1\nHost: a\nX-Original-Method: GET\nX-Original-URI: /a"),
        Dialect::EnvoyGrpc(_) | Dialect::AuthZen(_) => None,
    }
}

/// nginx sends a client's `Content-Length` without the body where its configuration leaves that in. The next sub-request of the connection,
/// which is another client's, would be that body.
#[tokio::test]
async fn a_body_that_is_told_of_and_does_not_come_is_not_the_next_sub_request() {
    for dialect in dialects() {
        let Some(head) = head_of(&dialect) else { continue };
        let running = Running::of(dialect.clone(), allow()).await;
        for field in ["Content-Length: 20", "Transfer-Encoding: chunked"] {
            let mut stream = TcpStream::connect(running.port()).await.unwrap();
            let head = head.replace('\n', "\r\n");
            stream.write_all(format!("{head}\r\n{field}\r\n\r\n").as_bytes()).await.unwrap();
            assert_eq!(next(&mut stream).await.status, 200, "{} {field}", dialect.name());
            let _ = stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await;
            assert_eq!(end_of(stream).await, "", "{} {field}", dialect.name());
            assert_eq!(running.script.asked().len(), 1, "{} {field}", dialect.name());
        }
    }
}

/// A proxy lets a request through by the status alone.
#[tokio::test]
async fn no_status_of_a_denial_is_one_that_a_proxy_takes_for_an_allow() {
    for dialect in dialects() {
        let Some(head) = head_of(&dialect) else { continue };
        let running = Running::of(dialect.clone(), allow()).await;
        let mut stream = TcpStream::connect(running.port()).await.unwrap();
        for status in 100..1000 {
            running.script.say(deny(status));
            stream.write_all(format!("{}\r\n\r\n", head.replace('\n', "\r\n")).as_bytes()).await.unwrap();
            let answered = next(&mut stream).await.status;
            let is_denial = match &dialect {
                Dialect::EnvoyHttp(_) => (400..500).contains(&answered),
                Dialect::Nginx(_) => answered == if status == 401 { 401 } else { 403 },
                _ => answered == if (400..600).contains(&status) { status } else { 503 },
            };
            assert!(is_denial, "{}: {status} became {answered}", dialect.name());
        }
    }
}

/// How the connection ends: with what it has sent.
async fn end_of(mut stream: TcpStream) -> String {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    String::from_utf8_lossy(&rest).into_owned()
}

#[tokio::test]
async fn a_head_has_little_time_and_a_silent_connection_has_much() {
    let mut settings = forward_auth();
    settings.limits.head = Duration::from_millis(100);
    let running = Running::with(settings.clone(), allow()).await;
    let whole = format!("{}\r\n\r\n", FORWARD.replace('\n', "\r\n"));
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    for _ in 0..2 {
        // Silence is no part of a head, neither before the first one nor between two.
        tokio::time::sleep(Duration::from_millis(250)).await;
        stream.write_all(whole.as_bytes()).await.unwrap();
        assert_eq!(next(&mut stream).await.status, 200);
    }
    let began = Instant::now();
    stream.write_all(&whole.as_bytes()[..20]).await.unwrap();
    assert_eq!(end_of(stream).await, "");
    assert!(began.elapsed() >= Duration::from_millis(100));

    settings.limits.idle = Duration::from_millis(100);
    let running = Running::with(settings, allow()).await;
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    stream.write_all(whole.as_bytes()).await.unwrap();
    assert_eq!(next(&mut stream).await.status, 200);
    assert_eq!(end_of(stream).await, "");
    assert_eq!(end_of(TcpStream::connect(running.port()).await.unwrap()).await, "");
}

/// Each answer that is not taken fills the buffers between the two a little more.
#[tokio::test]
async fn whoever_takes_no_answers_loses_the_connection_and_its_place() {
    let mut settings = forward_auth();
    (settings.limits.head, settings.limits.connections) = (Duration::from_millis(100), 1);
    let running = Running::with(settings, allow()).await;
    let many = format!("{}\r\n\r\n", FORWARD.replace('\n', "\r\n")).repeat(100);
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    let asking = async { while stream.write_all(many.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.unwrap();
    while ask(&running, FORWARD).await.status != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_of_http_2_may_be_silent_longer_than_a_head_may_take() {
    let mut settings = on_loopback(Dialect::EnvoyGrpc(EnvoyGrpc::default()));
    settings.limits.head = Duration::from_millis(100);
    let running = Running::with(settings, allow()).await;
    let client = Client::new(&running).await;
    for _ in 0..2 {
        assert_eq!(client.check(&listed("GET", "/a", &[])).await.line(), "allow");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_no_success() {
    let mut settings = forward_auth();
    settings.limits.head_bytes = 8 << 10;
    let running = Running::with(settings, allow()).await;
    let large = format!("{FORWARD}\nX-Note: {}", "a".repeat(9 << 10));
    assert_eq!(ask(&running, large).await.status, 431);
    let many: String = (0..101).map(|number| format!("\nX-Note-{number}: a")).collect();
    assert_eq!(ask(&running, format!("{FORWARD}{many}")).await.status, 431);
    assert_eq!(running.script.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn at_its_end_a_listener_closes_what_is_silent_and_answers_what_is_in_flight() {
    for dialect in dialects() {
        let mut running = Running::of(dialect.clone(), Word::Wait).await;
        let port = running.port();
        let silent = TcpStream::connect(port).await.unwrap();
        let asked = ask_in_flight(&running, &dialect);
        running.script.begun.acquire().await.unwrap().forget();
        running.stop();
        let began = Instant::now();
        end_of(silent).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{}: it waited for the end of the drain", dialect.name());
        assert!(TcpStream::connect(port).await.is_err(), "nobody listens any more");
        running.script.goes_on.add_permits(1);
        let line = asked.await.unwrap();
        assert!(!is_closed(&dialect, &line) && !line.is_empty(), "{}: {line}", dialect.name());
        assert_eq!(running.ended().await, Ended::Drained, "{}", dialect.name());
    }
}

fn ask_in_flight(running: &Running, dialect: &Dialect) -> tokio::task::JoinHandle<String> {
    let (running, dialect) = (running.clone(), dialect.clone());
    tokio::spawn(async move { ask_in(&running, &dialect).await })
}

#[tokio::test]
async fn what_takes_too_long_at_the_end_is_cut_off() {
    let mut settings = forward_auth();
    settings.limits.drain = Duration::from_millis(50);
    let running = Running::with(settings, Word::Stall).await;
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    stream.write_all(format!("{}\r\n\r\n", FORWARD.replace('\n', "\r\n")).as_bytes()).await.unwrap();
    running.script.begun.acquire().await.unwrap().forget();
    assert_eq!(running.ended().await, Ended::CutOff(1));
    assert_eq!(end_of(stream).await, "");
}
