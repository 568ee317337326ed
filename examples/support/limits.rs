//! What the tests of every example ask of its server, by raw sockets: whoever sends nothing, or half a request, holds nothing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any limit of the examples, on a slow machine.
const LONG: Duration = Duration::from_secs(60);

fn connect(address: SocketAddr, start: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(start.as_bytes()).unwrap();
    stream
}

/// What arrives until the server closes.
fn rest(mut stream: TcpStream, what: &str) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("{what}: still open after {LONG:?}")
        }
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// Silent connections, half of a head, idle ones and half of a body do not keep anybody from an answer, and end.
pub(crate) fn hold(address: SocketAddr) {
    const STARTS: [(&str, &str); 4] = [
        ("silent", ""),
        ("half of a head", "GET /healthz HTTP/1.1\r\nHost: clinic\r\n"),
        ("idle", "GET /healthz HTTP/1.1\r\nHost: clinic\r\n\r\n"),
        ("half of a body", "POST /v1/encounters HTTP/1.1\r\nHost: clinic\r\nContent-Length: 1000\r\n\r\nabc"),
    ];
    let open: Vec<_> = STARTS.iter().cycle().take(60).map(|(what, start)| (what, connect(address, start))).collect();
    let request = "GET /healthz HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n\r\n";
    let answer = rest(connect(address, request), "a whole request");
    assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    for (what, stream) in open {
        rest(stream, what);
    }
}
