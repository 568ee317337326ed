//! Every request of the conformance suite through each proxy, with the gateway behind it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use conformance::Request;

use crate::programs::{ALL, Ports, Proxy, programs};
use crate::reasons::reason;
use crate::upstream::{Arrived, Upstream};
use crate::{gateway, guard};

/// What came of the requests through one proxy.
#[derive(Default)]
struct Outcome {
    sent: usize,
    reached: usize,
    /// Requests that reached the service, and should not have.
    violations: Vec<String>,
    /// Where guard and gateway decide differently: the reason, the request and the decisions, and whose requests.
    differs: BTreeMap<(&'static str, String), Vec<String>>,
}

fn send(proxy: Proxy, programs: &Path, requests: &[Request], guard: SocketAddr) -> Outcome {
    let ports = Ports::free();
    let upstream = Upstream::start(ports.service());
    let _gateway = gateway::start(proxy, ports);
    let _proxy = proxy.start(programs, ports, &[]);
    let mut outcome = Outcome::default();
    for request in requests {
        upstream.take();
        let (status, body) = request.send(ports.proxy());
        let arrived = upstream.take();
        outcome.sent += 1;
        outcome.reached += arrived.len();
        let name = format!("{} [{}]", request.name, request.caller);
        if arrived.len() > 1 {
            outcome.violations.push(format!("{name}: arrived {} times", arrived.len()));
        }
        for one in &arrived {
            outcome.violations.extend(judged(one, guard).map(|wrong| format!("{name}: {wrong}")));
        }
        if arrived.is_empty() && body == "arrived" {
            outcome.violations.push(format!("{name}: answered by the service, which saw nothing"));
        }
        // The guard answers with the operation that ran, and a HEAD request without it.
        let (direct, ran) = request.send(guard);
        let direct = if direct == 200 { format!("200 {ran}") } else { direct.to_string() };
        let through = match arrived.first() {
            Some(_) if request.is_head => format!("{status} "),
            Some(arrived) => format!("{status} {}", operation(arrived)),
            None => status.to_string(),
        };
        if direct != through {
            let id = request.name.split(' ').next().unwrap_or_default();
            match reason(proxy, id) {
                Some(reason) => {
                    let what =
                        format!("{}: guard {}, through the proxy {}", request.name, direct.trim(), through.trim());
                    outcome.differs.entry((reason, what)).or_default().push(request.caller.clone());
                }
                None => outcome
                    .violations
                    .push(format!("{name}: guard {direct}, through the proxy {through}, without a reason")),
            }
        }
    }
    outcome
}

/// The operation that the gateway allowed, as the guard calls it.
fn operation(arrived: &Arrived) -> String {
    let said = arrived.values("x-operation").join(" and ");
    let known = [
        ("GET /items/{id}", "GetItem"),
        ("DELETE /items/{id}", "DeleteItem"),
        ("GET /items/mine", "GetMine"),
        ("GET /items", "ListItems"),
        ("POST /items", "CreateItem"),
        ("GET /items/{id}/files/{file}", "GetFile"),
        ("GET /report", "GetReport"),
        ("HEAD /report", "HeadReport"),
        ("GET /status", "GetStatus"),
        ("GET /greeting", "GetGreeting"),
        ("GET /stream", "GetStream"),
        ("GET /endless", "GetEndless"),
        ("GET /by-header", "GetByHeader"),
        ("GET /by-cookie", "GetByCookie"),
        ("GET /by-query", "GetByQuery"),
        ("GET /by-either", "GetByEither"),
        ("GET /later", "GetLater"),
    ];
    let key = said.replacen(" /v1/", " /", 1);
    known.iter().find(|(known, _)| *known == key).map_or(said, |(_, name)| (*name).to_owned())
}

/// What is wrong with a request that reached the service. The guard decides about it once more, as it arrived.
fn judged(arrived: &Arrived, guard: SocketAddr) -> Option<String> {
    let is_head = arrived.head.starts_with("HEAD ");
    let request = Request { bytes: arrived.bytes.clone(), is_head, ..Request::default() };
    let (status, ran) = request.send(guard);
    let allowed = operation(arrived);
    if allowed == "GetLater" {
        // The guard has no handler for it, and denies it to everybody.
        return None;
    }
    if status != 200 {
        return Some(format!("`{}` arrived as {allowed}, and the guard answers {status} to it", arrived.line()));
    }
    (!is_head && ran != allowed).then(|| format!("`{}` arrived as {allowed}, and is {ran}", arrived.line()))
}

fn report(proxy: Proxy, outcome: &Outcome) -> String {
    let mut text = format!("{}: {} requests, {} reached the service\n", proxy.name(), outcome.sent, outcome.reached);
    let mut before = "";
    for ((reason, what), callers) in &outcome.differs {
        if *reason != before {
            let _ = writeln!(text, "\n{reason}:");
            before = reason;
        }
        let _ = writeln!(text, "  {} [{}]", what.escape_debug(), callers.join(", "));
    }
    text
}

fn run(what: &str, requests: &[Request]) {
    let Some(programs) = programs() else { return };
    let guard = guard::start();
    let mut violations = Vec::new();
    for proxy in ALL {
        let outcome = send(proxy, &programs, requests, guard);
        violations.extend(outcome.violations.iter().map(|wrong| format!("{}: {wrong}", proxy.name())));
        assert!(outcome.reached > requests.len() / 20, "{}: hardly anything reached the service", proxy.name());
        insta::assert_snapshot!(format!("{what}_{}", proxy.name()), report(proxy, &outcome));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn no_vector_reaches_a_service_whose_operation_was_not_allowed() {
    match Request::vectors() {
        Some(requests) => run("vectors", &requests),
        None => {
            eprintln!("SKIPPED: the bypass vectors are not beside this checkout (shared/routing/bypass-vectors.tsv)")
        }
    }
}

#[test]
fn no_row_of_the_corpus_reaches_a_service_whose_operation_was_not_allowed() {
    // Who `disabled` and `unlucky` are, only the application of the conformance suite knows.
    let is_known =
        |request: &Request| !["disabled~", "unlucky~"].iter().any(|subject| request.caller.starts_with(subject));
    let requests: Vec<Request> = Request::corpus().into_iter().filter(is_known).collect();
    run("corpus", &requests);
}
