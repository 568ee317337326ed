//! The decision log: what was decided, for whom, why and how fast. It never has the credential nor the path.

mod bounded;
mod counters;
mod json_lines;
mod line;
mod logged;
mod prometheus;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use policy_core::unmatched::Unmatched;
use policy_core::{Allowed, Denial, Document, OperationRef, Policy, Principal, Reason, Stage};

pub use bounded::Bounded;
pub use counters::{Count, Counters};
pub use json_lines::JsonLines;
#[doc(hidden)]
pub use prometheus::LabelValue;
pub use prometheus::Prometheus;
pub use trace::Tracing;
#[cfg(feature = "run-time")]
pub(crate) use {logged::Logged, trace::told};

use crate::clock::Clock;
use crate::credential_fault::CredentialFault;

/// Gets every decision of a guard, and every 404 and 405 that it answers to a known caller.
///
/// It is called before the handler runs or the denial is sent, so that the request waits for it. It must not block, and should not
/// allocate. [`Tracing`] (the default), [`JsonLines`] and [`Counters`] are ready to use, and Prometheus can [collect](Counters::prometheus)
/// the counters. A tuple of logs is a log too.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Decision, DecisionLog, Verdict};
///
/// /// Shouts where shadow mode let somebody through.
/// struct Shout;
///
/// impl<D: Document> DecisionLog<D> for Shout {
///     fn record(&self, decision: &Decision<'_, D>) {
///         if decision.verdict() == Verdict::WouldDeny {
///             eprintln!("would deny: {:?}", decision.reason_code());
///         }
///     }
/// }
/// ```
pub trait DecisionLog<D: Document>: Send + Sync + 'static {
    /// Takes one decision.
    fn record(&self, decision: &Decision<'_, D>);

    /// Whether this log needs [`Decision::latency`]. If it does not, no clock is read. Decisions are recorded in any case.
    fn measures(&self) -> bool {
        true
    }
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Every stage passed.
    Allow,
    /// A stage refused.
    Deny,
    /// A stage refused, and shadow mode let the request through.
    WouldDeny,
}

impl Verdict {
    /// The word that logs use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Deny => "deny",
            Verdict::WouldDeny => "would-deny",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a request was decided.
#[derive(Clone, Copy)]
pub(crate) enum Decided<'d, D: Document> {
    Allowed(&'d Allowed<D>),
    Denied(&'d Denial<'d, D>),
    /// Shadow mode let it through.
    #[cfg_attr(not(feature = "shadow"), expect(dead_code, reason = "only shadow mode does"))]
    WouldDeny(&'d Denial<'d, D>),
    /// No operation answers it, and its caller may know that. `operation` is GET's, if the request was for HEAD, which is not served.
    Unmatched {
        unmatched: Unmatched,
        operation: Option<OperationRef<D>>,
        caller: Option<&'d Principal<D>>,
    },
}

/// One decision, as a [`DecisionLog`] sees it.
pub struct Decision<'d, D: Document> {
    decided: Decided<'d, D>,
    fault: Option<CredentialFault>,
    /// The raw query of the request, of which a log may name the parameters.
    query: Option<&'d str>,
    started: Option<Instant>,
    clock: &'d dyn Clock,
}

impl<'d, D: Document> Decision<'d, D> {
    pub(crate) fn new(
        decided: Decided<'d, D>,
        fault: Option<CredentialFault>,
        query: Option<&'d str>,
        started: Option<Instant>,
        clock: &'d dyn Clock,
    ) -> Self {
        Self { decided, fault, query, started, clock }
    }

    /// How it ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.decided {
            Decided::Allowed(_) => Verdict::Allow,
            Decided::Denied(_) | Decided::Unmatched { .. } => Verdict::Deny,
            Decided::WouldDeny(_) => Verdict::WouldDeny,
        }
    }

    /// The operation. `None` for a request that reached none.
    #[must_use]
    pub fn operation(&self) -> Option<OperationRef<D>> {
        match self.decided {
            Decided::Allowed(allowed) => Some(allowed.operation()),
            Decided::Denied(denial) | Decided::WouldDeny(denial) => denial.operation(),
            Decided::Unmatched { operation, .. } => operation,
        }
    }

    /// The caller. `None` if authentication did not pass, or the caller is anonymous.
    #[must_use]
    pub fn principal(&self) -> Option<&'d Principal<D>> {
        let principal = match self.decided {
            Decided::Allowed(allowed) => Some(allowed.principal()),
            Decided::Denied(denial) | Decided::WouldDeny(denial) => denial.principal(),
            Decided::Unmatched { caller, .. } => caller,
        };
        principal.filter(|principal| !principal.is_anonymous())
    }

    /// The public identifier of the credential.
    #[must_use]
    pub fn credential_id(&self) -> Option<&'d str> {
        self.principal()?.credential_id()
    }

    /// Who called.
    #[must_use]
    pub fn subject(&self) -> Option<&'d str> {
        self.principal()?.subject()
    }

    /// The organization on whose behalf the caller acts.
    #[must_use]
    pub fn tenant(&self) -> Option<&'d str> {
        self.principal()?.tenant()
    }

    /// The denial. In shadow mode, the denial that was not enforced.
    #[must_use]
    pub fn denial(&self) -> Option<&'d Denial<'d, D>> {
        match self.decided {
            Decided::Denied(denial) | Decided::WouldDeny(denial) => Some(denial),
            Decided::Allowed(_) | Decided::Unmatched { .. } => None,
        }
    }

    /// Why no operation answers the request: the document does not have the path or the method, and the caller may know that.
    #[must_use]
    pub fn unmatched(&self) -> Option<Unmatched> {
        match self.decided {
            Decided::Unmatched { unmatched, .. } => Some(unmatched),
            _ => None,
        }
    }

    /// The stage that refused. `None` if the request was allowed or reached no operation.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        Some(self.denial()?.stage())
    }

    /// Why it was refused, by its stable name.
    #[must_use]
    pub fn reason_code(&self) -> Option<&'static str> {
        self.denial().map(|denial| denial.reason_code()).or_else(|| self.unmatched().map(Unmatched::code))
    }

    /// What is wrong with the credential, where it was refused and its authenticator said so. Logs name it; answers never do.
    #[must_use]
    pub fn fault(&self) -> Option<CredentialFault> {
        self.fault
    }

    /// The HTTP status of the refusal.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.denial().map(|denial| denial.status()).or_else(|| Some(self.unmatched()?.status()))
    }

    /// Why a stage refused.
    #[must_use]
    pub fn reason(&self) -> Option<Reason<'d>> {
        Some(self.denial()?.reason())
    }

    /// The fingerprint of the policy that decided.
    #[must_use]
    pub fn fingerprint(&self) -> &'static str {
        Policy::<D>::new().fingerprint()
    }

    /// How long it took so far, with all that the authenticator and the enablement waited for. `None` if no log
    /// [measures](DecisionLog::measures).
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        Some(self.clock.instant().saturating_duration_since(self.started?))
    }

    /// The time now, by the clock of the guard.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.clock.now()
    }
}

impl<D: Document> fmt::Debug for Decision<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("verdict", &self.verdict())
            .field("operation", &self.operation())
            .field("denial", &self.denial())
            .field("fault", &self.fault)
            .field("unmatched", &self.unmatched())
            .finish_non_exhaustive()
    }
}

impl<D: Document, L: DecisionLog<D> + ?Sized> DecisionLog<D> for Arc<L> {
    fn record(&self, decision: &Decision<'_, D>) {
        L::record(self, decision);
    }

    fn measures(&self) -> bool {
        L::measures(self)
    }
}

macro_rules! several {
    ($($log:ident $at:tt),*) => {
        impl<D: Document, $($log: DecisionLog<D>),*> DecisionLog<D> for ($($log,)*) {
            fn record(&self, decision: &Decision<'_, D>) {
                $(self.$at.record(decision);)*
            }

            fn measures(&self) -> bool {
                $(self.$at.measures())||*
            }
        }
    };
}

several!(A 0, B 1);
several!(A 0, B 1, C 2);
several!(A 0, B 1, C 2, E 3);
