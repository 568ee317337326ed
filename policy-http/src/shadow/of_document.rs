//! Shadow mode of a compiled policy.

use std::borrow::Cow;
use std::fmt;

use http::HeaderValue;
use policy_core::{Audit, Denial, Document, OperationSet, Stage};

use super::mode::{Mode, ShadowError};
use crate::clock::Clock;

/// Shadow mode: the operations and stages whose denials are logged and not enforced, until when, and why.
///
/// It is for services that adopt a policy. They mount their handlers behind the policy, and read in the log whom the policy would
/// refuse. Each such request is a [`WouldDeny`](crate::Verdict::WouldDeny) in the decision log, and its
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
/// One thing does not hold: `Carries<S>` then says what the document requires, and not what the caller was granted. Code with
/// `principal().tenant().expect(…)` can panic. Code that takes a missing tenant for “all tenants” serves everybody's data.
///
/// # The threat
/// The mode could stay on, or cover operations that nobody meant. So a flag does not turn it on. It needs a feature of this crate, a set
/// of operations, a reason that reviewers read in the audit, and a date. After that date denials are enforced in any case. It does
/// not apply to operations without a handler, nor to paths outside the policy.
pub struct Shadow<D: Document> {
    operations: OperationSet<D>,
    mode: Mode,
}

impl<D: Document> Shadow<D> {
    /// Shadow mode for these operations, up to the end of that day in UTC (`2027-06-30`), at every stage but authentication.
    ///
    /// # Errors
    /// The text is no date, or the reason is empty.
    pub fn new(
        operations: OperationSet<D>,
        until: &str,
        reason: impl Into<Cow<'static, str>>,
    ) -> Result<Self, ShadowError> {
        Ok(Self { operations, mode: Mode::new(until, reason)? })
    }

    /// The stages whose denials are let through. With [`Stage::Authentication`], unknown callers are let through as anonymous ones. Read
    /// first what a permit means then.
    #[must_use]
    pub fn at_stages(mut self, stages: impl IntoIterator<Item = Stage>) -> Self {
        self.mode.at_stages(stages);
        self
    }

    /// Whether the denial is logged and not enforced.
    pub(crate) fn covers(&self, denial: &Denial<'_, D>, clock: &dyn Clock) -> bool {
        let is_own = denial.operation().is_some_and(|operation| self.operations.contains(operation));
        is_own && self.mode.covers(denial.stage(), denial.reason(), clock)
    }

    /// Writes to the log what is not enforced.
    pub(crate) fn announce(&self, clock: &dyn Clock) {
        self.mode.announce(self.operations.iter().count(), clock);
    }

    pub(crate) fn audit(&self, audit: Audit<D>) -> Audit<D> {
        let Mode { stages, until, reason, .. } = &self.mode;
        audit.with_shadow(self.operations, stages, &until.to_string(), reason)
    }
}

/// The value of `Policy-Shadow`: an item of structured fields (RFC 9651).
pub(crate) fn header<D: Document>(denial: &Denial<'_, D>) -> Option<Box<HeaderValue>> {
    let value = format!("would-deny; stage={}; reason={}", denial.stage(), denial.reason_code());
    HeaderValue::try_from(value).ok().map(Box::new)
}

impl<D: Document> fmt::Debug for Shadow<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow").field("operations", &self.operations).field("mode", &self.mode).finish()
    }
}
