//! What the gateway tells of itself, on an address of its own: `/metrics`, `/healthz` and `/ready`.

mod metrics;
mod state;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

pub use self::metrics::{InFlight, Metrics};
pub use self::state::State;

/// More than monitors and orchestrators open at a time.
const MOST_CONNECTIONS: usize = 256;
/// How long a connection may take to say what it wants.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection may take altogether. It has one question.
const ENDED_WITHIN: Duration = Duration::from_secs(15);
/// The media type of Prometheus' text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The admin listener, bound.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
}

impl Admin {
    /// Binds the address.
    ///
    /// # Errors
    /// It is taken, or not of this machine.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await? })
    }

    /// The address, with the port that the system chose.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers, for as long as it is polled. Where too many connections are open, the one that has waited longest without a question is
    /// closed: connections that say nothing must not keep a probe from its answer.
    pub async fn serve(self, state: Arc<State>) {
        let mut tasks = JoinSet::new();
        let mut open: VecDeque<Open> = VecDeque::new();
        loop {
            let connection = match self.listener.accept().await {
                Ok((connection, _)) => connection,
                // Descriptors may be used up; a busy loop would make that worse.
                Err(error) => {
                    tracing::warn!(target: "policy_gateway", %error, "the admin listener could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            while tasks.try_join_next().is_some() {}
            open.retain(|one| !one.task.is_finished());
            if open.len() >= MOST_CONNECTIONS {
                let waiting = open.iter().position(|one| !one.has_asked.load(Ordering::Relaxed));
                if let Some(closed) = open.remove(waiting.unwrap_or(0)) {
                    closed.task.abort();
                }
            }
            let has_asked = Arc::new(AtomicBool::new(false));
            let task = tasks.spawn(serve_one(connection, Arc::clone(&state), Arc::clone(&has_asked)));
            open.push_back(Open { task, has_asked });
        }
    }
}

/// An open connection.
struct Open {
    task: AbortHandle,
    has_asked: Arc<AtomicBool>,
}

/// Answers the one question of a connection.
async fn serve_one(connection: TcpStream, state: Arc<State>, has_asked: Arc<AtomicBool>) {
    let answer = service_fn(move |request| {
        has_asked.store(true, Ordering::Relaxed);
        let response = answer(&request, &state);
        async move { Ok::<_, Infallible>(response) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).keep_alive(false);
    // Whoever asked has gone, which concerns nobody else.
    let _ = tokio::time::timeout(ENDED_WITHIN, server.serve_connection(TokioIo::new(connection), answer)).await;
}

fn answer(request: &Request<Incoming>, state: &State) -> Response<Full<Bytes>> {
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, PROMETHEUS, state.metrics().to_string()),
        (&Method::GET | &Method::HEAD, "/healthz") => (StatusCode::OK, "text/plain; charset=utf-8", "ok\n".to_owned()),
        (&Method::GET | &Method::HEAD, "/ready") => {
            let (is_ready, body) = state.ready();
            let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, "application/json", body)
        }
        (_, "/metrics" | "/healthz" | "/ready") => {
            (StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET\n".to_owned())
        }
        _ => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "/metrics, /healthz or /ready\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
