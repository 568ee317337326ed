//! What a client can hold, and for how long: silent, slow and many connections, by raw sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "a test")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use charthero_api::serve::{Ended, Limits, serve};
use support::{Folder, Server};
use tokio::sync::oneshot;

/// Limits that a test can wait for.
const LIMITS: Limits = Limits {
    connections: 8,
    head: Duration::from_millis(1500),
    head_bytes: 8 * 1024,
    answer: Duration::from_millis(1500),
    body_bytes: 1024,
    exchange: Duration::from_secs(3),
    drain: Duration::from_millis(1500),
};

/// Nothing takes longer than a limit, the second in which it is looked for, and a slow machine.
const LONG: Duration = Duration::from_secs(30);

/// A server of its own, on threads of its own.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<std::thread::JoinHandle<Ended>>,
}

impl Running {
    fn start(limits: Limits) -> Self {
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/read", post(async |body: Bytes| body.len().to_string()))
            .route("/slow", get(async || tokio::time::sleep(Duration::from_millis(400)).await))
            .route("/stuck", get(async || std::future::pending::<()>().await))
            .route("/large", get(async || vec![b'x'; 32 << 20]));
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = std::sync::mpsc::channel();
        let ended = std::thread::spawn(move || {
            tokio::runtime::Runtime::new().unwrap().block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                serve(listener, router, limits, async { drop(stopped.await) }).await
            })
        });
        Self { address: address.recv().unwrap(), stop: Some(stop), ended: Some(ended) }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    fn stop(mut self) -> Ended {
        drop(self.stop.take());
        self.ended.take().unwrap().join().unwrap()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn send(mut stream: &TcpStream, text: &str) {
    // A server that has closed already is what some of these tests wait for.
    let _ = stream.write_all(text.as_bytes());
}

/// What arrives until the server closes.
#[track_caller]
fn rest(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("still open after {LONG:?}")
        }
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// One request on a connection of its own.
fn ask(address: SocketAddr, path: &str) -> String {
    let stream = connect(address);
    send(&stream, &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    rest(&stream)
}

#[test]
fn a_connection_that_sends_no_whole_head_in_time_is_closed() {
    let server = Running::start(LIMITS);
    for start in ["", "G", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
        let (stream, began) = (server.connect(), Instant::now());
        send(&stream, start);
        assert!(!rest(&stream).contains(" 200 "), "{start:?}");
        assert!(began.elapsed() >= LIMITS.head / 2, "{start:?}: closed too early");
    }
    assert!(ask(server.address, "/").ends_with("here"));
}

#[test]
fn a_head_that_arrives_drop_by_drop_has_no_more_time() {
    let server = Running::start(LIMITS);
    let mut stream = server.connect();
    let began = Instant::now();
    send(&stream, "GET / HTTP/1.1\r\n");
    while began.elapsed() < LONG && stream.write_all(b"X: y\r\n").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(began.elapsed() < LONG, "a drop in time keeps it open");
}

#[test]
fn an_idle_connection_is_closed_and_one_in_use_is_not() {
    let server = Running::start(LIMITS);
    let mut stream = server.connect();
    for _ in 0..4 {
        send(&stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).unwrap();
        assert!(answer.get(..length).unwrap().ends_with(b"here"));
        std::thread::sleep(LIMITS.head / 3);
    }
    assert_eq!(rest(&stream), "");
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Running::start(LIMITS);
    let stream = server.connect();
    send(&stream, &format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(64 * 1024)));
    let answer = rest(&stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[test]
fn a_body_that_is_slow_or_too_large_is_refused() {
    let server = Running::start(LIMITS);
    let head = |length: usize| {
        format!("POST /read HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
    };
    let stream = server.connect();
    send(&stream, &format!("{}abc", head(3)));
    assert!(rest(&stream).ends_with("\r\n\r\n3"));

    let stream = server.connect();
    send(&stream, &format!("{}abc", head(1000)));
    assert!(rest(&stream).starts_with("HTTP/1.1 408 "));

    let stream = server.connect();
    send(&stream, &format!("{}{}", head(4096), "x".repeat(4096)));
    assert!(rest(&stream).starts_with("HTTP/1.1 413 "));
}

#[test]
fn a_handler_that_does_not_answer_in_time_is_503() {
    let server = Running::start(LIMITS);
    assert!(ask(server.address, "/slow").starts_with("HTTP/1.1 200 "));
    assert!(ask(server.address, "/stuck").starts_with("HTTP/1.1 503 "));
}

#[test]
fn a_client_that_does_not_read_its_answer_is_closed() {
    let server = Running::start(LIMITS);
    let (stream, began) = (server.connect(), Instant::now());
    send(&stream, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    std::thread::sleep(LIMITS.exchange * 2);
    let got = rest(&stream);
    assert!(got.len() < 32 << 20, "the whole answer was waiting");
    assert!(began.elapsed() < LONG);
}

#[test]
fn a_client_that_reads_slowly_has_the_time_of_an_exchange() {
    let server = Running::start(Limits { exchange: LONG, ..LIMITS });
    let mut stream = server.connect();
    send(&stream, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // Longer than a head may take, while the answer waits in the server.
    std::thread::sleep(LIMITS.head * 2);
    let mut length = 0;
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        length += read;
    }
    assert!(length > 32 << 20, "{length} bytes of it arrived");
}

#[test]
fn silent_connections_make_room_and_busy_ones_do_not() {
    let server = Running::start(Limits { head: LONG, ..LIMITS });
    let silent: Vec<TcpStream> = (0..4 * LIMITS.connections).map(|_| server.connect()).collect();
    let began = Instant::now();
    assert!(ask(server.address, "/").ends_with("here"));
    assert!(began.elapsed() < LONG, "a request waited for silent connections");
    // The oldest were closed.
    assert_eq!(rest(silent.first().unwrap()), "");

    // As many requests at once as there are places, and as many again: all are answered.
    let address = server.address;
    let busy: Vec<_> = (0..2 * LIMITS.connections).map(|_| std::thread::spawn(move || ask(address, "/slow"))).collect();
    for request in busy {
        assert!(request.join().unwrap().starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn the_end_waits_for_running_requests_and_for_nothing_else() {
    let server = Running::start(Limits { head: LONG, ..LIMITS });
    let silent = server.connect();
    let half = server.connect();
    send(&half, "GET / HT");
    let running = server.connect();
    send(&running, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.stop(), Ended::Drained);
    assert!(rest(&running).starts_with("HTTP/1.1 200 "));
    assert_eq!((rest(&silent).as_str(), rest(&half).as_str()), ("", ""));

    let server = Running::start(Limits { answer: LONG, exchange: LONG, ..LIMITS });
    let stuck = server.connect();
    send(&stuck, "GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    assert_eq!(server.stop(), Ended::CutOff(1));
    assert!(began.elapsed() >= LIMITS.drain && began.elapsed() < LONG);
}

/// The program as it ships, with as many descriptors as a shell usually gives, and with few.
#[cfg(unix)]
#[test]
fn more_silent_connections_than_descriptors_do_not_stop_the_service() {
    for (descriptors, connections) in [(1024, 1100), (128, 300)] {
        let folder = Folder::new();
        let server = Server::with_descriptors(&folder, descriptors);
        let address: SocketAddr = server.address().parse().unwrap();
        let mut open = Vec::new();
        for number in 0..connections {
            let stream = connect(address);
            // Half of them say nothing at all.
            if number % 2 == 0 {
                send(&stream, "GET /healthz HTTP/1.1\r\nHost: a\r\n");
            }
            open.push(stream);
        }
        for _ in 0..3 {
            let began = Instant::now();
            assert_eq!(server.get("/healthz", None).status, 200, "{descriptors} descriptors");
            assert_eq!(server.get("/external/v1/encounters", None).status, 401, "{descriptors} descriptors");
            assert!(began.elapsed() < LONG, "{descriptors} descriptors: {:?}", began.elapsed());
        }
        drop(open);
        let (clean, _, log) = server.stop();
        assert!(clean, "{log}");
        assert!(log.len() < 100_000, "the log grew to {} bytes", log.len());
    }
}
