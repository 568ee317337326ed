//! Shadow mode: a policy is tried on real traffic before it is enforced. Behind the feature `shadow`, off by default.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderValue;
use policy_core::{Audit, Date, Denial, Document, OperationSet, Reason, Stage};

use crate::clock::Clock;

/// For which operations denials are logged and not enforced, at which stages, until when and why.
///
/// It is for adoption: a service that had other checks, or none, mounts its handlers behind the policy and reads in its log
/// whom the policy would refuse. Each such request is a [`WouldDeny`](crate::Verdict::WouldDeny) in the decision log, and its
/// response says `Policy-Shadow: would-deny; stage=…; reason=…`. The audit names the mode, and the log does at start.
///
/// ```
/// use policy_core::{Document, OperationSet};
/// use policy_http::{Options, Shadow, ShadowError};
///
/// fn options<D: Document>() -> Result<Options<D>, ShadowError> {
///     let shadow = Shadow::new(OperationSet::all(), "2027-06-30", "partners move to scoped keys")?;
///     Ok(Options::new().shadow(shadow))
/// }
/// ```
///
/// # What a permit means then
/// It means that the operation is served as if there were no policy. The permit tells the handler so
/// ([`Permit::would_deny`](policy_core::Permit::would_deny)), and three things hold of it all the same:
///
/// - It is for the operation that was denied, and is handed over and taken once, as every permit.
/// - Its caller is the one who authenticated, with the tenant and the scopes that were really granted. A data function that
///   selects by `principal().tenant()` stays within the caller's organization.
/// - Denials of the stage *authentication* are enforced, unless [`at_stages`](Self::at_stages) names that stage. Where it does,
///   the caller of such a permit is anonymous: no subject, no tenant, no scope. It is never one of two that a request
///   claims to be, nor the owner of an expired key.
///
/// What does not hold: `Carries<S>` says then what the document requires, not what the caller was granted. Whoever writes
/// `principal().tenant().expect(…)` panics, and whoever treats a missing tenant as “all tenants” serves everybody's data.
///
/// # The threat
/// The mode could stay on, or cover operations that nobody meant. So a flag does not turn it on. It needs a feature of this crate, a set of operations,
/// a date after which denials are enforced whatever happens, and a reason that reviewers read in the audit. It opens no
/// operation that has no handler, and no path outside the policy.
pub struct Shadow<D: Document> {
    operations: OperationSet<D>,
    stages: Vec<Stage>,
    until: Date,
    reason: Cow<'static, str>,
    ended: AtomicBool,
}

impl<D: Document> Shadow<D> {
    /// Shadow mode for these operations, up to the end of that day in UTC (`2027-06-30`), at every stage but authentication.
    ///
    /// # Errors
    /// The date is none, or the reason is empty.
    pub fn new(
        operations: OperationSet<D>,
        until: &str,
        reason: impl Into<Cow<'static, str>>,
    ) -> Result<Self, ShadowError> {
        let reason = reason.into();
        if reason.trim().is_empty() {
            return Err(ShadowError::NoReason);
        }
        // A day before the epoch is a slip of the pen.
        let read = Date::parse(until).filter(|date| date.end() > 0);
        let until = read.ok_or_else(|| ShadowError::NoDate(until.to_owned()))?;
        let stages = vec![Stage::Enablement, Stage::Scopes, Stage::Query];
        Ok(Self { operations, stages, until, reason, ended: AtomicBool::new(false) })
    }

    /// The stages whose denials are let through. [`Stage::Authentication`] among them lets unknown callers through as
    /// anonymous ones: read first what a permit means then.
    #[must_use]
    pub fn at_stages(mut self, stages: impl IntoIterator<Item = Stage>) -> Self {
        let stages: Vec<Stage> = stages.into_iter().collect();
        self.stages = Stage::ALL.into_iter().filter(|stage| stages.contains(stage)).collect();
        self
    }

    /// Whether the denial is one that is logged and not enforced.
    pub(crate) fn covers(&self, denial: &Denial<'_, D>, clock: &dyn Clock) -> bool {
        let covered = self.stages.contains(&denial.stage())
            && denial.reason() != Reason::NoHandler
            && denial.operation().is_some_and(|operation| self.operations.contains(operation));
        covered && self.is_on(clock)
    }

    fn is_on(&self, clock: &dyn Clock) -> bool {
        let on = clock.unix_seconds() < self.until.end();
        if !on && !self.ended.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "policy", until = %self.until, "shadow mode has ended; denials are enforced");
        }
        on
    }

    /// Says in the log what is not enforced.
    pub(crate) fn announce(&self, clock: &dyn Clock) {
        if self.is_on(clock) {
            tracing::warn!(
                target: "policy",
                operations = self.operations.iter().count(),
                stages = ?self.stages,
                until = %self.until,
                reason = %self.reason,
                "shadow mode is on: denials are logged and not enforced"
            );
        }
    }

    pub(crate) fn audit(&self, audit: Audit<D>) -> Audit<D> {
        audit.with_shadow(self.operations, &self.stages, &self.until.to_string(), &self.reason)
    }
}

/// The value of `Policy-Shadow`: an item of structured fields (RFC 9651).
pub(crate) fn header<D: Document>(denial: &Denial<'_, D>) -> Option<Box<HeaderValue>> {
    let value = format!("would-deny; stage={}; reason={}", denial.stage(), denial.reason_code());
    HeaderValue::try_from(value).ok().map(Box::new)
}

impl<D: Document> fmt::Debug for Shadow<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow")
            .field("operations", &self.operations)
            .field("stages", &self.stages)
            .field("until", &format_args!("{}", self.until))
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// Why there is no shadow mode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShadowError {
    /// The text is no date of the form `2027-06-30`.
    NoDate(String),
    /// The reason is empty. Without one nobody would know when the mode can be turned off.
    NoReason,
}

impl fmt::Display for ShadowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDate(text) => {
                write!(f, "`{}` is no date; write the last day of shadow mode as `2027-06-30`", text.escape_debug())
            }
            Self::NoReason => f.write_str("shadow mode needs a reason, which the audit shows"),
        }
    }
}

impl std::error::Error for ShadowError {}
