//! The check order as a type: a list of stages. A request can only take the first one.

use core::marker::PhantomData;

use crate::denial::{AuthenticationFailure, Denial, EnablementFailure};
use crate::pipeline::{Allowed, Pending};
use crate::policy::Document;
use crate::principal::Principal;
use crate::stage::Stage;

/// First `S`, then the rest of the order, `R`.
#[derive(Clone, Copy, Debug)]
pub struct Then<S, R>(PhantomData<fn() -> (S, R)>);

/// No stage is left: the request may be allowed.
#[derive(Clone, Copy, Debug)]
pub enum Done {}

/// [`Stage::Authentication`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Authentication {}

/// [`Stage::Enablement`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Enablement {}

/// [`Stage::Scopes`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Scopes {}

/// [`Stage::Query`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Query {}

/// Authentication, enablement, scopes, query: the order of documents that declare none.
pub type EnablementFirst = Then<Authentication, Then<Enablement, Then<Scopes, Then<Query, Done>>>>;

/// Authentication, scopes, enablement, query.
pub type ScopesFirst = Then<Authentication, Then<Scopes, Then<Enablement, Then<Query, Done>>>>;

/// A request that has come to the stage of enablement, with the stages `R` behind it.
pub type AtEnablement<D, R> = Pending<D, Then<Enablement, R>>;

/// A safe order of all four stages, and the walk through it. The trait is sealed. [`EnablementFirst`] and [`ScopesFirst`] implement it.
///
/// Two stages need an answer from outside: who calls, and what is enabled for the caller. The service asks, waits and passes the answers
/// on. It does so in the same way for every order:
///
/// ```
/// use policy_core::order::CheckOrder;
/// use policy_core::{Allowed, Denial, Document, EnablementFailure, OperationRef, Pending, Principal};
///
/// fn decide<'r, D: Document>(
///     operation: OperationRef<D>,
///     caller: Option<Principal<D>>,
///     is_enabled: impl Fn(&Principal<D>) -> Result<bool, EnablementFailure>,
///     query: Option<&'r str>,
/// ) -> Result<Allowed<D>, Denial<'r, D>> {
///     let pending = D::Order::to_enablement(Pending::start(operation), Ok(caller))?;
///     let enabled = if pending.needs_enablement() { is_enabled(pending.principal()) } else { Ok(false) };
///     D::Order::from_enablement(pending, enabled, || query)
/// }
/// ```
///
/// None of these functions waits, and only the request is kept between the answers. So the future of an `async` caller holds one request
/// and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a safe check order",
    note = "authentication comes first and query last; use `EnablementFirst` or `ScopesFirst`"
)]
pub trait CheckOrder<D: Document>: sealed::Sealed + Sized + 'static {
    /// The stages, first to last.
    const STAGES: [Stage; 4];

    /// The stages behind enablement.
    type AfterEnablement;

    /// Takes a request from its start, with the answer to who calls, to the stage of enablement.
    ///
    /// # Errors
    /// A stage denies.
    fn to_enablement(
        pending: Pending<D, Self>,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<AtEnablement<D, Self::AfterEnablement>, Denial<'static, D>>;

    /// Takes a request from the stage of enablement, with the answer to whether the operation is enabled, to the end. The query is
    /// read at its own stage.
    ///
    /// # Errors
    /// A stage denies.
    fn from_enablement<'r>(
        pending: AtEnablement<D, Self::AfterEnablement>,
        enabled: Result<bool, EnablementFailure>,
        query: impl FnOnce() -> Option<&'r str>,
    ) -> Result<Allowed<D>, Denial<'r, D>>;
}

impl<D: Document> CheckOrder<D> for EnablementFirst {
    const STAGES: [Stage; 4] = [Stage::Authentication, Stage::Enablement, Stage::Scopes, Stage::Query];

    type AfterEnablement = Then<Scopes, Then<Query, Done>>;

    #[inline]
    fn to_enablement(
        pending: Pending<D, Self>,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<AtEnablement<D, Self::AfterEnablement>, Denial<'static, D>> {
        pending.authenticate(found)
    }

    #[inline]
    fn from_enablement<'r>(
        pending: AtEnablement<D, Self::AfterEnablement>,
        enabled: Result<bool, EnablementFailure>,
        query: impl FnOnce() -> Option<&'r str>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        Ok(pending.enablement_of(enabled)?.scopes()?.query(query())?.allow())
    }
}

impl<D: Document> CheckOrder<D> for ScopesFirst {
    const STAGES: [Stage; 4] = [Stage::Authentication, Stage::Scopes, Stage::Enablement, Stage::Query];

    type AfterEnablement = Then<Query, Done>;

    #[inline]
    fn to_enablement(
        pending: Pending<D, Self>,
        found: Result<Option<Principal<D>>, AuthenticationFailure>,
    ) -> Result<AtEnablement<D, Self::AfterEnablement>, Denial<'static, D>> {
        pending.authenticate(found)?.scopes()
    }

    #[inline]
    fn from_enablement<'r>(
        pending: AtEnablement<D, Self::AfterEnablement>,
        enabled: Result<bool, EnablementFailure>,
        query: impl FnOnce() -> Option<&'r str>,
    ) -> Result<Allowed<D>, Denial<'r, D>> {
        Ok(pending.enablement_of(enabled)?.query(query())?.allow())
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::EnablementFirst {}
    impl Sealed for super::ScopesFirst {}
}
