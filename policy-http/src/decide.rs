//! The pipeline, driven by a request. The order is the document's, as a type: [`Drive`] can only walk it from its head.

use std::fmt;
use std::future::{Future, ready};

use policy_core::order::{Authentication, Done, Enablement as EnablementStage, Query, Scopes, Then};
use policy_core::{Allowed, AuthenticationFailure, Denial, Document, OperationRef, OperationSet, Pending, Principal};

use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::enablement::Enablement;
use crate::head::Head;
use crate::identify::identify;
use crate::log::{Decision, DecisionLog, Outcome, Tracing};

/// What the stages ask of a request and of the application.
pub struct Inputs<'r, 'a, H, A, E> {
    pub(crate) head: &'r H,
    pub(crate) authenticator: &'a A,
    pub(crate) enablement: &'a E,
    pub(crate) clock: &'a dyn Clock,
}

impl<H, A, E> fmt::Debug for Inputs<'_, '_, H, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs").finish_non_exhaustive()
    }
}

/// An order of stages that a request can be taken through. Implemented by every safe order of `policy_core::order`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check order that a request can be taken through",
    note = "the generated module declares the order; use the same version of policy-build and policy-http"
)]
pub trait Drive<D: Document>: Sized {
    /// Takes the request through the stages that are left.
    #[doc(hidden)]
    fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        inputs: Inputs<'r, '_, H, A, E>,
    ) -> impl Future<Output = Result<Allowed<D>, Denial<'r, D>>> + Send;
}

impl<D: Document> Drive<D> for Done {
    fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        _: Inputs<'r, '_, H, A, E>,
    ) -> impl Future<Output = Result<Allowed<D>, Denial<'r, D>>> + Send {
        ready(Ok(pending.allow()))
    }
}

impl<D: Document, R: Drive<D>> Drive<D> for Then<Authentication, R> {
    async fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        inputs: Inputs<'r, '_, H, A, E>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        let found = if pending.needs_authentication() {
            let found = identify(Some(pending.operation()), inputs.head, inputs.authenticator).await;
            if is_expired(&found, inputs.clock) { Err(AuthenticationFailure::Expired) } else { found }
        } else {
            Ok(None)
        };
        R::drive(pending.authenticate(found)?, inputs).await
    }
}

impl<D: Document, R: Drive<D>> Drive<D> for Then<EnablementStage, R> {
    async fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        inputs: Inputs<'r, '_, H, A, E>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        let enabled = if pending.needs_enablement() {
            inputs.enablement.enabled(pending.principal()).await
        } else {
            Ok(OperationSet::EMPTY)
        };
        R::drive(pending.enablement(enabled.as_ref().map_err(|failure| *failure))?, inputs).await
    }
}

impl<D: Document, R: Drive<D>> Drive<D> for Then<Scopes, R> {
    async fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        inputs: Inputs<'r, '_, H, A, E>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        R::drive(pending.scopes()?, inputs).await
    }
}

impl<D: Document, R: Drive<D>> Drive<D> for Then<Query, R> {
    async fn drive<'r, H: Head, A: Authenticator<D>, E: Enablement<D>>(
        pending: Pending<D, Self>,
        inputs: Inputs<'r, '_, H, A, E>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        R::drive(pending.query(inputs.head.query())?, inputs).await
    }
}

/// Whether the caller's credential is past its expiry, whatever the authenticator made of it.
pub(crate) fn is_expired<D: Document>(
    found: &Result<Option<Principal<D>>, AuthenticationFailure>,
    clock: &dyn Clock,
) -> bool {
    match found {
        Ok(Some(caller)) => caller.expires_at().is_some_and(|end| end <= clock.unix_seconds()),
        _ => false,
    }
}

/// Decides a request for the operation that its route was mounted for, and records the decision as one `tracing` event.
/// A [`Gate`](crate::Gate) does the same with the application's [`Options`](crate::Options).
///
/// The body is no part of a [`Head`], and the query is read at its own stage. Path and method are not looked at: which
/// operation a request is for is the router's to say.
///
/// # Errors
/// The denial, which is final.
pub async fn decide<'r, D, H, A, E>(
    operation: OperationRef<D>,
    head: &'r H,
    authenticator: &A,
    enablement: &E,
) -> Result<Allowed<D>, Denial<'r, D>>
where
    D: Document,
    D::Order: Drive<D>,
    H: Head,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    let clock = &SystemClock;
    let started = DecisionLog::<D>::measures(&Tracing).then(|| clock.instant());
    let inputs = Inputs { head, authenticator, enablement, clock };
    let outcome = D::Order::drive(Pending::start(operation), inputs).await;
    Tracing.record(&match &outcome {
        Ok(allowed) => Decision::new(Outcome::Allow, None, Some(allowed), started, clock),
        Err(denial) => Decision::new(Outcome::Deny, Some(denial), None, started, clock),
    });
    outcome
}

/// Decides a request for an operation that has no handler yet: every stage has its say, and then it is denied.
pub async fn decide_pending<'r, D, H, A, E>(
    operation: OperationRef<D>,
    head: &'r H,
    authenticator: &A,
    enablement: &E,
) -> Denial<'r, D>
where
    D: Document,
    D::Order: Drive<D>,
    H: Head,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    let clock = &SystemClock;
    let started = DecisionLog::<D>::measures(&Tracing).then(|| clock.instant());
    let inputs = Inputs { head, authenticator, enablement, clock };
    let denial = match D::Order::drive(Pending::start(operation), inputs).await {
        Ok(allowed) => allowed.without_handler(),
        Err(denial) => denial,
    };
    Tracing.record(&Decision::new(Outcome::Deny, Some(&denial), None, started, clock));
    denial
}
