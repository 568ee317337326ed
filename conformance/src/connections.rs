//! Rows of more than one request: several on one connection, and connections that end in the middle of one.

use std::net::SocketAddr;
use std::time::Duration;

use crate::corpus::{ALL, ITEMS, MINE};
use crate::runner::Judge;
use crate::wire::Wire;
use crate::witness::{self, Event};

/// A row's name, its outcome, and the outcomes that are right.
pub(crate) type Shared = (&'static str, String, &'static [&'static str]);

/// A request of several: its line, key and body.
type Request = (&'static str, &'static str, &'static str);

/// A body that looks like a request. A server that does not skip it would answer it.
pub(crate) const IMITATION: &str =
    "GET /v1/items/mine HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ali~mine.read\r\nContent-Length: 0\r\n\r\n";

/// Requests of different callers, and the answer to each.
pub(crate) const MIXED: [Request; 7] = [
    ("GET /v1/items", ITEMS, ""),
    ("GET /v1/items/mine", ITEMS, ""),
    ("GET /v1/items/mine", MINE, ""),
    ("GET /v1/none", ALL, ""),
    ("GET /v1/items", "", ""),
    ("POST /v1/items", ALL, IMITATION),
    ("GET /v1/items/1", ITEMS, ""),
];
pub(crate) const MIXED_ANSWERS: &[&str] = &["200 ListItems, 403, 200 GetMine, 404, 401, 200 CreateItem, 200 GetItem"];

/// Every HEAD is answered without a body. With one, the client would take the body for the next answer.
const HEADS: [Request; 5] = [
    ("HEAD /v1/items/1", ITEMS, ""),
    ("HEAD /v1/items/1", MINE, ""),
    ("HEAD /v1/items", ITEMS, ""),
    ("HEAD /v1/none", ALL, ""),
    ("GET /v1/items/1", ITEMS, ""),
];

/// An answer to GET keeps its body, although a HEAD has been received after it.
const BEFORE_HEAD: [Request; 3] =
    [("GET /v1/items", ITEMS, ""), ("GET /v1/items/1", ITEMS, ""), ("HEAD /v1/items/1", ITEMS, "")];

const UNREAD_403: [Request; 2] = [("POST /v1/items", ITEMS, IMITATION), ("GET /v1/items/1", ITEMS, "")];
const UNREAD_401: [Request; 2] = [("POST /v1/items", "", IMITATION), ("GET /v1/items/1", ITEMS, "")];
const UNREAD_404: [Request; 2] = [("POST /v1/none", ALL, IMITATION), ("GET /v1/items/1", ITEMS, "")];

/// Sends them all.
pub(crate) fn run(address: SocketAddr, judge: &mut Judge) -> Vec<Shared> {
    vec![
        ("pipelined", pipelined(address, judge, &MIXED), MIXED_ANSWERS),
        ("pipelined-head", pipelined(address, judge, &HEADS), &["200, 403, 405, 404, 200 GetItem"]),
        ("pipelined-before-head", pipelined(address, judge, &BEFORE_HEAD), &["200 ListItems, 200 GetItem, 200"]),
        // The body of a denied request is skipped, or the connection ends. It is never taken for the next request.
        (
            "pipelined-behind-a-denied-body",
            pipelined(address, judge, &UNREAD_403),
            &["403, 200 GetItem", "403, no answer"],
        ),
        (
            "pipelined-behind-an-unknown-callers-body",
            pipelined(address, judge, &UNREAD_401),
            &["401, 200 GetItem", "401, no answer"],
        ),
        (
            "pipelined-behind-a-body-for-nothing",
            pipelined(address, judge, &UNREAD_404),
            &["404, 200 GetItem", "404, no answer"],
        ),
        ("cancelled-while-sending", cancelled(address, judge, true), &["200 ListItems"]),
        ("cancelled-while-receiving", cancelled(address, judge, false), &["200 ListItems"]),
    ]
}

/// Several requests in one write, and their answers in order.
fn pipelined(address: SocketAddr, judge: &mut Judge, requests: &[Request]) -> String {
    witness::take();
    let written = |(line, key, body): &Request| {
        let key = if key.is_empty() { String::new() } else { format!("Authorization: Bearer {key}\r\n") };
        format!("{line} HTTP/1.1\r\nHost: x\r\n{key}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let text: String = requests.iter().map(written).collect();
    let Ok(mut wire) = Wire::open(address) else { return "no connection".into() };
    wire.send(text.as_bytes());
    let answers = requests.iter().map(|(line, ..)| {
        let answer = wire.answer(line.starts_with("HEAD "), false);
        shown(answer.status, &answer.body)
    });
    let answers: Vec<String> = answers.collect();
    judge.shared("pipelined", requests.len());
    answers.join(", ")
}

/// A status, and whose handler answered.
pub(crate) fn shown(status: u16, body: &str) -> String {
    match status {
        0 => "no answer".to_owned(),
        200 => format!("200 {body}").trim_end().to_owned(),
        status => status.to_string(),
    }
}

/// A connection that ends in the middle, and one that follows.
fn cancelled(address: SocketAddr, judge: &mut Judge, sending: bool) -> String {
    witness::take();
    let key = ALL;
    if let Ok(mut wire) = Wire::open(address) {
        if sending {
            wire.send(
                format!(
                    "POST /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 99\r\n\r\nab"
                )
                .as_bytes(),
            );
            // The connection is cut after the decision. A framework that waits for the body first has none by then.
            for _ in 0..100 {
                if witness::has(Event::Allowed("CreateItem")) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        } else {
            wire.send(format!("GET /v1/endless HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n").as_bytes());
            wire.answer(false, true);
        }
    }
    let Ok(mut wire) = Wire::open(address) else { return "no connection".into() };
    wire.send(format!("GET /v1/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n").as_bytes());
    let answer = wire.answer(false, false);
    judge.shared("cancelled", 2);
    shown(answer.status, &answer.body)
}
