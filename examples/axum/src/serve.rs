//! The service on a socket, with a bound on what a client can hold.
//!
//! `axum::serve` has no bound. A client that sends nothing, or half a request, holds its connection and a descriptor for ever, and a
//! thousand such connections stop the process. So this file serves the router with hyper directly, as axum does inside.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How many connections may be open at once: fewer than the descriptors of the process (`ulimit -n`). Further ones wait.
const CONNECTIONS: usize = 512;
/// The time to send a request's head, and so the time that a connection may be idle.
const HEAD: Duration = Duration::from_secs(5);
/// The size of a request's head in bytes. axum itself bounds the body, to 2 MB (`DefaultBodyLimit`).
const HEAD_BYTES: usize = 16 * 1024;
/// The greatest age of a connection. It bounds slow bodies, slow handlers and slow readers. Raise it if answers stream.
const CONNECTION: Duration = Duration::from_secs(60);
/// The time for running requests to end, once the service is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// The pause after a failed `accept`. It fails until descriptors are free again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready, and then lets running requests end.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let (places, running) = (Arc::new(Semaphore::new(CONNECTIONS)), GracefulShutdown::new());
    let mut stop = pin!(stop);
    loop {
        let accept = async { (Arc::clone(&places).acquire_owned().await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            sleep(ACCEPT_AGAIN).await;
            continue;
        };
        let service = TowerToHyperService::new(app.clone());
        let connection = running.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _place = place;
            // An error concerns only this connection, and its client sees that it is closed.
            let _ = timeout(CONNECTION, connection).await;
        });
    }
    drop(listener);
    // Requests that run longer are cut off.
    let _ = timeout(DRAIN, running.shutdown()).await;
}
