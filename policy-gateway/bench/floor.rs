//! What the gateway is compared with: a service, and an authorizer that allows everything.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};

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

/// An authorizer of Envoy by gRPC that allows everything, on one thread. It reads nothing of what it is asked.
pub(crate) fn authorizer(address: SocketAddr) {
    let listener = TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.ok()?;
                    while let Some(Ok((request, mut respond))) = connection.accept().await {
                        tokio::spawn(async move {
                            let mut body = request.into_body();
                            while let Some(Ok(part)) = body.data().await {
                                body.flow_control().release_capacity(part.len()).ok()?;
                            }
                            let head = Response::builder().header("content-type", "application/grpc").body(()).ok()?;
                            let mut stream = respond.send_response(head, false).ok()?;
                            // `CheckResponse { status: Status { code: 0 } }`, with its length before it.
                            stream.send_data(Bytes::from_static(&[0, 0, 0, 0, 2, 0x0a, 0]), false).ok()?;
                            let mut trailers = HeaderMap::new();
                            trailers.insert("grpc-status", HeaderValue::from_static("0"));
                            stream.send_trailers(trailers).ok()
                        });
                    }
                    Some(())
                });
            }
        });
    });
}
