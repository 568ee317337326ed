//! Sends the corpus, and judges the outcomes.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::capability::{Capability, Framework};
use crate::connections;
use crate::corpus::{self, Row};
use crate::even;
use crate::http2;
use crate::report::{Report, Table, Violations, heading};
use crate::serve::Setup;
use crate::vectors;
use crate::wire::{Answer, Wire};
use crate::witness::{self, Event};

/// The witness is shared by the whole process, so that only one framework can be tested at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The results so far.
#[derive(Default)]
pub(crate) struct Judge {
    pub(crate) violations: Vec<String>,
    pub(crate) sent: usize,
    pub(crate) reached: usize,
}

impl Judge {
    /// The outcome of one request, from its answer and the events meanwhile. Notes what is wrong with either.
    pub(crate) fn outcome(&mut self, name: &str, answer: &Answer, scopes_first: bool) -> String {
        let events = witness::take();
        self.sent += 1;
        if let Some(fault) = witness::fault(&events, scopes_first) {
            self.violations.push(format!("{name}: {fault}"));
        }
        let ran: Vec<&str> =
            events.iter().filter_map(|event| if let Event::Ran(name) = event { Some(*name) } else { None }).collect();
        self.reached += usize::from(!ran.is_empty());
        let denied = events.iter().find_map(|event| if let Event::Denied(stage) = event { Some(*stage) } else { None });
        let is_known = denied.is_none() && events.contains(&Event::Authenticated);
        if is_known && matches!(answer.status, 404 | 405) && !events.contains(&Event::Unmatched) {
            self.violations.push(format!("{name}: a known caller is answered {}, and no log says so", answer.status));
        }
        let success = (200..300).contains(&answer.status);
        if denied.is_some() && (success || !ran.is_empty()) {
            self.violations.push(format!("{name}: denied, and answered {} by {ran:?}", answer.status));
        }
        if success && ran.len() == 1 && !answer.body.is_empty() && !ran.iter().all(|name| answer.body.starts_with(name))
        {
            self.violations.push(format!("{name}: {ran:?} ran, and the answer is {:?}", answer.body));
        }
        let status = if answer.status == 0 { "no answer".to_owned() } else { answer.status.to_string() };
        let what = if ran.is_empty() { denied.unwrap_or_default().to_owned() } else { ran.join("+") };
        format!("{status} {what}").trim_end().to_owned()
    }

    /// Counts several requests that were sent together, and notes what is wrong with their events.
    pub(crate) fn shared(&mut self, name: &str, sent: usize) {
        let events = witness::take();
        self.sent += sent;
        self.reached += events.iter().filter(|event| matches!(event, Event::Ran(_))).count();
        self.violations.extend(witness::fault(&events, false).map(|fault| format!("{name}: {fault}")));
    }

    fn expect(&mut self, framework: &Framework, id: &str, name: &str, outcome: &str, expected: &[&str]) -> String {
        match framework.differs(id, outcome) {
            _ if expected.contains(&outcome) => String::new(),
            Some(reason) => format!("differs: {reason}"),
            None => {
                self.violations.push(format!("{name}: {outcome}, expected {}", expected.join(" or ")));
                String::new()
            }
        }
    }
}

/// Starts a server for each setup and sends it every row of the corpus, every vector, pipelined and cancelled requests, and requests over
/// HTTP/2. `serve` is called once for each setup that the framework can serve ([`Capability`]).
///
/// # Errors
/// [`Violations`]: a handler ran although another operation's policy decided, a stage was taken too early, a denial waited for a body, or
/// an outcome is neither expected nor explained.
pub fn conform(framework: &Framework, serve: impl Fn(Setup) -> SocketAddr) -> Result<Report, Violations> {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut servers: Vec<(Setup, SocketAddr)> = Vec::new();
    let mut address = |setup: Setup| match servers.iter().find(|(known, _)| *known == setup) {
        Some((_, address)) => *address,
        None => {
            let address = serve(setup);
            servers.push((setup, address));
            address
        }
    };
    let mut judge = Judge::default();
    let mut table = Table::new(["row", "request", "key", "outcome", ""]);
    for row in corpus::rows() {
        let shown = |outcome: String, note: String| {
            let fields = row.fields.replace("\r\n", ", ");
            let request = [row.line.as_str(), &fields].join("  ");
            vec![row.id.to_owned(), request.trim_end().to_owned(), shown_key(row.key).to_owned(), outcome, note]
        };
        if row.needs().is_some_and(|capability| framework.lacks(capability).is_some()) {
            table.row(shown("-".into(), String::new()));
            continue;
        }
        let answer = send(address(row.setup), &row);
        let name = format!("{} {} {}", row.id, row.line, row.key);
        let outcome = judge.outcome(&name, &answer, row.setup == Setup::ScopesFirst);
        if answer.status == 405 && answer.header("allow").is_none() && !row.line.starts_with("CONNECT") {
            judge.violations.push(format!("{name}: 405 without `Allow`"));
        }
        if answer.status == 401 && answer.header("www-authenticate").is_none() {
            judge.violations.push(format!("{name}: 401 without `WWW-Authenticate`"));
        }
        if answer.status == 401 && answer.header("allow").is_some() {
            judge.violations.push(format!("{name}: an unknown caller is told the methods"));
        }
        if let Some((header, value)) = row.answers.split_once(": ")
            && answer.header(header) != Some(value)
        {
            judge.violations.push(format!("{name}: without `{}`", row.answers));
        }
        let note = judge.expect(framework, row.id, &name, &outcome, row.expected);
        table.row(shown(outcome, note));
    }
    let plain = address(Setup::Plain);
    for (id, outcome, expected) in connections::run(plain, &mut judge) {
        let note = judge.expect(framework, id, id, &outcome, expected);
        table.row(vec![id.to_owned(), String::new(), String::new(), outcome, note]);
    }
    for (id, request, key, expected) in http2::ROWS {
        let cells = |outcome: String, note| {
            vec![(*id).to_owned(), (*request).to_owned(), shown_key(key).to_owned(), outcome, note]
        };
        if framework.lacks(Capability::Http2).is_some() {
            table.row(cells("-".into(), String::new()));
            continue;
        }
        let answer = http2::send(plain, request, key);
        let outcome = judge.outcome(id, &answer, false);
        let note = judge.expect(framework, id, id, &outcome, expected);
        table.row(cells(outcome, note));
    }
    for (id, outcome, expected) in http2::connections(plain, &mut judge, framework.lacks(Capability::Http2).is_some()) {
        let note = if outcome == "-" { String::new() } else { judge.expect(framework, id, id, &outcome, expected) };
        table.row(vec![id.to_owned(), String::new(), String::new(), outcome, note]);
    }
    even::run(plain, &mut judge);
    let corpus = format!("{}{table}", heading(framework, judge.sent, judge.reached));
    let vectors = vectors::run(framework, plain, &mut judge);
    if judge.violations.is_empty() { Ok(Report { corpus, vectors }) } else { Err(Violations(judge.violations)) }
}

/// A key, or a short description of the one with every scope.
fn shown_key(key: &str) -> &str {
    if key == corpus::ALL { "(every scope)" } else { key }
}

fn send(address: SocketAddr, row: &Row) -> Answer {
    witness::take();
    let Ok(mut wire) = Wire::open(address) else { return Answer::default() };
    wire.send(&row.bytes());
    if row.endless {
        wire.send_until_answered(b"8\r\nfor ever\r\n");
    }
    let answer = wire.answer(row.is_head(), row.id == "endless");
    if answer.status == 0 {
        drop(wire);
        settle();
    }
    answer
}

/// Waits for the events of a request that was not answered, after its connection has ended. They belong to this row.
pub(crate) fn settle() {
    for _ in 0..100 {
        if witness::any() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // The other events of a request follow the first one at once.
    std::thread::sleep(Duration::from_millis(50));
}
