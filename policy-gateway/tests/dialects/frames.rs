//! HTTP/2 by hand: what no library of clients sends, and what a proxy sends where its own clients attack it.

use std::time::Duration;

use policy_gateway::dialects::{Dialect, EnvoyGrpc};
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::grpc::{CHECK, CheckResponse, framed, listed};
use crate::script::{Running, Word, allow, on_loopback};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Header fields without any compression (RFC 7541, section 6.2.2).
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

const HEAD: [(&str, &str); 6] = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", CHECK),
    (":authority", "gateway"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
];

fn head(flags: u8, stream: u32) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &block(&HEAD))
}

fn message() -> Vec<u8> {
    framed(&listed("GET", "/a", &[]).encode_to_vec())
}

fn call(stream: u32) -> Vec<u8> {
    [head(0, stream), frame(DATA, END_STREAM, stream, &message())].concat()
}

/// What came of a connection.
#[derive(Debug, Default)]
struct Came {
    /// The codes of the answers, by their streams.
    codes: Vec<(u32, i32)>,
    /// The reasons for which streams were reset.
    resets: Vec<(u32, u8)>,
    /// The reason for which the connection ends.
    end: Option<u8>,
}

struct Connection(TcpStream);

impl Connection {
    async fn new(running: &Running) -> Self {
        let mut stream = TcpStream::connect(running.port()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let preface = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(SETTINGS, 0, 0, &[])].concat();
        stream.write_all(&preface).await.unwrap();
        Self(stream)
    }

    async fn send(&mut self, frames: &[u8]) {
        let _ = self.0.write_all(frames).await;
    }

    /// Reads until the stream has ended, or the connection has.
    async fn until_end_of(&mut self, stream: u32) -> Came {
        let mut came = Came::default();
        let reading = async {
            loop {
                let mut head = [0; 9];
                if self.0.read_exact(&mut head).await.is_err() {
                    return;
                }
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; usize::try_from(length).unwrap()];
                if self.0.read_exact(&mut payload).await.is_err() {
                    return;
                }
                let own = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                if head[3] == DATA {
                    // What was read is told, so that the service may go on.
                    let _ = self.0.write_all(&frame(WINDOW_UPDATE, 0, 0, &length.to_be_bytes())).await;
                }
                match head[3] {
                    DATA if payload.len() > 5 => {
                        let check = CheckResponse::decode(&payload[5..]).unwrap();
                        came.codes.push((own, check.status.map_or(0, |status| status.code)));
                    }
                    RST_STREAM => came.resets.push((own, payload[3])),
                    GOAWAY => came.end = Some(payload[7]),
                    _ => {}
                }
                let ends = head[3] == RST_STREAM || matches!(head[3], DATA | HEADERS) && head[4] & END_STREAM != 0;
                if own == stream && ends {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reading).await.expect("neither an answer nor an end");
        came
    }
}

fn settings() -> policy_gateway::listener::ListenerSettings {
    on_loopback(Dialect::EnvoyGrpc(EnvoyGrpc::default()))
}

#[tokio::test]
async fn a_call_is_answered_however_its_frames_are_cut_and_what_stands_between_them() {
    let running = Running::with(settings(), allow()).await;
    let fields = block(&HEAD);
    let (first, rest) = fields.split_at(20);
    let cut: Vec<u8> = message().iter().flat_map(|byte| frame(DATA, 0, 1, &[*byte])).collect();
    let padded = |text: &[u8]| [&[3][..], text, &[0; 3]].concat();
    for (name, frames) in [
        ("one", call(1)),
        ("continued", {
            [
                frame(HEADERS, 0, 1, first),
                frame(CONTINUATION, 0, 1, &[]),
                frame(CONTINUATION, END_HEADERS, 1, rest),
                frame(DATA, END_STREAM, 1, &message()),
            ]
            .concat()
        }),
        ("byte by byte", [head(0, 1), cut, frame(DATA, END_STREAM, 1, &[])].concat()),
        ("padded", [head(0, 1), frame(DATA, END_STREAM | 8, 1, &padded(&message()))].concat()),
        ("with trailers", {
            let trailers = block(&[("authorization", "Bearer b"), ("x-policy", "c")]);
            [head(0, 1), frame(DATA, 0, 1, &message()), frame(HEADERS, END_STREAM | END_HEADERS, 1, &trailers)].concat()
        }),
        (
            "unknown frames",
            [frame(0xfa, 0xff, 0, b"what"), head(0, 1), frame(0xfb, 0, 1, b"is"), call(1)[head(0, 1).len()..].to_vec()]
                .concat(),
        ),
        ("pings", [frame(PING, 0, 0, &[7; 8]).repeat(200), call(1)].concat()),
        ("settings", [frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0]).repeat(200), call(1)].concat()),
        ("priorities", [frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 1]).repeat(200), call(1)].concat()),
        ("windows", [frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]).repeat(200), call(1)].concat()),
    ] {
        let mut connection = Connection::new(&running).await;
        connection.send(&frames).await;
        let came = connection.until_end_of(1).await;
        assert_eq!((came.codes, came.end), (vec![(1, 0)], None), "{name}");
        assert_eq!(running.script.asked_once(), "GET /a host=api.example", "{name}");
    }
}

#[tokio::test]
async fn what_is_no_whole_call_allows_nothing() {
    let mut settings = settings();
    settings.limits.decision = Duration::from_millis(200);
    let running = Running::with(settings, allow()).await;
    let fields = |change: &[(&str, &str)]| {
        let own = HEAD.iter().filter(|(name, _)| !change.iter().any(|(other, _)| other == name)).copied();
        let mut fields: Vec<_> = own.chain(change.iter().copied().filter(|(_, value)| !value.is_empty())).collect();
        fields.sort_by_key(|(name, _)| !name.starts_with(':'));
        frame(HEADERS, END_HEADERS, 1, &block(&fields))
    };
    let data = frame(DATA, END_STREAM, 1, &message());
    let half = frame(DATA, END_STREAM, 1, &message()[..9]);
    for (name, frames, code) in [
        ("no body", head(END_STREAM, 1), Some(3)),
        (
            "trailers alone",
            [head(0, 1), frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&[("a", "b")]))].concat(),
            Some(3),
        ),
        ("half a message", [head(0, 1), half].concat(), Some(3)),
        ("no end", [head(0, 1), frame(DATA, 0, 1, &message())].concat(), Some(14)),
        ("nothing but a head", head(0, 1), Some(14)),
        ("two messages", [head(0, 1), frame(DATA, 0, 1, &message()), data.clone()].concat(), Some(3)),
        ("a length that is too small", [fields(&[("content-length", "3")]), data.clone()].concat(), None),
        ("a length that is too large", [fields(&[("content-length", "9999")]), data.clone()].concat(), None),
        ("by GET", [fields(&[(":method", "GET")]), data.clone()].concat(), Some(3)),
        (
            "by CONNECT",
            [fields(&[(":method", "CONNECT"), (":path", ""), (":scheme", "")]), data.clone()].concat(),
            None,
        ),
        ("an absolute path", [fields(&[(":path", "http://gateway/")]), data.clone()].concat(), None),
        ("no path", [fields(&[(":path", "")]), data.clone()].concat(), None),
        ("a star", [fields(&[(":path", "*")]), data.clone()].concat(), Some(3)),
        ("a name in upper case", [fields(&[("X-Key", "a")]), data.clone()].concat(), None),
        ("a field of the connection", [fields(&[("connection", "x-key")]), data.clone()].concat(), None),
        ("a pseudo-header field too much", [fields(&[(":status", "200")]), data.clone()].concat(), None),
        (
            "a pseudo-header field twice",
            [frame(HEADERS, END_HEADERS, 1, &block(&[&HEAD[..], &[(":path", CHECK)]].concat())), data.clone()].concat(),
            None,
        ),
        ("no preface of a stream", data.clone(), None),
        (
            "a window that is too large",
            [head(0, 1), frame(WINDOW_UPDATE, 0, 1, &[0x7f, 0xff, 0xff, 0xff]).repeat(2)].concat(),
            None,
        ),
        (
            "an even stream",
            [frame(HEADERS, END_HEADERS, 2, &block(&HEAD)), frame(DATA, END_STREAM, 2, &message())].concat(),
            None,
        ),
        ("settings that are none", [frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 0]), call(1)].concat(), None),
        ("HTTP/1", b"POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), None),
    ] {
        let mut connection = Connection::new(&running).await;
        connection.send(&frames).await;
        let came = connection.until_end_of(1).await;
        assert_eq!(came.codes.first().map(|(_, code)| *code), code, "{name}: {came:?}");
        assert_eq!(running.script.asked(), Vec::<String>::new(), "{name}");
    }
}

/// A client of the proxy that ends its requests as soon as it has sent them makes the proxy do the same. The calls of all other clients
/// go by the same connection.
#[tokio::test]
async fn streams_that_a_proxy_resets_at_once_end_no_other_call() {
    let running = Running::with(settings(), Word::Wait).await;
    let mut connection = Connection::new(&running).await;
    connection.send(&call(1)).await;
    running.script.begun.acquire().await.unwrap().forget();
    let flood = |streams: std::ops::Range<u32>| -> Vec<u8> {
        let ended = |number: u32| {
            let stream = number * 2 + 1;
            [call(stream), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
        };
        streams.flat_map(ended).collect()
    };
    connection.send(&flood(1..500)).await;
    running.script.say(allow());
    running.script.goes_on.add_permits(1_000);
    let came = connection.until_end_of(1).await;
    assert!(came.codes.contains(&(1, 0)) && came.end.is_none(), "{came:?}");
    connection.send(&[flood(500..3_000), call(6_001)].concat()).await;
    let came = connection.until_end_of(6_001).await;
    assert!(came.codes.contains(&(6_001, 0)) && came.end.is_none(), "{:?}", came.end);
}

/// A call that is denied before its body was read leaves frames behind that nobody waits for.
#[tokio::test]
async fn bodies_that_come_behind_their_denial_end_no_other_call() {
    let mut settings = settings();
    settings.limits.body_bytes = 16;
    let running = Running::with(settings, allow()).await;
    let mut connection = Connection::new(&running).await;
    let mut last = 1;
    for number in 0..2_000 {
        let stream = number * 2 + 1;
        connection.send(&[head(0, stream), frame(DATA, 0, stream, &[0; 300])].concat()).await;
        let came = connection.until_end_of(stream).await;
        assert!(came.end.is_none() && came.codes.contains(&(stream, 3)), "{number}: {came:?}");
        connection.send(&frame(DATA, END_STREAM, stream, &[0; 300])).await;
        last = stream;
    }
    connection.send(&call(last + 2)).await;
    let came = connection.until_end_of(last + 2).await;
    assert!(came.codes.contains(&(last + 2, 3)) && came.end.is_none(), "{came:?}");
}
