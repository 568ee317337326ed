//! The service on a socket, with a bound on what a client can hold.
//!
//! actix-web has most of the bounds by default. They are written out here, because its default number of connections is larger than the
//! number of descriptors that a process usually has.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorRequestTimeout;
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::time::timeout;
use actix_web::web::Data;
use actix_web::{Error, HttpServer};
use policy_actix_web::Routes;

use crate::Db;

const WORKERS: usize = 2;
/// How many connections of each worker may be open at once: those of all workers are fewer than the descriptors of the process
/// (`ulimit -n`). Further ones wait.
const CONNECTIONS: usize = 256;
/// The time to send a request's head, and the time that a connection may be idle.
const HEAD: Duration = Duration::from_secs(5);
/// The time from a request's head to its answer, and so also for its body. actix-web itself bounds the body's size, to 256 KB for
/// `Bytes` and 2 MB for `Json`.
const ANSWER: Duration = Duration::from_secs(20);
/// The time for a client to notice that its connection is closed.
const CLOSE: Duration = Duration::from_secs(1);
/// The seconds for running requests to end, once the service is asked to stop (SIGTERM, Ctrl-C).
const DRAIN: u64 = 10;

/// The server. It runs when it is awaited.
///
/// # Errors
/// The socket cannot be listened on.
pub fn serve(listener: TcpListener, routes: Routes, db: Db) -> std::io::Result<Server> {
    let db = Data::new(db);
    let app = move || routes.app().app_data(db.clone()).wrap(from_fn(in_time));
    let server = HttpServer::new(app)
        .workers(WORKERS)
        .max_connections(CONNECTIONS)
        .client_request_timeout(HEAD)
        .keep_alive(HEAD)
        .client_disconnect_timeout(CLOSE)
        .shutdown_timeout(DRAIN)
        .listen(listener)?;
    Ok(server.run())
}

/// Bounds the time of a request, since actix-web waits for a body as long as a handler reads it.
async fn in_time(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    timeout(ANSWER, next.call(request)).await.unwrap_or_else(|_| Err(ErrorRequestTimeout("the request took too long")))
}
