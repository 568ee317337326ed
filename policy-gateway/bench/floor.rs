//! What the gateway is compared with: a service, and an authorizer that allows everything.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};

use crate::process::{self, Process};

/// A service that answers `well` to everything.
pub(crate) fn service(address: SocketAddr) {
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let mut answers = stream.try_clone().unwrap();
                let mut lines = BufReader::new(stream);
                let mut line = Vec::new();
                loop {
                    line.clear();
                    if !lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                        return;
                    }
                    if line == b"\r\n"
                        && answers.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell").is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
}

/// The files of prepared answers.
pub(crate) const ALLOWED: &str = "allowed";
pub(crate) const DENIED: &str = "denied";

/// An authorizer that allows everything, as a process, which the gateway is too. With a folder it gives the answers that are prepared there.
pub(crate) fn start(address: SocketAddr, prepared: Option<&Path>, under: &str) -> Process {
    let mut authorizer = process::under(under, &std::env::current_exe().unwrap());
    authorizer.args(["floor", &address.to_string()]).args(prepared);
    Process::start(authorizer, address)
}

/// An authorizer of Envoy by gRPC that decides nothing, on one thread. It allows everything, and reads nothing of what it is asked. With
/// prepared answers it denies what has the word `DELETE`.
pub(crate) fn authorizer(address: SocketAddr, prepared: Option<&Path>) {
    // `CheckResponse { status: Status { code: 0 } }`, with its length before it.
    let nothing = Bytes::from_static(&[0, 0, 0, 0, 2, 0x0a, 0]);
    let answer = |name| prepared.map_or(nothing.clone(), |folder| std::fs::read(folder.join(name)).unwrap().into());
    let answers = [answer(ALLOWED), answer(DENIED)];
    let reads = prepared.is_some();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let answers = answers.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.ok()?;
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let [allowed, denied] = answers.clone();
                    tokio::spawn(async move {
                        let mut body = request.into_body();
                        let mut is_denied = false;
                        while let Some(Ok(part)) = body.data().await {
                            body.flow_control().release_capacity(part.len()).ok()?;
                            is_denied |= reads && part.windows(6).any(|word| word == b"DELETE");
                        }
                        let head = Response::builder().header("content-type", "application/grpc").body(()).ok()?;
                        let mut stream = respond.send_response(head, false).ok()?;
                        stream.send_data(if is_denied { denied } else { allowed }, false).ok()?;
                        let mut trailers = HeaderMap::new();
                        trailers.insert("grpc-status", HeaderValue::from_static("0"));
                        stream.send_trailers(trailers).ok()
                    });
                }
                Some(())
            });
        }
    });
}
