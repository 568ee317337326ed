//! What a log is told of a decision, whether its policy was compiled or read at run time.

use std::fmt;
use std::time::{Duration, SystemTime};

use policy_core::{Document, Policy, QueryKey, Reason, Stage};

use super::{Decision, Verdict};
use crate::credential_fault::CredentialFault;

/// The facts of a decision. Each is computed when it is asked for, since a log may be off.
pub(crate) trait Logged {
    fn verdict(&self) -> Verdict;
    /// The name of the document, where several are served.
    fn document(&self) -> Option<&str>;
    fn method(&self) -> Option<&str>;
    fn template(&self) -> Option<&str>;
    fn denied(&self) -> Option<(Stage, Reason<'_>)>;
    fn reason_code(&self) -> Option<&'static str>;
    fn fault(&self) -> Option<CredentialFault>;
    fn status(&self) -> Option<u16>;
    /// The scopes that the caller lacks. `None` where it lacks none.
    fn missing(&self) -> Option<impl fmt::Display>;
    fn credential_id(&self) -> Option<&str>;
    fn subject(&self) -> Option<&str>;
    fn tenant(&self) -> Option<&str>;
    /// What each scheme granted: its name and its scopes, with spaces between them.
    fn granted(&self) -> impl Iterator<Item = (&str, impl fmt::Display)>;
    /// How long the decision took so far. `None` if no log measures.
    fn latency(&self) -> Option<Duration>;
    fn fingerprint(&self) -> &str;
    fn time(&self) -> SystemTime;
    /// The raw query of the request.
    fn query(&self) -> Option<&str>;
    fn check_order(&self) -> [Stage; 4];
    /// Whether the request reached an operation, and its caller is known.
    fn has_known_caller(&self) -> bool;

    fn stage(&self) -> Option<Stage> {
        Some(self.denied()?.0)
    }

    /// The latency in whole microseconds.
    fn latency_us(&self) -> Option<u64> {
        Some(u64::try_from(self.latency()?.as_micros()).unwrap_or(u64::MAX))
    }

    /// The name of the query parameter that is not accepted. It is displayed in part if it is long, and without control characters.
    fn query_key(&self) -> Option<QueryKey<'_>> {
        match self.denied()?.1 {
            Reason::UnsupportedQuery(key) => Some(key),
            _ => None,
        }
    }

    /// What enablement answered. It follows from the stage that denied, since each stage is asked only after those before it passed.
    fn enablement(&self) -> &'static str {
        if !self.has_known_caller() {
            return "not_asked";
        }
        let Some((stage, reason)) = self.denied() else { return "enabled" };
        let place = |wanted: Stage| self.check_order().into_iter().position(|stage| stage == wanted);
        match reason {
            Reason::NotEnabled => "not_enabled",
            Reason::Enablement(_) => reason.code(),
            _ if place(stage) < place(Stage::Enablement) => "not_asked",
            _ => "enabled",
        }
    }
}

impl<D: Document> Logged for Decision<'_, D> {
    #[inline]
    fn verdict(&self) -> Verdict {
        Decision::verdict(self)
    }

    fn document(&self) -> Option<&str> {
        None
    }

    fn method(&self) -> Option<&str> {
        self.operation().map(|operation| operation.method())
    }

    fn template(&self) -> Option<&str> {
        self.operation().map(|operation| operation.template())
    }

    fn denied(&self) -> Option<(Stage, Reason<'_>)> {
        self.denial().map(|denial| (denial.stage(), denial.reason()))
    }

    fn reason_code(&self) -> Option<&'static str> {
        Decision::reason_code(self)
    }

    fn fault(&self) -> Option<CredentialFault> {
        Decision::fault(self)
    }

    fn status(&self) -> Option<u16> {
        Decision::status(self)
    }

    fn missing(&self) -> Option<impl fmt::Display> {
        self.denial().map(|denial| denial.missing()).filter(|missing| !missing.is_empty())
    }

    fn credential_id(&self) -> Option<&str> {
        Decision::credential_id(self)
    }

    fn subject(&self) -> Option<&str> {
        Decision::subject(self)
    }

    fn tenant(&self) -> Option<&str> {
        Decision::tenant(self)
    }

    fn granted(&self) -> impl Iterator<Item = (&str, impl fmt::Display)> {
        let principal = self.principal();
        let granted = move |scheme: policy_core::Scheme<D>| Some((scheme.name(), *principal?.grant(scheme)?));
        Policy::<D>::new().schemes().filter_map(granted)
    }

    fn latency(&self) -> Option<Duration> {
        Decision::latency(self)
    }

    fn fingerprint(&self) -> &str {
        Decision::fingerprint(self)
    }

    fn time(&self) -> SystemTime {
        Decision::time(self)
    }

    fn query(&self) -> Option<&str> {
        self.query
    }

    fn check_order(&self) -> [Stage; 4] {
        Policy::<D>::new().check_order()
    }

    fn has_known_caller(&self) -> bool {
        self.operation().is_some() && self.principal().is_some()
    }
}
