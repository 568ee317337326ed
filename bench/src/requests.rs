//! Requests that hit every operation in random order, one in ten of them a miss.

use crate::oracle::Oracle;
use crate::workload::{Operation, with_names};

/// A request and what it must lead to.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The raw path.
    pub path: String,
    /// The place of the caller in [`Requests::callers`].
    pub caller: usize,
    /// The scopes that the caller was granted, as a token carries them.
    pub grant: String,
    /// The right answer of a router.
    pub routed: Outcome,
    /// The right answer of a decider.
    pub decided: Outcome,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is no such operation.
    NotFound,
    /// The operation is open to the caller.
    Allowed(u32),
    /// So many of its scopes are missing.
    Denied(u32),
}

/// All requests, and the grants of their callers.
#[derive(Debug)]
pub struct Requests {
    /// In random order.
    pub all: Vec<Request>,
    /// The grant of each caller.
    pub callers: Vec<String>,
}

/// The least number of requests, so that a processor does not learn those of a small document.
const LEAST: usize = 4096;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// How many scopes callers hold beside those that their first request needs.
const MOST_OTHERS: usize = 16;

/// Requests for every operation. Three in four callers hold what the operation requires, and up to `MOST_OTHERS` other
/// scopes as well.
#[must_use]
pub fn requests(operations: &[&Operation], oracle: &Oracle<'_>) -> Requests {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut scopes: Vec<&str> = operations.iter().flat_map(|operation| operation.scopes.split(' ')).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < LEAST {
        order.extend(0..operations.len());
    }
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    let mut requests = Requests { all: Vec::with_capacity(order.len()), callers: Vec::with_capacity(order.len()) };
    for index in order {
        let Some(operation) = operations.get(index) else { continue };
        let mut path = with_names(&operation.template, |_| random.value());
        let mut method = METHODS.into_iter().find(|known| *known == operation.method).unwrap_or("GET");
        if random.below(10) == 0 {
            match random.below(3) {
                0 => path.push_str("/none"),
                1 => method = "OPTIONS",
                _ => path = misspelt(&path, random.below(path.len())),
            }
        }
        let mut granted: Vec<&str> =
            if random.below(4) > 0 { operation.scopes.split(' ').collect() } else { Vec::new() };
        for _ in 0..1 + random.below(MOST_OTHERS.min(scopes.len())) {
            granted.extend(scopes.get(random.below(scopes.len())));
        }
        granted.sort_unstable();
        granted.dedup();
        let routed = oracle.route(method, &path).map_or(Outcome::NotFound, Outcome::Allowed);
        let decided = match routed {
            Outcome::Allowed(at) => {
                let required = operations.get(at as usize).map_or("", |operation| &operation.scopes);
                match required.split(' ').filter(|scope| !granted.contains(scope)).count() {
                    0 => routed,
                    missing => Outcome::Denied(missing as u32),
                }
            }
            other => other,
        };
        let grant = granted.join(" ");
        requests.callers.push(grant.clone());
        requests.all.push(Request { method, path, caller: requests.callers.len() - 1, grant, routed, decided });
    }
    requests
}

/// The path with one letter of it, at or after a place, replaced.
fn misspelt(path: &str, from: usize) -> String {
    let mut replaced = false;
    let letters = path.char_indices().map(|(at, letter)| {
        let here = !replaced && at >= from && letter != '/';
        replaced |= here;
        if here { '_' } else { letter }
    });
    letters.collect()
}

/// A small generator with a fixed seed, so that every run has the same requests.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    /// What identifiers in paths look like: a number, a UUID, a slug.
    fn value(&mut self) -> String {
        match self.below(3) {
            0 => (self.next() >> (34 + self.below(20))).to_string(),
            1 => {
                let (high, low) = (self.next(), self.next());
                let (b, c) = (high >> 16 & 0xffff, high & 0xffff);
                format!("{:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", high >> 32, low >> 48, low & 0xffff_ffff_ffff)
            }
            _ => format!("item-{:x}", self.next() >> (16 + self.below(32))),
        }
    }
}
