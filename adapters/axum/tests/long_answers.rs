//! What outlives its credential ends with it, on the wire: an axum server on loopback, a client on a raw socket, and a clock
//! that the test drives.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::Event;
use conformance::enablement_first as policy;
use futures_util::StreamExt as _;
use futures_util::stream::{Stream, poll_fn};
use policy::Api;
use policy::operations::{CreateItem, GetEndless, GetStream};
use policy_axum::Permit;
use policy_core::{AuthenticationFailure, Holder, Principal};
use policy_http::{Authenticator, Credential, EnableAll, Expiry, ManualClock, Options, UntilExpiry};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const NOW: u64 = 1_000_000;

/// Everybody's credential ends ten seconds after the test begins.
#[derive(Clone)]
struct TenSeconds;

impl Authenticator<Api> for TenSeconds {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let granted = policy_core::ScopeSet::parse("items:read").map_err(|_| AuthenticationFailure::Invalid)?;
        Ok(Principal::new("ali").with_grant(credential.scheme(), granted.set()).with_expiry(NOW + 10))
    }
}

#[derive(Clone)]
struct Live {
    clock: Arc<ManualClock>,
    source: Arc<Mutex<Option<UnboundedReceiver<&'static str>>>>,
}

impl Live {
    /// When the credential behind the permit ends, by the test's clock.
    fn expiry(&self, permit: &impl Holder) -> Expiry {
        Expiry::by(&self.clock, permit.principal())
    }

    /// What the test sends, without an end of its own.
    fn source(&self) -> impl Stream<Item = &'static str> + use<> {
        let mut source = self.source.lock().unwrap().take().unwrap();
        poll_fn(move |context| source.poll_recv(context))
    }
}

mod handlers {
    use super::*;

    conformance::plain_handlers!(fn(name) -> &'static str { name });

    pub(crate) async fn create_item(_: Permit<CreateItem>) -> &'static str {
        "CreateItem"
    }

    /// Server-sent events: each stands for itself, so the answer ends as a complete one.
    pub(crate) async fn get_stream(
        permit: Permit<GetStream>,
        State(live): State<Live>,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        let events = live.source().map(|text| Ok(Event::default().data(text)));
        Sse::new(UntilExpiry::new(live.expiry(&permit), events))
    }

    /// A download: a part of it is not the whole, so the answer breaks off.
    pub(crate) async fn get_endless(permit: Permit<GetEndless>, State(live): State<Live>) -> Body {
        let parts = Body::from_stream(live.source().map(Ok::<_, Infallible>));
        Body::new(UntilExpiry::new(live.expiry(&permit), parts))
    }
}

/// The test's hands on the server: the time, and what its streams send.
struct Hands {
    clock: Arc<ManualClock>,
    send: UnboundedSender<&'static str>,
}

impl Hands {
    /// Lets time pass for the guard and for tokio's timer alike.
    async fn pass(&self, seconds: u64) {
        let time = Duration::from_secs(seconds);
        self.clock.advance(time);
        tokio::time::advance(time).await;
    }
}

async fn serve() -> (SocketAddr, Hands) {
    let clock = Arc::new(ManualClock::at(NOW));
    let (send, source) = unbounded_channel();
    let live = Live { clock: Arc::clone(&clock), source: Arc::new(Mutex::new(Some(source))) };
    let router = policy_axum::guard(&policy::POLICY, TenSeconds, EnableAll)
        .options(Options::new().clock(Arc::clone(&clock)))
        .handlers(conformance::all_handlers!(policy, handlers))
        .try_with_state(live)
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, Hands { clock, send })
}

/// Runs what blocks on a thread for it. Meanwhile tokio's paused clock stands still: it goes on only where the test says so.
async fn blocking<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// A connection.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn open(address: SocketAddr) -> Self {
        blocking(move || {
            let stream = TcpStream::connect(address).unwrap();
            // A limit for a test that would hang; nothing is measured by it.
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            Self(BufReader::new(stream))
        })
        .await
    }

    /// Sends a request, and answers the head of its answer.
    async fn get(mut self, target: &'static str) -> (Self, String) {
        blocking(move || {
            let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n");
            self.0.get_mut().write_all(request.as_bytes()).unwrap();
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(self.0.read_line(&mut head).unwrap(), 0, "the head of an answer ends");
            }
            (self, head.to_ascii_lowercase())
        })
        .await
    }

    /// The next chunk of the answer: empty where it is complete, nothing where it breaks off.
    async fn chunk(mut self) -> (Self, Option<String>) {
        blocking(move || {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return (self, None);
            }
            let length = usize::from_str_radix(line.trim_end(), 16).unwrap();
            let mut chunk = vec![0; length + 2];
            self.0.read_exact(&mut chunk).unwrap();
            chunk.truncate(length);
            (self, Some(String::from_utf8(chunk).unwrap()))
        })
        .await
    }
}

#[tokio::test(start_paused = true)]
async fn server_sent_events_end_with_the_credential_and_the_next_request_is_refused() {
    let (address, hands) = serve().await;
    let (client, head) = Client::open(address).await.get("/v1/stream").await;
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-type: text/event-stream"), "{head}");

    hands.send.send("one").unwrap();
    let (client, chunk) = client.chunk().await;
    assert_eq!(chunk.as_deref(), Some("data: one\n\n"));

    // A second before the end, what happens is still told.
    hands.pass(9).await;
    hands.send.send("two").unwrap();
    let (client, chunk) = client.chunk().await;
    assert_eq!(chunk.as_deref(), Some("data: two\n\n"));

    hands.pass(1).await;
    let (client, chunk) = client.chunk().await;
    assert_eq!(chunk.as_deref(), Some(""), "the answer is complete");
    assert!(hands.send.send("three").is_err(), "nobody listens any more");

    // The connection goes on, and the credential does not.
    let (_, head) = client.get("/v1/items").await;
    assert!(head.starts_with("http/1.1 401 ") && head.contains("error=\"invalid_token\""), "{head}");
}

#[tokio::test(start_paused = true)]
async fn a_download_breaks_off_at_the_expiry_so_that_nobody_takes_a_part_for_the_whole() {
    let (address, hands) = serve().await;
    let (client, head) = Client::open(address).await.get("/v1/endless").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    hands.send.send("a part").unwrap();
    let (client, chunk) = client.chunk().await;
    assert_eq!(chunk.as_deref(), Some("a part"));

    hands.pass(10).await;
    assert_eq!(client.chunk().await.1, None);
    assert!(hands.send.is_closed());
}
