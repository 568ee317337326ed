//! One line of the decision log, as `docs/decision-log.md` describes it. Guards and gateways write the same line.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use policy_core::{QueryKey, Stage};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Verdict;
use super::bounded::Cut;
use super::logged::Logged;
use crate::credential_fault::CredentialFault;

/// The version of the schema. A member that is added leaves it as it is; a member that is renamed, left out or means something else does
/// not.
const SCHEMA: u32 = 1;

/// How many names of query parameters a line has at most.
const MOST_NAMES: usize = 64;

/// The line of a decision. What is not known is left out.
pub(super) struct Line<'d, L> {
    pub(super) decision: &'d L,
    /// Whether it has what a replay needs.
    pub(super) for_replay: bool,
}

impl<L: Logged> Serialize for Line<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let decision = self.decision;
        let mut line = Members(serializer.serialize_map(None)?);
        line.add("schema", &SCHEMA)?;
        line.add("unix_ms", &unix_ms(decision.time()))?;
        line.add("decision", decision.verdict().as_str())?;
        line.add_known("document", decision.document())?;
        line.add_known("method", decision.method())?;
        line.add_known("route", decision.template())?;
        line.add_known("stage", decision.stage().map(Stage::as_str))?;
        line.add_known("reason", decision.reason_code())?;
        line.add_known("fault", decision.fault().map(CredentialFault::code))?;
        line.add_known("status", decision.status())?;
        line.add_known("missing_scopes", decision.missing().map(Shown))?;
        line.add_known("query_key", decision.query_key().map(Shown))?;
        line.add_known("credential_id", decision.credential_id().map(shortened))?;
        line.add_known("subject", decision.subject().map(shortened))?;
        line.add_known("tenant", decision.tenant().map(shortened))?;
        if self.for_replay {
            line.add("granted", &Granted(decision))?;
            line.add("enablement", decision.enablement())?;
            let query = decision.query().unwrap_or_default();
            line.add("query_names", &Names(query))?;
            line.add_known("query_names_cut", Some(true).filter(|_| QueryKey::all(query).nth(MOST_NAMES).is_some()))?;
        }
        line.add_known("latency_us", decision.latency_us())?;
        line.add("fingerprint", decision.fingerprint())?;
        line.0.end()
    }
}

/// The line of a denial that no policy decided.
pub(super) struct UndecidedLine<'d> {
    pub(super) time: SystemTime,
    pub(super) listener: &'d str,
    pub(super) reason: &'d str,
    pub(super) status: u16,
}

impl Serialize for UndecidedLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = Members(serializer.serialize_map(None)?);
        line.add("schema", &SCHEMA)?;
        line.add("unix_ms", &unix_ms(self.time))?;
        line.add("decision", Verdict::Deny.as_str())?;
        line.add("listener", &shortened(self.listener))?;
        line.add("reason", self.reason)?;
        line.add("status", &self.status)?;
        line.0.end()
    }
}

fn unix_ms(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The members of a line.
struct Members<M>(M);

impl<M: SerializeMap> Members<M> {
    fn add<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        self.0.serialize_entry(name, value)
    }

    fn add_known<T: Serialize>(&mut self, name: &'static str, value: Option<T>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.add(name, &value))
    }
}

/// What each scheme granted, by its name. A scope that the policy does not know is not among them.
struct Granted<'d, L>(&'d L);

impl<L: Logged> Serialize for Granted<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.granted().map(|(scheme, scopes)| (scheme, Shown(scopes))))
    }
}

/// The names in a query, decoded, each as often as it was sent.
struct Names<'d>(&'d str);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names = serializer.serialize_seq(None)?;
        for name in QueryKey::all(self.0).take(MOST_NAMES) {
            names.serialize_element(&Shown(name))?;
        }
        names.end()
    }
}

fn shortened(text: &str) -> Shown<Cut<'_>> {
    Shown(Cut(text))
}

/// Serialises a value by its `Display`, without a string in between.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
