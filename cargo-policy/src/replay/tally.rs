//! Counts what is told of each line, by operation and client, in memory that does not grow with the log.

use std::collections::HashMap;
use std::rc::Rc;

use super::grants::Grants;
use super::numbers::Numbers;
use super::outcome::{Detail, Outcome};

/// Stands for every client, or every operation of the log, for which there is no room.
pub(super) const FURTHER: u32 = u32::MAX;
/// How many operations of a log are told apart. No document has as many.
const MOST_OPERATIONS: usize = 100_000;
/// How many bytes the name of a client or an operation has at most. A log has 128 characters of a client. A longer name finds no room:
/// whoever wrote it would take as much memory as the log is large.
const LONGEST_NAME: usize = 1 << 10;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) outcome: Outcome,
    /// The number of an operation of the log. `None` for lines without one.
    pub(super) operation: Option<u32>,
    pub(super) detail: Detail,
    /// The number of a client. `None` where nobody is known.
    pub(super) client: Option<u32>,
    /// What was granted, where it is needed when the whole log was read.
    pub(super) grants: Option<u32>,
    /// Whether the answer is open until then.
    pub(super) is_open: bool,
}

/// How often, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) lines: u64,
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.lines = self.lines.saturating_add(other.lines);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// An operation of the log.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) method: Box<str>,
    pub(super) route: Box<str>,
    /// Its index in the new policy, where that has it.
    pub(super) index: Option<usize>,
}

/// All counts.
pub(super) struct Tally {
    most: usize,
    pub(super) counts: HashMap<Key, Count>,
    pub(super) operations: Vec<Logged>,
    /// The numbers of the operations, by route and then by method.
    routes: HashMap<Box<str>, Vec<u32>>,
    pub(super) clients: Numbers,
    pub(super) grants: Vec<Rc<Grants>>,
    /// By the address of what `grants` keeps.
    grants_numbers: HashMap<*const Grants, u32>,
    /// Whether something was counted as further.
    pub(super) is_full: bool,
}

impl Tally {
    /// With so many clients, and so many pairs of operation and client with one answer.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            counts: HashMap::new(),
            operations: Vec::new(),
            routes: HashMap::new(),
            clients: Numbers::new(most),
            grants: Vec::new(),
            grants_numbers: HashMap::new(),
            is_full: false,
        }
    }

    /// The number of an operation. `find` looks it up in the new policy, once for each operation of the log.
    pub(super) fn operation(&mut self, method: &str, route: &str, find: impl FnOnce() -> Option<usize>) -> u32 {
        let known = self
            .routes
            .get(route)
            .into_iter()
            .flatten()
            .find(|number| self.operations.get(**number as usize).is_some_and(|known| *known.method == *method));
        if let Some(number) = known {
            return *number;
        }
        let is_short = method.len() + route.len() <= LONGEST_NAME;
        let Some(number) = next(self.operations.len(), MOST_OPERATIONS).filter(|_| is_short) else {
            self.is_full = true;
            return FURTHER;
        };
        self.operations.push(Logged { method: method.into(), route: route.into(), index: find() });
        self.routes.entry(route.into()).or_default().push(number);
        number
    }

    /// The number of a client.
    pub(super) fn client(&mut self, name: &str) -> u32 {
        let number = if name.len() <= LONGEST_NAME { self.clients.of(name) } else { None };
        self.is_full |= number.is_none();
        number.unwrap_or(FURTHER)
    }

    /// The number of what was granted. `None` where there is no room.
    pub(super) fn grants(&mut self, grants: &Rc<Grants>) -> Option<u32> {
        // What is kept here is not dropped, so that its address stays its own.
        if let Some(number) = self.grants_numbers.get(&Rc::as_ptr(grants)) {
            return Some(*number);
        }
        let number = next(self.grants.len(), self.most)?;
        self.grants.push(Rc::clone(grants));
        self.grants_numbers.insert(Rc::as_ptr(grants), number);
        Some(number)
    }

    /// Counts a line.
    pub(super) fn count(&mut self, key: Key, unix_ms: u64) {
        let one = Count { lines: 1, first: unix_ms, last: unix_ms };
        let merged = Key { client: key.client.map(|_| FURTHER), grants: None, ..key };
        // The second has as much room again, for the operations of the clients that find none.
        for (key, most) in [(key, self.most), (merged, self.most.saturating_mul(2))] {
            if let Some(count) = self.counts.get_mut(&key) {
                return count.add(one);
            }
            if self.counts.len() < most {
                self.counts.insert(key, one);
                return;
            }
            self.is_full = true;
        }
        // There are few of these: they are told apart by their answers alone.
        let merged = Key { operation: merged.operation.map(|_| FURTHER), ..merged };
        self.counts.entry(merged).or_insert(Count { lines: 0, ..one }).add(one);
    }
}

fn next(length: usize, most: usize) -> Option<u32> {
    u32::try_from(length).ok().filter(|_| length < most)
}
