//! One connection: its sub-requests and their answers.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::activity::Activity;
use super::bind::Stream;
use super::decides::Decides;
use super::guarded_io::GuardedIo;
use super::{Limits, ListenerSettings};
use crate::dialects::{Answer, Asked, Refusal, Versions, tell};

/// The time for the first head of a connection that was accepted just before the listener ended.
const FIRST_HEAD: Duration = Duration::from_millis(250);

/// The streams that a proxy may reset before this side has taken them from what was received. Each takes some hundred bytes until then.
const MOST_RESETS: usize = 1 << 16;

/// What all connections of a listener share.
pub(super) struct Shared<D> {
    pub(super) settings: ListenerSettings,
    pub(super) decides: Arc<D>,
    /// The places for decisions.
    deciding: Semaphore,
    http: auto::Builder<TokioExecutor>,
}

/// Whether a connection has a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It is served.
    Taken,
    /// All places are taken. It gets one denial.
    None,
}

impl<D: Decides> Shared<D> {
    pub(super) fn new(settings: ListenerSettings, decides: Arc<D>) -> Self {
        let deciding = Semaphore::new(settings.limits.concurrency.min(Semaphore::MAX_PERMITS));
        let http = http(&settings.limits, settings.dialect.versions());
        Self { settings, decides, deciding, http }
    }
}

fn http(limits: &Limits, versions: Versions) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    // `GuardedIo` has the limits for heads of HTTP/1.
    http.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(limits.head_bytes);
    // More streams than decisions: one that HTTP/2 refuses would look like a failure, and here it is denied.
    let streams = u32::try_from(limits.concurrency.saturating_mul(2).max(1024)).unwrap_or(u32::MAX);
    // A client that ends many requests at once makes its proxy reset as many streams, and a flood of large bodies makes streams end on this
    // side. hyper would close the connection behind a few of them, and with it the sub-requests of all other clients.
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(streams)
        .max_pending_accept_reset_streams(MOST_RESETS)
        .max_local_error_reset_streams(None)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(limits.head)
        .keep_alive_timeout(limits.head);
    match versions {
        Versions::One => http.http1_only(),
        Versions::Two => {
            // An answer of gRPC is no document that anybody keeps.
            http.http2().auto_date_header(false);
            http.http2_only()
        }
        Versions::Both => http,
    }
}

/// Serves a connection until its end, or until the listener's, on the thread that calls this.
pub(super) async fn serve<D: Decides>(
    shared: Arc<Shared<D>>,
    stream: Stream,
    room: Room,
    draining: watch::Receiver<()>,
) {
    match stream {
        Stream::Tcp(stream) => serve_stream(&shared, TcpStream::from_std(stream), room, draining).await,
        Stream::Unix(stream) => serve_stream(&shared, UnixStream::from_std(stream), room, draining).await,
    }
}

async fn serve_stream<D: Decides, S>(
    shared: &Arc<Shared<D>>,
    stream: io::Result<S>,
    room: Room,
    draining: watch::Receiver<()>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let ListenerSettings { name: listener, dialect, tls, limits, .. } = &shared.settings;
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!(target: "policy_gateway", listener, %error, "a connection cannot be waited for, and is closed");
            return;
        }
    };
    let Some(tls) = tls else { return serve_http(shared, stream, room, draining).await };
    let acceptor = TlsAcceptor::from(tls.current(dialect.versions()));
    match timeout(limits.head, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => serve_http(shared, stream, room, draining).await,
        failed => {
            let late = failed.is_err();
            tracing::debug!(target: "policy_gateway", listener, late, "a TLS handshake failed");
        }
    }
}

async fn serve_http<D: Decides, S>(shared: &Arc<Shared<D>>, stream: S, room: Room, mut draining: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (settings, activity) = (&shared.settings, Activity::default());
    let io = GuardedIo::new(stream, activity.clone(), &settings.limits, settings.dialect.reads_request_line());
    // Whoever runs it moves it about ten times, and it has ten thousand bytes.
    let service = service_fn(|request| Box::pin(answer(Arc::clone(shared), request, activity.clone(), room)));
    let connection = shared.http.serve_connection(TokioIo::new(io), service);
    let mut connection = std::pin::pin!(connection);
    // Nobody may keep a connection that has no place.
    let mut ends = std::pin::pin!(tokio::time::sleep(match room {
        Room::None => settings.limits.decision,
        Room::Taken => Limits::LONGEST,
    }));
    let (mut may_end, mut drained) = (room == Room::None, false);
    loop {
        tokio::select! {
            // An error here is the asker's, or a limit that was told above.
            _ = connection.as_mut() => return,
            () = ends.as_mut(), if may_end => {
                if room == Room::None || !activity.is_running() {
                    return;
                }
                may_end = false;
            }
            _ = draining.changed(), if !drained => {
                drained = true;
                connection.as_mut().graceful_shutdown();
                // hyper waits for HTTP/2's preface, however long it takes.
                if activity.begun() == 0 {
                    may_end = true;
                    ends.as_mut().reset(Instant::now() + FIRST_HEAD);
                }
            }
        }
    }
}

async fn answer<D: Decides>(
    shared: Arc<Shared<D>>,
    request: Request<Incoming>,
    activity: Activity,
    room: Room,
) -> Result<Response<Answer>, Infallible> {
    let _running = activity.begin();
    let ListenerSettings { name, dialect, limits, .. } = &shared.settings;
    let version = request.version();
    let refuse = |refusal| {
        tell(&*shared.decides, name, refusal);
        dialect.refuse(&request, refusal)
    };
    if activity.had_fragment() {
        let refusal = Refusal::Malformed("the sub-request's target has a `#`, and what follows it is lost");
        return Ok(and_close(refuse(refusal), version));
    }
    if room == Room::None {
        return Ok(and_close(refuse(Refusal::Overloaded), version));
    }
    let Ok(_place) = shared.deciding.try_acquire() else { return Ok(refuse(Refusal::Overloaded)) };
    let now = Instant::now();
    let asked = Asked {
        decides: &*shared.decides,
        listener: name,
        limits,
        deadline: now.checked_add(limits.decision).unwrap_or(now),
    };
    Ok(dialect.answer(&asked, request).await)
}

/// HTTP/2 has no such field, and a connection of it ends otherwise.
fn and_close(mut response: Response<Answer>, version: Version) -> Response<Answer> {
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
