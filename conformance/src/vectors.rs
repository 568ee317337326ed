//! Request targets that fooled other guards, each with five keys.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::capability::Framework;
use crate::corpus::{ALL, ITEMS, MINE};
use crate::report::{Table, heading};
use crate::requests::Request;
use crate::runner::Judge;
use crate::wire::{Answer, Wire};
use crate::witness;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/routing/bypass-vectors.tsv");

/// Each key's title and secret, and the operations that it may call.
const KEYS: [(&str, &str, &[&str]); 5] = [
    ("no key", "", &[]),
    ("files:read", "ali~files.read", &["GetFile"]),
    ("mine:read", MINE, &["GetMine"]),
    ("items:read", ITEMS, &["GetItem", "ListItems"]),
    ("all", ALL, &["GetMine", "GetItem", "ListItems", "CreateItem", "GetFile", "DeleteItem"]),
];

/// Vectors that no handler may answer, whichever template a framework finds for them.
const REFUSED: [&str; 8] = ["BV06", "BV47", "BV48", "BV51", "BV53", "BV54", "BV77", "BV81"];

pub(crate) fn run(framework: &Framework, address: SocketAddr, corpus: &mut Judge) -> Option<String> {
    let Ok(vectors) = std::fs::read_to_string(FILE) else {
        eprintln!("SKIPPED: the bypass vectors are not beside this checkout (shared/routing/bypass-vectors.tsv)");
        return None;
    };
    let mut judge = Judge::default();
    let titles = KEYS.map(|(title, ..)| title);
    let [none, files, mine, items, all] = titles;
    let mut table = Table::new(["vector", "method", "target", none, files, mine, items, all]);
    let mut count = 0;
    for line in vectors.lines().skip(1).filter(|line| !line.is_empty()).flat_map(lengths) {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (id, method, target, extra) = (field(), field(), field(), field());
        let mut cells = vec![id.to_owned(), method.to_owned(), shown(target)];
        let mut reason = None;
        for (_, key, opens) in KEYS {
            let answer = send(address, method, target, extra, key);
            let name = format!("{id} {method} {target} {key}");
            let outcome = judge.outcome(&name, &answer, false);
            let ran = outcome.split_once(' ').map(|(_, ran)| ran).filter(|_| answer.status == 200);
            if ran.is_some_and(|ran| !opens.contains(&ran) || REFUSED.contains(&id)) {
                judge.violations.push(format!("{name}: {outcome}, which this key does not open"));
            }
            let refused = (300..500).contains(&answer.status) || answer.status == 501;
            if ran.is_none() && !refused && framework.differs(id, &outcome).is_none() {
                judge.violations.push(format!("{name}: {outcome}, expected a refusal"));
            }
            reason = reason.or(framework.differs(id, &outcome));
            cells.push(outcome);
        }
        cells.extend(reason.map(|reason| format!("differs: {reason}")));
        table.row(cells);
        count += 1;
    }
    if count < 50 || judge.reached < 30 {
        judge
            .violations
            .push(format!("{count} vectors, {} reached a handler: hardly anything is tested", judge.reached));
    }
    corpus.violations.append(&mut judge.violations);
    Some(format!("{}{table}", heading(framework, judge.sent, judge.reached).replace("requests", "requests of vectors")))
}

/// A target as the table has it, with the length of a long one.
fn shown(target: &str) -> String {
    match target.chars().count() {
        ..=48 => target.to_owned(),
        long => format!("{}… ({long})", target.chars().take(40).collect::<String>()),
    }
}

/// A vector of a long path stands for one of each length that it names: `aaa...(8k,60k)`.
fn lengths(line: &str) -> Vec<String> {
    let Some((start, rest)) = line.split_once("...(") else { return vec![line.to_owned()] };
    let (named, end) = rest.split_once(')').unwrap_or((rest, ""));
    let thousands = named.split(',').filter_map(|length| length.strip_suffix('k')?.parse::<usize>().ok());
    thousands.map(|count| format!("{start}{}{end}", "a".repeat(count * 1000))).collect()
}

fn send(address: SocketAddr, method: &str, target: &str, extra: &str, key: &str) -> Answer {
    witness::take();
    let Ok(mut wire) = Wire::open(address) else { return Answer::default() };
    wire.send(bytes(method, target, extra, key).as_bytes());
    wire.answer(method == "HEAD", false)
}

fn bytes(method: &str, target: &str, extra: &str, key: &str) -> String {
    let (headers, body) = extra.split_once("|| body:").unwrap_or((extra, ""));
    let body = body.trim();
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
    for header in headers.split(" | ").filter(|header| header.contains(": ")) {
        let _ = write!(request, "{}\r\n", header.trim());
    }
    if !key.is_empty() {
        let _ = write!(request, "Authorization: Bearer {key}\r\n");
    }
    format!("{request}\r\n{body}")
}

/// Every vector with every key, as requests. `None` where the vectors are not beside this checkout.
pub(crate) fn requests() -> Option<Vec<Request>> {
    let vectors = std::fs::read_to_string(FILE).ok()?;
    let mut requests = Vec::new();
    for line in vectors.lines().skip(1).filter(|line| !line.is_empty()).flat_map(lengths) {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (id, method, target, extra) = (field(), field(), field(), field());
        requests.extend(KEYS.map(|(title, key, _)| Request {
            name: format!("{id} {method} {}", shown(target)),
            caller: title.to_owned(),
            bytes: bytes(method, target, extra, key).into_bytes(),
            is_head: method == "HEAD",
        }));
    }
    Some(requests)
}
