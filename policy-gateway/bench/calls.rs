//! Questions by gRPC without a proxy between, so that what an authorizer does itself can be measured.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderValue, Request, Version};

use crate::compare::OPERATIONS;
use crate::process::{Folder, Process, free};
use crate::{compare, floor, keys};

#[derive(clap::Args)]
pub(crate) struct Calls {
    /// How many questions are asked.
    #[arg(long, default_value_t = 100_000)]
    count: usize,
    /// How many wait for their answers at the same time, on the one connection.
    #[arg(long, default_value_t = 16)]
    at_once: usize,
    /// Asks the authorizer that allows everything, in place of the gateway.
    #[arg(long)]
    floor: bool,
    /// What runs the authorizer, as `valgrind --tool=callgrind`.
    #[arg(long, default_value = "")]
    under: String,
}

impl Calls {
    pub(crate) fn run(&self) {
        let (folder, address) = (Folder::new(), free());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let key = runtime.block_on(async {
            let store = keys::open(&folder.path().join("keys.sqlite"), &["items:read"]).await;
            let (_, key) = keys::issue(&store, &["items:read"]).await;
            store.close().await;
            key
        });
        compare::configure(&folder, address, free());
        let _authorizer = if self.floor {
            floor::start(address, None, &self.under)
        } else {
            Process::gateway_under(&self.under, &folder, address)
        };
        let asked: Vec<_> =
            OPERATIONS.iter().map(|(method, path, _, allowed)| (check(method, path, &key), *allowed)).collect();
        // What is looked up once is looked up before. Under another program, the first answers may come too late.
        runtime.block_on(async {
            let client = connect(address).await;
            while !is_allowed(&ask(&client, check("GET", "/v1/items/7", &key)).await) {}
        });
        let took = runtime.block_on(ask_all(address, &asked, self.count, self.at_once, self.floor));
        println!(
            "{} answers in {:.2} s, {:.0}/s",
            self.count,
            took.as_secs_f64(),
            self.count as f64 / took.as_secs_f64()
        );
    }
}

/// Asks each question in turn, over one connection, as one of Envoy's threads does.
async fn ask_all(
    address: SocketAddr,
    asked: &[(Bytes, bool)],
    count: usize,
    at_once: usize,
    all_allowed: bool,
) -> Duration {
    let client = connect(address).await;
    let began = Instant::now();
    let workers = (0..at_once).map(|worker| {
        let client = client.clone();
        async move {
            for (question, allowed) in asked.iter().cycle().skip(worker).take(count / at_once) {
                let answer = ask(&client, question.clone()).await;
                assert_eq!(is_allowed(&answer), *allowed || all_allowed, "{answer:?}");
            }
        }
    });
    futures_util::future::join_all(workers).await;
    began.elapsed()
}

/// What the gateway answers to the question that it allows and to the one that it denies, as files in the folder.
pub(crate) async fn keep_answers(gateway: SocketAddr, key: &str, folder: &Path) {
    let client = connect(gateway).await;
    for (name, method) in [(floor::ALLOWED, "GET"), (floor::DENIED, "DELETE")] {
        let answer = ask(&client, check(method, "/v1/items/7", key)).await;
        assert_eq!(is_allowed(&answer), name == floor::ALLOWED, "{answer:?}");
        std::fs::write(folder.join(name), answer).unwrap();
    }
}

/// Whether a `CheckResponse` begins with a status whose code is 0, which no protocol buffer writes.
fn is_allowed(answer: &[u8]) -> bool {
    answer.get(5..7) == Some(&[0x0a, 0])
}

async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    // It ends when the authorizer does.
    tokio::spawn(async { drop(connection.await) });
    client
}

/// The frame of the answer, after a call as Envoy makes it.
async fn ask(client: &SendRequest<Bytes>, question: Bytes) -> Bytes {
    let request = Request::post("http://policy-gateway/envoy.service.auth.v3.Authorization/Check")
        .version(Version::HTTP_2)
        .header("te", "trailers")
        .header("grpc-timeout", "2000m")
        .header("content-type", "application/grpc")
        .header("x-envoy-internal", "true")
        .header("x-forwarded-for", "127.0.0.1")
        .header("x-envoy-expected-rq-timeout-ms", "2000");
    let mut client = client.clone().ready().await.unwrap();
    let (answer, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
    body.send_data(question, true).unwrap();
    let mut answer = answer.await.unwrap().into_body();
    let mut bytes = BytesMut::new();
    while let Some(part) = answer.data().await {
        let part = part.unwrap();
        answer.flow_control().release_capacity(part.len()).unwrap();
        bytes.extend_from_slice(&part);
    }
    let trailers = answer.trailers().await.unwrap().unwrap();
    assert_eq!(trailers.get("grpc-status"), Some(&HeaderValue::from_static("0")));
    bytes.freeze()
}

/// The frame of a `CheckRequest` as Envoy writes it, where it is told to encode raw headers.
fn check(method: &str, path: &str, key: &str) -> Bytes {
    let authorization = format!("Bearer {key}");
    let headers = [
        (":authority", "items.example"),
        (":path", path),
        (":method", method),
        (":scheme", "http"),
        ("authorization", &authorization),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-envoy-internal", "true"),
        ("x-request-id", "6f1a0d7c-2a53-9c4e-8c86-f3a1c7d0b5e2"),
    ];
    let headers = headers.map(|(name, value)| field(1, &[text(1, name), text(3, value)].concat())).concat();
    let address = |port| field(1, &field(1, &[text(2, "127.0.0.1"), vec![0x18, 0xa8, port]].concat()));
    let http = [
        text(1, "1234567890123456789"),
        text(2, method),
        text(4, path),
        text(5, "items.example"),
        text(6, "http"),
        text(10, "HTTP/1.1"),
        field(13, &headers),
    ];
    let time = field(1, &[0x08, 0x80, 0xb0, 0xa8, 0xd2, 0x06, 0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03]);
    let request = [time, field(2, &http.concat())].concat();
    let attributes = [field(1, &address(1)), field(2, &address(2)), field(4, &request), field(11, &[]), field(13, &[])];
    let message = field(1, &attributes.concat());
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.extend_from_slice(&message);
    frame.freeze()
}

fn text(number: u8, text: &str) -> Vec<u8> {
    field(number, text.as_bytes())
}

/// A field of a message, whose value has its length before it. No value here is longer than two digits of seven bits tell.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let digits = if length < 0x80 { vec![length as u8] } else { vec![length as u8 | 0x80, (length >> 7) as u8] };
    [&[number << 3 | 2], &*digits, value].concat()
}
