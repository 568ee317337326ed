//! A small proxy that asks by forward-auth, as Traefik and Caddy do. It is for the demonstration and for nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

type Body = BoxBody<Bytes, hyper::Error>;
/// What the proxy tells the gateway, and a client cannot.
const TOLD: [&str; 5] =
    ["x-forwarded-method", "x-forwarded-uri", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-for"];
/// What the gateway tells the service: every such field of a client is dropped.
const IDENTITY: [&str; 5] = ["x-subject", "x-client", "x-tenant", "x-scopes", "x-operation"];

/// A client for gateway and service.
#[derive(Clone)]
struct Ways {
    client: Client<HttpConnector, Body>,
    service: SocketAddr,
    gateway: SocketAddr,
}

/// Forwards what the gateway allows, for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, service: SocketAddr, gateway: SocketAddr) {
    let ways = Ways { client: Client::builder(TokioExecutor::new()).build_http(), service, gateway };
    loop {
        let Ok((connection, _)) = listener.accept().await else { continue };
        let ways = ways.clone();
        let forward = service_fn(move |request| {
            let ways = ways.clone();
            async move { Ok::<_, Infallible>(ways.forward(request).await.unwrap_or_else(unavailable)) }
        });
        tokio::spawn(async move {
            // Whoever asked has gone.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), forward).await;
        });
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Ways {
    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Body>, Failed> {
        let (mut head, body) = request.into_parts();
        let told = self.client.request(self.question(&head)?).await?;
        if told.status() != StatusCode::OK {
            return Ok(told.map(BodyExt::boxed));
        }
        for name in TOLD.into_iter().chain(IDENTITY) {
            head.headers.remove(name);
        }
        for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE, http::header::AUTHORIZATION] {
            head.headers.remove(name);
        }
        for name in IDENTITY {
            if let Some(value) = told.headers().get(name) {
                head.headers.insert(HeaderName::from_static(name), value.clone());
            }
        }
        head.uri = at(self.service, &head.uri)?;
        Ok(self.client.request(Request::from_parts(head, body.boxed())).await?.map(BodyExt::boxed))
    }

    /// The question to the gateway: a GET with the client's headers, and the request in fields that overwrite the client's.
    fn question(&self, head: &http::request::Parts) -> Result<Request<Body>, Failed> {
        let mut question = Request::new(Empty::new().map_err(|never| match never {}).boxed());
        *question.method_mut() = Method::GET;
        *question.uri_mut() = at(self.gateway, &Uri::from_static("/"))?;
        *question.headers_mut() = head.headers.clone();
        for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE, http::header::CONTENT_LENGTH] {
            question.headers_mut().remove(name);
        }
        let host = head.headers.get(HOST).cloned().unwrap_or(HeaderValue::from_static("localhost"));
        let told = [
            ("x-forwarded-method", HeaderValue::from_str(head.method.as_str())?),
            ("x-forwarded-uri", HeaderValue::from_str(target(&head.uri))?),
            ("x-forwarded-host", host),
            ("x-forwarded-proto", HeaderValue::from_static("http")),
            ("x-forwarded-for", HeaderValue::from_static("127.0.0.1")),
        ];
        for (name, value) in told {
            question.headers_mut().insert(HeaderName::from_static(name), value);
        }
        Ok(question)
    }
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
}

fn at(address: SocketAddr, uri: &Uri) -> Result<Uri, http::Error> {
    Uri::builder().scheme("http").authority(address.to_string()).path_and_query(target(uri)).build()
}

fn unavailable(_: Failed) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::new()).map_err(|never| match never {}).boxed());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
