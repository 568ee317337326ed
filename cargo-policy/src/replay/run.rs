//! Goes through the lines of all logs, and counts what is told of each.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use policy_core::owned::OwnedOperation;

use super::By;
use super::decide::Decider;
use super::grants::Reader;
use super::line::{Line, Said, read};
use super::lines::Take;
use super::tally::{Count, FURTHER, Key, Tally};
use crate::escape::visible;
use crate::failure::Failure;

/// How many lines that are not read are named with their numbers.
pub(super) const MOST_NAMED: usize = 100;
/// After so many lines the clock is looked at.
const BETWEEN_LOOKS: u64 = 1 << 16;

/// Which lines are replayed.
pub(super) struct Wanted<'a> {
    pub(super) since: Option<u64>,
    pub(super) until: Option<u64>,
    /// The name of the document in the log.
    pub(super) named: Option<&'a str>,
    pub(super) by: By,
}

/// A line that was not read, and why.
pub(super) struct Unread {
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) why: String,
}

/// How many lines there were, and what became of them.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) lines: u64,
    pub(super) replayed: u64,
    pub(super) outside: u64,
    pub(super) of_others: u64,
    pub(super) unreadable: u64,
    pub(super) other_schema: u64,
    pub(super) lost: u64,
    /// Denials of a gateway that no policy decided.
    pub(super) undecided: u64,
    /// The first of the unread lines.
    pub(super) unread: Vec<Unread>,
    /// Of the replayed lines.
    pub(super) time: Option<Count>,
}

/// A replay under way.
pub(super) struct Run<'e> {
    pub(super) decider: Decider<'e>,
    pub(super) reader: Reader<'e>,
    pub(super) tally: Tally,
    pub(super) totals: Totals,
    wanted: Wanted<'e>,
    /// The operations of the new policy, by template and then by method.
    routes: HashMap<&'e str, Vec<OwnedOperation<'e>>>,
    /// The document that the first line names.
    document: Option<Option<String>>,
    file: String,
    line: u64,
    begun: Instant,
    shown: Option<Instant>,
}

impl<'e> Run<'e> {
    pub(super) fn new(decider: Decider<'e>, wanted: Wanted<'e>, most: usize) -> Self {
        let policy = decider.policy();
        let mut routes: HashMap<&str, Vec<OwnedOperation<'_>>> = HashMap::new();
        for operation in policy.operations() {
            routes.entry(operation.template()).or_default().push(operation);
        }
        Self {
            decider,
            reader: Reader::new(policy),
            tally: Tally::new(most),
            totals: Totals::default(),
            wanted,
            routes,
            document: None,
            file: String::new(),
            line: 0,
            begun: Instant::now(),
            shown: None,
        }
    }

    /// The next lines are those of this file.
    pub(super) fn begin(&mut self, path: &Path) {
        self.file = path.display().to_string();
        self.line = 0;
    }

    fn unread(&mut self, why: String) {
        if self.totals.unread.len() < MOST_NAMED {
            self.totals.unread.push(Unread { file: self.file.clone(), line: self.line, why });
        }
    }

    fn unreadable(&mut self, why: String) {
        self.totals.unreadable += 1;
        self.unread(why);
    }

    fn decision(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        match self.wanted.named {
            Some(named) if line.document.as_deref() != Some(named) => {
                self.totals.of_others += 1;
                return Ok(());
            }
            Some(_) => {}
            None => self.same_document(line)?,
        }
        let is_outside = self.wanted.since.is_some_and(|since| line.unix_ms < since)
            || self.wanted.until.is_some_and(|until| line.unix_ms >= until);
        if is_outside {
            self.totals.outside += 1;
            return Ok(());
        }
        let routes = &self.routes;
        let number = line.operation.as_ref().map(|(method, route)| {
            let own = || routes.get(&**route)?.iter().find(|one| one.method() == &**method).map(|one| one.index());
            self.tally.operation(method, route, own)
        });
        let index = match number {
            // An operation without a number is looked up each time.
            Some(FURTHER) => line.operation.as_ref().and_then(|(method, route)| {
                routes.get(&**route)?.iter().find(|one| one.method() == &**method).map(|one| one.index())
            }),
            Some(number) => self.tally.operations.get(number as usize).and_then(|known| known.index),
            None => None,
        };
        let operation = index.and_then(|index| self.decider.policy().operation(index));
        let told = match self.decider.tell(line, operation, &mut self.reader) {
            Ok(told) => told,
            Err(why) => {
                self.unreadable(why);
                return Ok(());
            }
        };
        if let Some(missing) = &line.missing_scopes {
            self.reader.name(missing);
        }
        let client = self.wanted.by.of(line).map(|client| self.tally.client(client));
        let grants = told.grants.and_then(|grants| self.tally.grants(&grants));
        let (outcome, detail, is_open) = (told.outcome, told.detail, told.is_open);
        self.tally.count(Key { outcome, operation: number, detail, client, grants, is_open }, line.unix_ms);
        self.totals.replayed += 1;
        let one = Count { lines: 1, first: line.unix_ms, last: line.unix_ms };
        self.totals.time.get_or_insert(Count { lines: 0, ..one }).add(one);
        Ok(())
    }

    /// One policy decides all lines, so that they have to be about one document.
    fn same_document(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let found = line.document.as_deref();
        let Some(first) = &self.document else {
            self.document = Some(found.map(str::to_owned));
            return Ok(());
        };
        if first.as_deref() == found {
            return Ok(());
        }
        let told = |name: Option<&str>| name.map_or("no document".to_owned(), |name| format!("`{}`", visible(name)));
        let what = format!(
            "{}:{}: the line is about {}, and those before it are about {}",
            self.file,
            self.line,
            told(found),
            told(first.as_deref())
        );
        Err(Failure::with_help(what, "name the one that is replayed: `--named NAME`"))
    }

    /// A line on the terminal that says how far it is.
    fn progress(&mut self) {
        if !self.totals.lines.is_multiple_of(BETWEEN_LOOKS) || !std::io::stderr().is_terminal() {
            return;
        }
        let now = Instant::now();
        if now.duration_since(self.shown.unwrap_or(self.begun)) < Duration::from_secs(1) {
            return;
        }
        self.shown = Some(now);
        let seconds = now.duration_since(self.begun).as_secs().max(1);
        let _ = write!(
            std::io::stderr(),
            "\r\x1b[Kreplaying {} … {} lines, {} a second",
            visible(&self.file),
            self.totals.lines,
            self.totals.lines / seconds
        );
    }

    /// Removes that line.
    pub(super) fn end(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Take for Run<'_> {
    fn take(&mut self, line: Option<&[u8]>) -> Result<(), Failure> {
        self.totals.lines += 1;
        self.line += 1;
        match line.map(read) {
            None => self.unreadable("it is longer than a line of a log".to_owned()),
            Some(Err(why)) => self.unreadable(why),
            Some(Ok(Said::Undecided)) => self.totals.undecided += 1,
            Some(Ok(Said::Lost(lost))) => self.totals.lost = self.totals.lost.saturating_add(lost),
            Some(Ok(Said::OtherSchema(schema))) => {
                self.totals.other_schema += 1;
                self.unread(format!("it is of version {schema} of the schema, and this program reads version 1"));
            }
            Some(Ok(Said::Decision(line))) => self.decision(&line)?,
        }
        self.progress();
        Ok(())
    }
}
