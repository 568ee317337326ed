//! The pipeline, driven by a request. The order is the document's, as a type: [`Drive`] can only walk it from its head.

use std::future::Future;

use policy_core::order::{Authentication, Done, Enablement as EnablementStage, Query, Scopes, Then};
use policy_core::{
    Allowed, AuthenticationFailure, Denial, Document, EnablementFailure, OperationRef, Pending, Principal,
};

use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::enablement::Enablement;
use crate::head::Head;
use crate::identify::identify_evenly;
use crate::log::{Decided, Decision, DecisionLog, Tracing};

/// A request of which it is to be asked what is enabled for its caller.
type Asking<D, R> = Pending<D, Then<EnablementStage, R>>;

/// An order of stages that a request can be taken through. Implemented by every safe order of `policy_core::order`.
///
/// Only two stages ask anybody anything, who calls and what is enabled, and only for these a request waits. An order is
/// walked to the first question, from its answer to the second, and from there to the end, by functions that wait for
/// nothing: what a future carries across a question it copies, and each future inside of another copies it again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check order that a request can be taken through",
    note = "the generated module declares the order; use the same version of policy-build and policy-http"
)]
pub trait Drive<D: Document>: Sized {
    /// What is left of the order behind enablement.
    #[doc(hidden)]
    type Rest;

    /// Whether it is to be asked who calls.
    #[doc(hidden)]
    fn asks_who(pending: &Pending<D, Self>) -> bool;

    /// From the answer to who calls, to the question what is enabled.
    #[doc(hidden)]
    fn known(
        pending: Pending<D, Self>,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<Asking<D, Self::Rest>, Denial<'static, D>>;

    /// From the answer to what is enabled, to the end.
    #[doc(hidden)]
    fn enabled<'r>(
        pending: Asking<D, Self::Rest>,
        enabled: Result<bool, EnablementFailure>,
        head: &'r impl Head,
    ) -> Result<Allowed<D>, Denial<'r, D>>;
}

impl<D: Document, R: Approach<D>> Drive<D> for Then<Authentication, R> {
    type Rest = R::Rest;

    #[inline]
    fn asks_who(pending: &Pending<D, Self>) -> bool {
        pending.needs_authentication()
    }

    #[inline]
    fn known(
        pending: Pending<D, Self>,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<Asking<D, R::Rest>, Denial<'static, D>> {
        R::approach(pending.authenticate(found)?)
    }

    #[inline]
    fn enabled<'r>(
        pending: Asking<D, R::Rest>,
        enabled: Result<bool, EnablementFailure>,
        head: &'r impl Head,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        R::Rest::compare(pending.enablement_of(enabled)?, head)
    }
}

/// Stages with enablement among them: what of them stands before it only compares.
pub trait Approach<D: Document>: Sized {
    type Rest: Compare<D>;

    fn approach(pending: Pending<D, Self>) -> Result<Asking<D, Self::Rest>, Denial<'static, D>>;
}

impl<D: Document, R: Compare<D>> Approach<D> for Then<EnablementStage, R> {
    type Rest = R;

    #[inline]
    fn approach(pending: Pending<D, Self>) -> Result<Pending<D, Self>, Denial<'static, D>> {
        Ok(pending)
    }
}

impl<D: Document, R: Approach<D>> Approach<D> for Then<Scopes, R> {
    type Rest = R::Rest;

    #[inline]
    fn approach(pending: Pending<D, Self>) -> Result<Asking<D, R::Rest>, Denial<'static, D>> {
        R::approach(pending.scopes()?)
    }
}

/// Stages that only compare.
pub trait Compare<D: Document>: Sized {
    fn compare<'r>(pending: Pending<D, Self>, head: &'r impl Head) -> Result<Allowed<D>, Denial<'r, D>>;
}

impl<D: Document> Compare<D> for Done {
    #[inline]
    fn compare<'r>(pending: Pending<D, Self>, _: &'r impl Head) -> Result<Allowed<D>, Denial<'r, D>> {
        Ok(pending.allow())
    }
}

impl<D: Document, R: Compare<D>> Compare<D> for Then<Scopes, R> {
    #[inline]
    fn compare<'r>(pending: Pending<D, Self>, head: &'r impl Head) -> Result<Allowed<D>, Denial<'r, D>> {
        R::compare(pending.scopes()?, head)
    }
}

impl<D: Document, R: Compare<D>> Compare<D> for Then<Query, R> {
    #[inline]
    fn compare<'r>(pending: Pending<D, Self>, head: &'r impl Head) -> Result<Allowed<D>, Denial<'r, D>> {
        R::compare(pending.query(head.query())?, head)
    }
}

/// Takes a request through the stages: the one place where it waits.
#[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice")]
pub(crate) fn drive<'r, 'a, D, H, A, E>(
    operation: OperationRef<D>,
    head: &'r H,
    authenticator: &'a A,
    enablement: &'a E,
    clock: &'a dyn Clock,
) -> impl Future<Output = Result<Allowed<D>, Denial<'r, D>>> + Send + use<'r, 'a, D, H, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    H: Head,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    async move {
        // What is pending begins only once its caller is found, so that no empty one waits along.
        let found = if D::Order::asks_who(&Pending::start(operation)) {
            identify_evenly(Some(operation), head, authenticator, clock).await
        } else {
            Ok(None)
        };
        let pending = D::Order::known(Pending::start(operation), found)?;
        let enabled = if pending.needs_enablement() {
            enablement.is_enabled(pending.principal(), operation).await
        } else {
            Ok(false)
        };
        D::Order::enabled(pending, enabled, head)
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
    let outcome = drive(operation, head, authenticator, enablement, clock).await;
    let decided = match &outcome {
        Ok(allowed) => Decided::Allowed(allowed),
        Err(denial) => Decided::Denied(denial),
    };
    Tracing.record(&Decision::new(decided, started, clock));
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
    let denial = match drive(operation, head, authenticator, enablement, clock).await {
        Ok(allowed) => allowed.without_handler(),
        Err(denial) => denial,
    };
    Tracing.record(&Decision::new(Decided::Denied(&denial), started, clock));
    denial
}
