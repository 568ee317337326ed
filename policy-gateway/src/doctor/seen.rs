//! What the authorizer and the service have seen.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::plan::Plan;

/// The header by which a request is known again.
pub(crate) const NONCE: &str = "x-doctor-nonce";

/// The head of a request, as somebody saw it. Bytes that are not ASCII are read as ISO 8859-1, so that no two differ only by what is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// The authority.
    pub host: Option<String>,
    /// The header fields, in their order, with names in lower case.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
}

impl Seen {
    /// The values of a header field.
    pub(crate) fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether this is the request of this nonce. A proxy that passes no foreign header has it in the query.
    fn is_of(&self, nonce: &str) -> bool {
        self.target.contains(nonce) || self.values(NONCE).any(|value| value == nonce)
    }
}

/// What the two servers of the doctor share with its client.
#[derive(Debug)]
pub(crate) struct Record {
    seen: Mutex<Sides>,
}

#[derive(Debug)]
struct Sides {
    plan: Plan,
    authorizer: Vec<Seen>,
    service: Vec<Seen>,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self { seen: Mutex::new(Sides { plan: Plan::Allow, authorizer: Vec::new(), service: Vec::new() }) }
    }

    /// Forgets everything, and says how the next questions are answered.
    pub(crate) fn begin(&self, plan: Plan) {
        let mut sides = self.sides();
        *sides = Sides { plan, authorizer: Vec::new(), service: Vec::new() };
    }

    /// The authorizer was asked: what does it answer?
    pub(crate) fn asked(&self, seen: Seen) -> Plan {
        let mut sides = self.sides();
        sides.authorizer.push(seen);
        sides.plan
    }

    /// The service was called.
    pub(crate) fn called(&self, seen: Seen) {
        self.sides().service.push(seen);
    }

    /// What both saw of the request of this nonce.
    pub(crate) fn of(&self, nonce: &str) -> (Option<Seen>, Option<Seen>) {
        let sides = self.sides();
        let of = |side: &[Seen]| side.iter().find(|seen| seen.is_of(nonce)).cloned();
        (of(&sides.authorizer), of(&sides.service))
    }

    fn sides(&self) -> MutexGuard<'_, Sides> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
