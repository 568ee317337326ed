//! Shadow mode: the only function by which a denied request reaches its handler. It needs the feature `shadow`, which is off by default.
//!
//! Invariant *a permit cannot be forged*: a permit of shadow mode says so ([`Permit::would_deny`](crate::Permit::would_deny)). It is for
//! the operation that was denied, and holds the caller that authentication found, or an anonymous one. No scope is added to a grant.

use crate::denial::{Denial, Reason};
use crate::pipeline::Allowed;
use crate::policy::Document;
use crate::principal::Principal;
use crate::requirement::Alternative;

impl<D: Document> Denial<'_, D> {
    /// Lets the request through although it was denied. This turns the policy off for one request. `policy-http` calls it for the
    /// operations and stages that an application names, until the date that it names.
    ///
    /// # Errors
    /// The denial, where there is no handler: the request is for no operation of the policy, or the operation is still pending.
    pub fn let_through(self) -> Result<Allowed<D>, Self> {
        let Some(operation) = self.operation.filter(|_| self.reason != Reason::NoHandler) else { return Err(self) };
        // No alternative was met. The permit names the anonymous one if there is one, since that carries no scope.
        let alternative = operation.rule().requirement.alternatives().position(Alternative::is_anonymous);
        Ok(Allowed {
            operation,
            principal: self.principal.unwrap_or(Principal::ANONYMOUS),
            alternative: alternative.unwrap_or_default(),
            would_deny: Some(self.stage),
        })
    }
}
