//! Shadow mode: the one function by which a denied request reaches its handler. Behind the feature `shadow`, off by default.
//!
//! Invariant *a permit cannot be forged*: a permit that comes of it says so wherever it goes
//! ([`Permit::would_deny`](crate::Permit::would_deny)), is for the very operation that was denied, and holds the caller
//! that authentication found, or nobody. No scope is added to anybody's grant.

use crate::denial::{Denial, Reason};
use crate::pipeline::Allowed;
use crate::policy::Document;
use crate::principal::Principal;
use crate::requirement::Alternative;

impl<D: Document> Denial<'_, D> {
    /// Lets the request through all the same. Whoever calls this turns the policy off for one request: `policy-http` does,
    /// for the operations and stages that an application names, until the date that it names.
    ///
    /// # Errors
    /// The denial, where there is no handler to let it through to: a caller who asked for no operation of the policy, and
    /// an operation that is still pending.
    pub fn let_through(self) -> Result<Allowed<D>, Self> {
        let Some(operation) = self.operation.filter(|_| self.reason != Reason::NoHandler) else { return Err(self) };
        // No alternative was met. The one that claims nothing is named where there is one.
        let alternative = operation.rule().requirement.alternatives().position(Alternative::is_anonymous);
        Ok(Allowed {
            operation,
            principal: self.principal.unwrap_or(Principal::ANONYMOUS),
            alternative: alternative.unwrap_or_default(),
            would_deny: Some(self.stage),
        })
    }
}
