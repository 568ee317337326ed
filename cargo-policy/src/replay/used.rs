//! What the callers of a decision log called, and what they held, for `cargo policy scopes`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::By;
use super::grants::Schemes;
use super::line::{Before, Line, Said, read};
use super::lines::{self, Take};
use super::numbers::Numbers;
use super::tally::Count;
use crate::failure::Failure;

/// How many operations, and how many different grants, a client has on average, where there is room for as many clients as there may be.
const MOST_OF_A_CLIENT: usize = 16;

/// Which lines of which logs, and for whom they count.
pub(crate) struct Wanted<'a> {
    pub(crate) logs: &'a [PathBuf],
    pub(crate) since: Option<u64>,
    pub(crate) until: Option<u64>,
    /// Only those of this subject.
    pub(crate) client: Option<&'a str>,
    /// What a client is. Without it, all callers count together, as one client.
    pub(crate) by: Option<By>,
    /// How many clients, operations and grants are told apart.
    pub(crate) most: usize,
}

/// What one client did.
pub(crate) struct Client {
    /// The number of its name. `None` where nobody is known, and where all callers count together.
    name: Option<u32>,
    /// The numbers of the operations that it called with success.
    operations: BTreeSet<u32>,
    /// The numbers of what was granted to it.
    granted: BTreeSet<u32>,
    count: Count,
    /// How many of its lines do not say what was granted.
    pub(crate) without_grants: u64,
    /// Whether there was no room for all of its operations and grants.
    pub(crate) is_cut: bool,
}

/// Schemes, each with scopes.
type Scopes = BTreeMap<String, BTreeSet<String>>;

/// What was found in the logs.
pub(crate) struct Used {
    /// In no order.
    pub(crate) clients: Vec<Client>,
    names: Numbers,
    operations: Numbers,
    granted: Numbers,
    /// What each grant says, by its number, or why it says nothing.
    said: Vec<Result<Scopes, String>>,
    /// How many lines are of clients for which there was no room.
    pub(crate) further: u64,
    /// How many lines were not read, and the first of them with its number.
    pub(crate) unread: u64,
    pub(crate) first_unread: Option<String>,
}

impl Used {
    /// What a client is called.
    pub(crate) fn name(&self, client: &Client) -> Option<&str> {
        self.names.name(client.name?)
    }

    /// The operations that a client called with success, as `GET /files/{id}`.
    pub(crate) fn operations(&self, client: &Client) -> BTreeSet<&str> {
        client.operations.iter().filter_map(|number| self.operations.name(*number)).collect()
    }

    /// What was granted to a client, by scheme.
    pub(crate) fn held(&self, client: &Client) -> Scopes {
        let mut held = Scopes::new();
        let said = client.granted.iter().filter_map(|number| self.said.get(*number as usize));
        for (scheme, scopes) in said.flatten().flatten() {
            held.entry(scheme.clone()).or_default().extend(scopes.iter().cloned());
        }
        held
    }
}

impl Client {
    pub(crate) fn lines(&self) -> u64 {
        self.count.lines
    }

    /// When it called first and last, in milliseconds since 1970.
    pub(crate) fn time(&self) -> (u64, u64) {
        (self.count.first, self.count.last)
    }
}

/// Reads the logs.
pub(crate) fn used(wanted: &Wanted<'_>) -> Result<Used, Failure> {
    let used = Used {
        clients: Vec::new(),
        names: Numbers::new(wanted.most),
        operations: Numbers::new(wanted.most),
        granted: Numbers::new(wanted.most),
        said: Vec::new(),
        further: 0,
        unread: 0,
        first_unread: None,
    };
    let places = Places { nobody: None, named: Vec::new() };
    let room = wanted.most.saturating_mul(MOST_OF_A_CLIENT);
    let mut reading = Reading { wanted, used, places, room, operation: String::new(), file: String::new(), line: 0 };
    for log in wanted.logs {
        reading.begin(log);
        lines::each(log, &mut lines::open(log)?, &mut reading)?;
    }
    Ok(reading.used)
}

/// Where each client stands among those that were found.
struct Places {
    nobody: Option<usize>,
    /// By the number of its name.
    named: Vec<usize>,
}

struct Reading<'a> {
    wanted: &'a Wanted<'a>,
    used: Used,
    places: Places,
    /// For how many more operations and grants of clients there is room.
    room: usize,
    /// The operation of a line, kept for its memory.
    operation: String,
    file: String,
    line: u64,
}

impl Reading<'_> {
    fn begin(&mut self, log: &Path) {
        (self.file, self.line) = (log.display().to_string(), 0);
    }

    fn unread(&mut self, why: &str) {
        self.used.unread += 1;
        if self.used.first_unread.is_none() {
            self.used.first_unread = Some(format!("{}:{}: {why}", self.file, self.line));
        }
    }

    /// The number of what a line says was granted. Each text is read once.
    fn granted(&mut self, text: &str) -> Result<Option<u32>, String> {
        let Some(number) = self.used.granted.of(text) else { return Ok(None) };
        if number as usize == self.used.said.len() {
            self.used.said.push(scopes(text));
        }
        match self.used.said.get(number as usize) {
            Some(Err(why)) => Err(why.clone()),
            _ => Ok(Some(number)),
        }
    }

    /// The client of a line. `None` where there is no room for it.
    fn client(&mut self, line: &Line<'_>) -> Option<&mut Client> {
        let name = match self.wanted.by.and_then(|by| by.of(line)) {
            None => None,
            Some(name) => Some(self.used.names.of(name)?),
        };
        let next = self.used.clients.len();
        let place = match name {
            None => *self.places.nobody.get_or_insert(next),
            Some(number) => match self.places.named.get(number as usize) {
                Some(place) => *place,
                None => {
                    self.places.named.push(next);
                    next
                }
            },
        };
        if place == next {
            let count = Count { lines: 0, first: line.unix_ms, last: line.unix_ms };
            let (operations, granted) = (BTreeSet::new(), BTreeSet::new());
            self.used.clients.push(Client { name, operations, granted, count, without_grants: 0, is_cut: false });
        }
        self.used.clients.get_mut(place)
    }

    /// Counts a line. What shadow mode let through was called, and is refused when it ends.
    fn decision(&mut self, line: &Line<'_>) {
        let wanted = self.wanted;
        let is_wanted = wanted.since.is_none_or(|since| line.unix_ms >= since)
            && wanted.until.is_none_or(|until| line.unix_ms < until)
            && wanted.client.is_none_or(|client| line.subject.as_deref() == Some(client))
            && line.before != Before::Denied;
        let Some((method, route)) = line.operation.as_ref().filter(|_| is_wanted) else { return };
        let granted = match line.granted.map(|granted| self.granted(granted)) {
            Some(Err(why)) => return self.unread(&why),
            Some(Ok(granted)) => Some(granted),
            None => None,
        };
        self.operation.clear();
        self.operation.extend([&**method, " ", &**route]);
        let operation = self.used.operations.of(&self.operation);
        let mut room = self.room;
        let Some(client) = self.client(line) else {
            self.used.further += 1;
            return;
        };
        client.count.add(Count { lines: 1, first: line.unix_ms, last: line.unix_ms });
        client.without_grants += u64::from(granted.is_none());
        let mut keep = |number: Option<u32>, kept: &mut BTreeSet<u32>| match number {
            Some(number) if kept.contains(&number) => {}
            Some(number) if room > 0 => {
                kept.insert(number);
                room -= 1;
            }
            _ => client.is_cut = true,
        };
        keep(operation, &mut client.operations);
        if let Some(granted) = granted {
            keep(granted, &mut client.granted);
        }
        self.room = room;
    }
}

/// The member `granted`, as schemes with their scopes.
fn scopes(text: &str) -> Result<Scopes, String> {
    let read: Schemes<'_> = serde_json::from_str(text).map_err(|error| format!("`granted`: {error}"))?;
    let mut said = Scopes::new();
    for (scheme, scopes) in &read.0 {
        let all = said.entry(scheme.0.clone().into_owned()).or_default();
        all.extend(scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned));
    }
    Ok(said)
}

impl Take for Reading<'_> {
    fn take(&mut self, line: Option<&[u8]>) -> Result<(), Failure> {
        self.line += 1;
        match line.map(read) {
            None => self.unread("it is longer than a line of a log"),
            Some(Err(why)) => self.unread(&why),
            Some(Ok(Said::OtherSchema(_))) => self.unread("it is of another version of the schema"),
            Some(Ok(Said::Lost(_) | Said::Undecided)) => {}
            Some(Ok(Said::Decision(line))) => self.decision(&line),
        }
        Ok(())
    }
}
