//! The decision log of a gate for policies that are read at run time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use policy_core::owned::OwnedOperation;
use policy_core::unmatched::Unmatched;
use policy_core::{QueryKey, Reason, Stage};

use super::Policy;
use super::caller::Caller;
use super::denied::{Denied, Spaced};
use crate::clock::Clock;
use crate::credential_fault::CredentialFault;
use crate::log::{JsonLines, Logged, Tracing, Verdict, told};

/// Gets every decision of a gate, and every 404 and 405 that it answers to a known caller. It must not block.
/// [`Tracing`] and [`JsonLines`] are ready to use, and several logs are a log too.
pub trait DecisionLog: Send + Sync + 'static {
    /// Takes one decision.
    fn record(&self, decision: &Decision<'_>);

    /// Whether this log needs [`Decision::latency`]. If it does not, no clock is read.
    fn measures(&self) -> bool {
        true
    }
}

impl DecisionLog for Tracing {
    fn record(&self, decision: &Decision<'_>) {
        told(decision);
    }

    fn measures(&self) -> bool {
        tracing::enabled!(target: "policy", tracing::Level::WARN)
    }
}

impl DecisionLog for JsonLines {
    fn record(&self, decision: &Decision<'_>) {
        self.push(decision);
    }
}

impl<L: DecisionLog + ?Sized> DecisionLog for Arc<L> {
    fn record(&self, decision: &Decision<'_>) {
        L::record(self, decision);
    }

    fn measures(&self) -> bool {
        L::measures(self)
    }
}

impl<L: DecisionLog> DecisionLog for Vec<L> {
    fn record(&self, decision: &Decision<'_>) {
        for log in self {
            log.record(decision);
        }
    }

    fn measures(&self) -> bool {
        self.iter().any(DecisionLog::measures)
    }
}

/// How a request was decided.
pub(super) enum Decided<'d> {
    Allowed(OwnedOperation<'d>, Option<&'d Caller>),
    Denied(&'d Denied<'d>),
    /// Shadow mode let it through.
    WouldDeny(&'d Denied<'d>),
    /// No operation answers it, and its caller may know that. The operation is GET's, if the request was for HEAD, which is not served.
    Unmatched(Unmatched, Option<OwnedOperation<'d>>, Option<&'d Caller>),
}

/// One decision, as a [`DecisionLog`] sees it.
pub struct Decision<'d> {
    pub(super) policy: &'d Policy,
    pub(super) decided: Decided<'d>,
    pub(super) fault: Option<CredentialFault>,
    pub(super) query: Option<&'d str>,
    pub(super) started: Option<Instant>,
    pub(super) clock: &'d dyn Clock,
}

impl<'d> Decision<'d> {
    /// How it ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.decided {
            Decided::Allowed(..) => Verdict::Allow,
            Decided::Denied(_) | Decided::Unmatched(..) => Verdict::Deny,
            Decided::WouldDeny(_) => Verdict::WouldDeny,
        }
    }

    /// The name of the document.
    #[must_use]
    pub fn document(&self) -> Option<&'d str> {
        self.policy.name.as_deref()
    }

    /// The operation. `None` for a request that reached none.
    #[must_use]
    pub fn operation(&self) -> Option<OwnedOperation<'d>> {
        match self.decided {
            Decided::Allowed(operation, _) => Some(operation),
            Decided::Denied(denied) | Decided::WouldDeny(denied) => denied.operation,
            Decided::Unmatched(_, operation, _) => operation,
        }
    }

    /// The caller. `None` if nobody is known.
    #[must_use]
    pub fn caller(&self) -> Option<&'d Caller> {
        match self.decided {
            Decided::Allowed(_, caller) | Decided::Unmatched(_, _, caller) => caller,
            Decided::Denied(denied) | Decided::WouldDeny(denied) => denied.caller,
        }
    }

    fn denial(&self) -> Option<&'d Denied<'d>> {
        match self.decided {
            Decided::Denied(denied) | Decided::WouldDeny(denied) => Some(denied),
            Decided::Allowed(..) | Decided::Unmatched(..) => None,
        }
    }

    /// Why no operation answers the request.
    #[must_use]
    pub fn unmatched(&self) -> Option<Unmatched> {
        match self.decided {
            Decided::Unmatched(unmatched, ..) => Some(unmatched),
            _ => None,
        }
    }

    /// The stage that refused.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        Some(self.denial()?.stage)
    }

    /// Why a stage refused.
    #[must_use]
    pub fn reason(&self) -> Option<Reason<'d>> {
        Some(self.denial()?.reason)
    }

    /// Why it was refused, by its stable name.
    #[must_use]
    pub fn reason_code(&self) -> Option<&'static str> {
        self.reason().map(|reason| reason.code()).or_else(|| self.unmatched().map(Unmatched::code))
    }

    /// What is wrong with the credential, where it was refused. Logs name it; answers never do.
    #[must_use]
    pub fn fault(&self) -> Option<CredentialFault> {
        self.fault
    }

    /// The HTTP status of the refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.reason().map(|reason| reason.status()).or_else(|| Some(self.unmatched()?.status()))
    }

    /// The scopes that the caller lacks, sorted.
    pub fn missing_scopes(&self) -> impl Iterator<Item = &'d str> {
        self.denial().into_iter().flat_map(|denied| denied.missing.iter().copied())
    }

    /// The name of the query parameter that is not accepted.
    #[must_use]
    pub fn query_key(&self) -> Option<QueryKey<'d>> {
        match self.reason()? {
            Reason::UnsupportedQuery(key) => Some(key),
            _ => None,
        }
    }

    /// The fingerprint of the policy that decided.
    #[must_use]
    pub fn fingerprint(&self) -> &'d str {
        &self.policy.fingerprint
    }

    /// How long it took so far. `None` if no log [measures](DecisionLog::measures).
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        Some(self.clock.instant().saturating_duration_since(self.started?))
    }

    /// The time now, by the clock of the gate.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.clock.now()
    }
}

impl Logged for Decision<'_> {
    fn verdict(&self) -> Verdict {
        Decision::verdict(self)
    }

    fn document(&self) -> Option<&str> {
        Decision::document(self)
    }

    fn method(&self) -> Option<&str> {
        self.operation().map(OwnedOperation::method)
    }

    fn template(&self) -> Option<&str> {
        self.operation().map(OwnedOperation::template)
    }

    fn denied(&self) -> Option<(Stage, Reason<'_>)> {
        self.denial().map(|denied| (denied.stage, denied.reason))
    }

    fn reason_code(&self) -> Option<&'static str> {
        Decision::reason_code(self)
    }

    fn fault(&self) -> Option<CredentialFault> {
        self.fault
    }

    fn status(&self) -> Option<u16> {
        Decision::status(self)
    }

    fn missing(&self) -> Option<impl fmt::Display> {
        self.denial().filter(|denied| !denied.missing.is_empty()).map(|denied| Spaced(&denied.missing))
    }

    fn credential_id(&self) -> Option<&str> {
        self.caller()?.credential_id()
    }

    fn subject(&self) -> Option<&str> {
        self.caller().map(Caller::subject)
    }

    fn tenant(&self) -> Option<&str> {
        self.caller()?.tenant()
    }

    fn granted(&self) -> impl Iterator<Item = (&str, impl fmt::Display)> {
        let grants = self.caller().map(|caller| caller.grants(&self.policy.rules));
        grants.into_iter().flatten().map(|(scheme, scopes)| (scheme, scopes.join(" ")))
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
        self.policy.rules.check_order()
    }

    fn has_known_caller(&self) -> bool {
        self.operation().is_some() && self.caller().is_some()
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("verdict", &self.verdict())
            .field("document", &self.document())
            .field("operation", &self.operation())
            .field("reason", &self.reason_code())
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
