//! The service on a socket, with a bound on what a client can hold.
//!
//! By default salvo's server bounds only the time for a request's head. A thousand connections that are idle, or whose clients do not
//! read the answers, take every descriptor of the process.

use std::time::Duration;

use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use salvo::{Router, Server};
use tokio::net::TcpListener;

/// How many connections may be open at once: fewer than the descriptors of the process (`ulimit -n`). Further ones wait.
const CONNECTIONS: usize = 512;
/// The time to send a request's head.
const HEAD: Duration = Duration::from_secs(5);
/// The longest time without progress: between requests, between parts of a body, and while a client does not read its answer. Raise it if
/// answers stream. salvo itself bounds a body's size, to 64 KB.
const STALLED: Duration = Duration::from_secs(10);
/// The time for running requests to end, once the service is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `stop` is ready, and then lets running requests end.
///
/// # Errors
/// The listener has no address.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let limits = FuseConfig::strict()
        .with_http1_header_timeout(HEAD)
        .with_connection_idle_timeout(STALLED)
        .with_request_body_timeout(STALLED)
        .with_write_stall_timeout(STALLED);
    let server = Server::new(TcpAcceptor::try_from(listener)?).fuse_config(limits).max_connections(CONNECTIONS);
    let handle = server.handle();
    tokio::spawn(async move {
        stop.await;
        handle.stop_graceful(DRAIN);
    });
    server.try_serve(app).await
}
