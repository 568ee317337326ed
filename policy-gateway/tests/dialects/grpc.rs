//! A client of gRPC, and Envoy's messages as Envoy writes and reads them.

use std::collections::BTreeMap;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::script::Running;

pub const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

#[derive(Clone, PartialEq, Message)]
pub struct CheckRequest {
    #[prost(message, optional, tag = "1")]
    pub attributes: Option<Attributes>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Attributes {
    #[prost(message, optional, tag = "4")]
    pub request: Option<AttributesRequest>,
    #[prost(btree_map = "string, string", tag = "10")]
    pub context_extensions: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct AttributesRequest {
    #[prost(message, optional, tag = "2")]
    pub http: Option<HttpRequest>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HttpRequest {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, tag = "2")]
    pub method: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub headers: BTreeMap<String, String>,
    #[prost(string, tag = "4")]
    pub path: String,
    #[prost(string, tag = "5")]
    pub host: String,
    #[prost(string, tag = "6")]
    pub scheme: String,
    #[prost(string, tag = "7")]
    pub query: String,
    #[prost(string, tag = "8")]
    pub fragment: String,
    #[prost(int64, tag = "9")]
    pub size: i64,
    #[prost(string, tag = "10")]
    pub protocol: String,
    #[prost(message, optional, tag = "13")]
    pub header_map: Option<RawHeaders>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RawHeaders {
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<RawHeader>,
}

#[derive(Clone, PartialEq, Message)]
pub struct RawHeader {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
    #[prost(bytes = "vec", tag = "3")]
    pub raw_value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct CheckResponse {
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    #[prost(message, optional, tag = "2")]
    pub denied_response: Option<Denied>,
    #[prost(message, optional, tag = "3")]
    pub ok_response: Option<Allowed>,
    #[prost(message, optional, tag = "5")]
    pub error_response: Option<Denied>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(int32, tag = "1")]
    pub code: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Denied {
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    #[prost(message, repeated, tag = "2")]
    pub headers: Vec<HeaderOption>,
    #[prost(string, tag = "3")]
    pub body: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Allowed {
    #[prost(message, repeated, tag = "2")]
    pub headers: Vec<HeaderOption>,
    #[prost(string, repeated, tag = "5")]
    pub headers_to_remove: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    pub response_headers_to_add: Vec<HeaderOption>,
}

#[derive(Clone, PartialEq, Message)]
pub struct HeaderOption {
    #[prost(message, optional, tag = "1")]
    pub header: Option<RawHeader>,
    /// `BoolValue`, which has the shape of `Status`.
    #[prost(message, optional, tag = "2")]
    pub append: Option<Status>,
    #[prost(int32, tag = "3")]
    pub append_action: i32,
    #[prost(bool, tag = "4")]
    pub keep_empty_value: bool,
}

impl CheckResponse {
    /// What Envoy makes of it, in one line.
    pub fn line(&self) -> String {
        let code = self.status.as_ref().map_or(0, |status| status.code);
        let fields = |headers: &[HeaderOption]| {
            let fields = headers.iter().map(|option| {
                assert_eq!((&option.append, option.keep_empty_value), (&None, true));
                let field = option.header.as_ref().unwrap();
                let how = ["appends ", "", "overwrites "][usize::try_from(option.append_action).unwrap()];
                format!(" | {how}{}: {}", field.key, field.value)
            });
            fields.collect::<String>()
        };
        assert_eq!(self.error_response, None, "Envoy lets a request through by it when it is set to");
        match (code, &self.ok_response, &self.denied_response) {
            (0, Some(ok), None) => {
                assert_eq!(ok.response_headers_to_add, []);
                let removed: Vec<_> = ok.headers_to_remove.iter().map(|name| format!(" | removes {name}")).collect();
                format!("allow{}{}", fields(&ok.headers), removed.concat())
            }
            (1.., None, Some(denied)) => {
                let status = denied.status.as_ref().unwrap().code;
                assert!((400..=511).contains(&status), "{status}");
                let body = if denied.body.is_empty() { String::new() } else { format!(" | {}", denied.body) };
                format!("deny {code} {status}{}{body}", fields(&denied.headers))
            }
            _ => panic!("Envoy would allow, or is told two things: {self:?}"),
        }
    }
}

/// Envoy's side of a connection.
#[derive(Clone)]
pub struct Client(SendRequest<Full<Bytes>>);

/// How a call ended, and its message.
#[derive(Debug)]
pub struct Called {
    pub http: u16,
    pub grpc: Option<String>,
    pub body: Bytes,
}

impl Called {
    /// The message of a call that ended well.
    pub fn check(&self) -> CheckResponse {
        assert_eq!((self.http, self.grpc.as_deref()), (200, Some("0")));
        let (prefix, message) = self.body.split_at(5);
        assert_eq!(prefix, [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes()].concat());
        CheckResponse::decode(message).unwrap()
    }
}

impl Client {
    pub async fn new(running: &Running) -> Self {
        let stream = TcpStream::connect(running.port()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::on(stream).await
    }

    pub async fn on(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    pub async fn check(&self, request: &CheckRequest) -> CheckResponse {
        self.call(CHECK, &[], framed(&request.encode_to_vec())).await.check()
    }

    pub async fn call(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Called {
        let mut request = Request::post(format!("http://gateway{path}"));
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut sender = self.0.clone();
        sender.ready().await.unwrap();
        let answer = sender.send_request(request.body(Full::from(body)).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap();
        let of = |headers: &HeaderMap| headers.get("grpc-status").map(|status| status.to_str().unwrap().to_owned());
        let grpc = body.trailers().and_then(of).or_else(|| of(&head.headers));
        Called { http: head.status.as_u16(), grpc, body: body.to_bytes() }
    }
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    [&[0][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

/// What Envoy sends of a request where nothing else is set: the header fields as a map.
pub fn joined(method: &str, path: &str, fields: &[(&str, &str)]) -> CheckRequest {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let pseudo = [(":method", method), (":path", path), (":authority", "api.example"), (":scheme", "https")];
    for (name, value) in pseudo.into_iter().chain(fields.iter().copied()) {
        headers.entry(name.into()).and_modify(|was| *was += &format!(",{value}")).or_insert_with(|| value.into());
    }
    of(HttpRequest { headers, ..http(method, path) })
}

/// What it sends with `encode_raw_headers`.
pub fn listed(method: &str, path: &str, fields: &[(&str, &str)]) -> CheckRequest {
    let pseudo = [(":method", method), (":path", path), (":authority", "api.example"), (":scheme", "https")];
    let headers = pseudo.into_iter().chain(fields.iter().copied()).map(|(name, value)| RawHeader {
        key: name.into(),
        value: String::new(),
        raw_value: value.into(),
    });
    of(HttpRequest { header_map: Some(RawHeaders { headers: headers.collect() }), ..http(method, path) })
}

fn http(method: &str, path: &str) -> HttpRequest {
    HttpRequest {
        id: "1".into(),
        method: method.into(),
        path: path.into(),
        host: "api.example".into(),
        scheme: "https".into(),
        size: -1,
        protocol: "HTTP/1.1".into(),
        ..HttpRequest::default()
    }
}

pub fn of(http: HttpRequest) -> CheckRequest {
    let attributes =
        Attributes { request: Some(AttributesRequest { http: Some(http) }), context_extensions: BTreeMap::new() };
    CheckRequest { attributes: Some(attributes) }
}

/// The same request with something else.
pub fn with(mut request: CheckRequest, change: impl FnOnce(&mut HttpRequest)) -> CheckRequest {
    let attributes = request.attributes.as_mut().unwrap();
    change(attributes.request.as_mut().unwrap().http.as_mut().unwrap());
    request
}
