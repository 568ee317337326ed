//! Checks that an unknown caller cannot tell an operation from a path without one, by anything in the answers.

use std::net::SocketAddr;

use crate::runner::Judge;
use crate::wire::{Answer, Wire};
use crate::witness;

/// Operations that need a credential, of every scheme of the document, and targets without an operation: other paths, other methods.
const TARGETS: [&str; 14] = [
    "GET /v1/none",
    "GET /v1/none/deeper",
    "GET /v1/items",
    "GET /v1/items/1",
    "GET /v1/items/mine",
    "GET /v1/items/1/files/2",
    "DELETE /v1/items/1",
    "GET /v1/report",
    "GET /v1/later",
    "GET /v1/by-header",
    "GET /v1/by-cookie",
    "GET /v1/by-query",
    "PATCH /v1/items",
    "PATCH /v1/by-header",
];

/// Queries and header fields that authenticate nobody: without a credential, malformed, invalid, with an outage, twice. For each scheme.
const CREDENTIALS: [(&str, &str); 16] = [
    ("", ""),
    ("", "Authorization: Bearer\r\n"),
    ("", "Authorization: Bearer a b\r\n"),
    ("", "Authorization: Bearer nobody\r\n"),
    ("", "Authorization: Bearer down\r\n"),
    ("", "Authorization: Basic YTpi\r\n"),
    ("", "Authorization: Bearer a~\r\nAuthorization: Bearer a~\r\n"),
    ("", "X-Key: nobody\r\n"),
    ("", "X-Key: down\r\n"),
    ("", "X-Key: a~\r\nX-Key: a~\r\n"),
    ("", "Cookie: key=nobody\r\n"),
    ("", "Cookie: key=a~; key=a~\r\n"),
    ("?key=nobody", ""),
    ("?key=a~&key=a~", ""),
    ("?key=nobody", "Authorization: Bearer nobody\r\nX-Key: nobody\r\nCookie: key=nobody\r\n"),
    ("", "X-Key: nobody\r\nOrigin: https://app.example\r\n"),
];

/// Notes each answer that differs from the answer to a path without an operation.
pub(crate) fn run(address: SocketAddr, judge: &mut Judge) {
    for (query, fields) in CREDENTIALS {
        let mut first: Option<(&str, String)> = None;
        for target in TARGETS {
            let seen = seen(&send(address, target, query, fields));
            match &first {
                None => first = Some((target, seen)),
                Some((other, expected)) if *expected != seen => judge.violations.push(format!(
                    "an unknown caller with `{query}` {fields:?} tells `{target}` from `{other}`:\n{seen}\n{expected}"
                )),
                Some(_) => {}
            }
        }
    }
    witness::take();
}

fn send(address: SocketAddr, target: &str, query: &str, fields: &str) -> Answer {
    let Ok(mut wire) = Wire::open(address) else { return Answer::default() };
    wire.send(format!("{target}{query} HTTP/1.1\r\nHost: items.example\r\n{fields}\r\n").as_bytes());
    wire.answer(false, false)
}

/// Everything that a caller sees, except the date.
fn seen(answer: &Answer) -> String {
    let is_date = |line: &&str| line.to_ascii_lowercase().starts_with("date:");
    let mut lines: Vec<&str> = answer.head.split("\r\n").filter(|line| !is_date(line)).collect();
    lines.sort_unstable();
    format!("{}{}", lines.join("\n"), answer.body)
}
