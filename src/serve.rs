//! HTTP/1.1 on a socket, with a bound on everything that a client can hold.
//!
//! axum's own `serve` waits without end: for the first byte, for the rest of a head, for a body, and for a client that does not
//! read. Each such connection takes a file descriptor, and about a thousand of them stop the process.
//!
//! Here a connection is *waiting* (for a request's head) or *busy* (from the head to the last byte of the answer), and both states have
//! a time limit. The number of connections is limited too. If all places are taken, the connection that has waited longest is
//! closed. So a client that sends its request at once is served, however many silent clients there are.

mod places;

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HeaderValue};
use http::{Request, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use self::places::{CloseAll, Place, Places, State};
use crate::problem::Problem;

/// How often connections are checked for a time limit that is over. A limit is kept with this accuracy.
const TICK: Duration = Duration::from_millis(250);
/// The pause after an `accept` that failed because there are no descriptors. The error repeats until a connection is closed.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);
/// hyper reads heads into a buffer of at least this size.
const SMALLEST_HEAD: usize = 8 * 1024;

/// What a client may hold, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The connections that are open at once.
    pub connections: usize,
    /// The time to send a request's head, counted from the start of the connection or from the answer before. So it also limits
    /// how long a connection may be idle.
    pub head: Duration,
    /// The size of a request's head in bytes, at least 8 KiB.
    pub head_bytes: usize,
    /// The time from a request's head to its answer. A body that the handler reads must arrive within it.
    pub answer: Duration,
    /// The size of a request's body in bytes.
    pub body_bytes: usize,
    /// The time from a request's head until the client has read the whole answer.
    pub exchange: Duration,
    /// How long the server waits for running requests when it is told to end.
    pub drain: Duration,
}

impl Limits {
    /// The default limits. 512 connections, or half of the descriptors that this process may open if that is less. Ten seconds and
    /// 16 KiB for a head, 20 seconds for an answer, 60 for the whole exchange, 64 KiB for a body, and ten seconds for running requests
    /// at the end.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self {
            connections: descriptors().map_or(512, |descriptors| (descriptors / 2).clamp(1, 512)),
            head: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            answer: Duration::from_secs(20),
            body_bytes: 64 * 1024,
            exchange: Duration::from_secs(60),
            drain: Duration::from_secs(10),
        }
    }
}

/// How many descriptors this process may have open. `None` if there is no limit, or none that can be read.
fn descriptors() -> Option<usize> {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .and_then(|bound| usize::try_from(bound).ok());
    #[cfg(not(unix))]
    None
}

/// Whether every request ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every request had its answer.
    Drained,
    /// So many connections were cut off when the time for running requests was over.
    CutOff(usize),
}

/// Serves the router until `stop` is ready. Then it closes the waiting connections, and lets running requests end.
///
/// Errors of single connections do not end it, nor does a lack of descriptors.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) -> Ended {
    let (places, drain) = (Places::default(), watch::Sender::new(()));
    let _all = CloseAll(places.clone());
    let server = Server { router, limits, http: http(limits), places: places.clone() };
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // While all connections are busy, the new one waits here, and the next ones wait in the kernel.
                    while let Some(pause) = places.make_room(limits.connections) {
                        // The pause ends sooner if a connection ends by itself.
                        let _ = tokio::time::timeout(pause, places.freed.notified()).await;
                    }
                    server.open(stream, drain.subscribe());
                }
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(target: "charthero", %error, "no connection could be accepted");
                    places.close_longest_waiting();
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    };
    let watch = async {
        let mut tick = tokio::time::interval(TICK);
        loop {
            tick.tick().await;
            places.close_overdue(limits);
        }
    };
    tokio::select! {
        () = accept => {}
        () = watch => {}
        () = stop => {}
    }
    drop(listener);
    places.close_waiting();
    drain.send_replace(());
    let drained = async {
        while places.count() > 0 {
            places.freed.notified().await
        }
    };
    match tokio::time::timeout(limits.drain, drained).await {
        Ok(()) => Ended::Drained,
        Err(_) => Ended::CutOff(places.count()),
    }
}

/// hyper has a time limit for heads of its own, which is switched off. It also counts while the answer before is still being sent,
/// and would cut off clients that read slowly. So the time is measured here.
fn http(limits: Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.max_buf_size(limits.head_bytes.max(SMALLEST_HEAD));
    http
}

/// Whether an error of `accept` only says that the client is gone. Then nothing is wrong on this side.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

struct Server {
    router: Router,
    limits: Limits,
    http: http1::Builder,
    places: Places,
}

impl Server {
    fn open(&self, stream: TcpStream, mut draining: watch::Receiver<()>) {
        let (place, closed) = self.places.take();
        let (router, limits, busy) = (self.router.clone(), self.limits, place.clone());
        let service = service_fn(move |request| answer(router.clone(), request, limits, busy.clone()));
        let io = Io { stream: TokioIo::new(stream), place: place.clone() };
        let connection = self.http.serve_connection(io, service);
        tokio::spawn(async move {
            let _place = place;
            let mut connection = pin!(connection);
            let mut closed = pin!(closed);
            loop {
                tokio::select! {
                    // An error here comes from the client, and is not worth a line in the log.
                    _ = connection.as_mut() => return,
                    // The sender was dropped, which says that the connection is to be closed in any state.
                    _ = closed.as_mut() => return,
                    changed = draining.changed() => match changed {
                        Ok(()) => connection.as_mut().graceful_shutdown(),
                        Err(_) => return,
                    },
                }
            }
        });
    }
}

/// The answer of the router, in time.
async fn answer(
    router: Router,
    request: Request<Incoming>,
    limits: Limits,
    place: Place,
) -> Result<Response, Infallible> {
    place.set(|_| Some(State::Busy));
    let has_body = !request.body().is_end_stream();
    let request = request.map(|body| Body::new(Limited::new(body, limits.body_bytes)));
    let response = match tokio::time::timeout(limits.answer, router.oneshot(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => late(has_body),
    };
    Ok(response.map(|body| Body::new(Watched { body, place })))
}

/// The answer to a request whose body or handler took too long. The connection is closed afterwards.
fn late(has_body: bool) -> Response {
    let mut response =
        if has_body { StatusCode::REQUEST_TIMEOUT.into_response() } else { Problem::UNAVAILABLE.into_response() };
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// An answer's body. It notes when hyper has read all of it, or drops it: from then on, the answer is being sent.
struct Watched {
    body: Body,
    place: Place,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.place.set(|_| Some(State::Sending));
    }
}

/// The socket. It notes when everything is sent: from then on, the connection waits again.
struct Io {
    stream: TokioIo<TcpStream>,
    place: Place,
}

impl Read for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Io {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    /// hyper flushes the socket once its own buffers are empty.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.place.set(|state| (state == State::Sending).then_some(State::Waiting));
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }
}
