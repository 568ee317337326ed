//! An upgraded connection ends with the credential that opened it: a hyper server on loopback, a client on a raw socket, and a
//! clock that the test drives.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conformance::enablement_first as policy;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use policy::Api;
use policy_core::{AuthenticationFailure, Principal, ScopeSet};
use policy_http::{Authenticator, Credential, EnableAll, Expiry, ManualClock, Options, UntilExpiry};
use policy_hyper::Permit;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};

type Body = Full<Bytes>;
type Call = policy_hyper::Call<Arc<ManualClock>>;

const NOW: u64 = 1_000_000;

/// Everybody's credential ends ten seconds after the test begins.
struct TenSeconds;

impl Authenticator<Api> for TenSeconds {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let granted = ScopeSet::parse("items:read").map_err(|_| AuthenticationFailure::Invalid)?;
        Ok(Principal::new("ali").with_grant(credential.scheme(), granted.set()).with_expiry(NOW + 10))
    }
}

mod handlers {
    use super::policy::operations::*;
    use super::*;

    conformance::plain_handlers!(fn(name) -> Response<Body> { Response::new(Body::from(name)) } (CreateItem create_item) (GetEndless get_endless));

    /// Leaves HTTP, and says each line again until the credential ends. Then it says goodbye.
    pub(crate) async fn get_stream(permit: Permit<GetStream>, mut call: Call) -> Response<Body> {
        let expiry = Expiry::by(&call.state, permit.principal());
        let upgrade = hyper::upgrade::on(&mut call.request);
        tokio::spawn(async move {
            let mut connection = tokio::io::BufReader::new(TokioIo::new(upgrade.await.unwrap()));
            let conversation = async {
                let mut line = String::new();
                while connection.read_line(&mut line).await.is_ok_and(|length| length > 0) {
                    connection.write_all(line.as_bytes()).await.unwrap();
                    line.clear();
                }
            };
            if UntilExpiry::new(expiry, conversation).await.is_err() {
                connection.write_all(b"goodbye\n").await.unwrap();
            }
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        response.header("connection", "upgrade").header("upgrade", "echo").body(Body::default()).unwrap()
    }
}

async fn serve(clock: &Arc<ManualClock>) -> SocketAddr {
    let service = policy_hyper::guard(&policy::POLICY, TenSeconds, EnableAll, Body::from)
        .options(Options::new().clock(Arc::clone(clock)))
        .handlers(conformance::all_handlers!(policy, handlers))
        .try_service(Arc::clone(clock))
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (service, builder) = (service.clone(), auto::Builder::new(TokioExecutor::new()));
            tokio::spawn(async move {
                let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

/// Sends a text and reads a line, or a head. It is on a thread for what blocks: meanwhile tokio's paused clock stands still.
async fn say(mut client: BufReader<TcpStream>, text: String, end: &'static str) -> (BufReader<TcpStream>, String) {
    let exchange = move || {
        client.get_mut().write_all(text.as_bytes()).unwrap();
        let mut heard = String::new();
        while !heard.ends_with(end) && client.read_line(&mut heard).unwrap() > 0 {}
        (client, heard)
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

fn request(target: &str) -> String {
    format!(
        "GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
    )
}

#[tokio::test(start_paused = true)]
async fn an_upgraded_connection_ends_with_the_credential() {
    let clock = Arc::new(ManualClock::at(NOW));
    let pass = async |seconds| {
        clock.advance(Duration::from_secs(seconds));
        tokio::time::advance(Duration::from_secs(seconds)).await;
    };
    let address = serve(&clock).await;
    let open = || {
        let stream = TcpStream::connect(address).unwrap();
        // A limit for a test that would hang; nothing is measured by it.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        BufReader::new(stream)
    };

    let (client, head) = say(open(), request("/v1/stream"), "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    pass(9).await;
    let (client, heard) = say(client, "still here?\n".into(), "\n").await;
    assert_eq!(heard, "still here?\n");
    pass(1).await;
    let (mut client, heard) = say(client, String::new(), "\n").await;
    assert_eq!(heard, "goodbye\n");
    let rest = tokio::task::spawn_blocking(move || client.read(&mut [0]).unwrap());
    assert_eq!(rest.await.unwrap(), 0, "the connection is closed");

    // And what asks for the next one is refused before anything is upgraded.
    let (_, head) = say(open(), request("/v1/stream"), "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
}
