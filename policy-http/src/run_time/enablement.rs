//! Which operations are enabled, for policies that are read at run time.

use futures_util::future::BoxFuture;
use policy_core::EnablementFailure;
use policy_core::owned::OwnedOperation;

use super::RunTime;
use super::caller::Caller;
use crate::clock::Clock;
use crate::enablement::EnableAll;
use crate::stored_enablement::{EnablementStore, StoredEnablement};

/// Says whether an operation is enabled for a caller. It is not asked for an anonymous one, who has no organization.
pub trait Enablement: Send + Sync + 'static {
    /// Whether the operation is enabled for the caller.
    ///
    /// # Errors
    /// The caller has no organization, or the store does not respond.
    fn is_enabled<'a>(
        &'a self,
        caller: &'a Caller,
        operation: OwnedOperation<'a>,
    ) -> BoxFuture<'a, Result<bool, EnablementFailure>>;
}

impl Enablement for EnableAll {
    fn is_enabled<'a>(
        &'a self,
        _: &'a Caller,
        _: OwnedOperation<'a>,
    ) -> BoxFuture<'a, Result<bool, EnablementFailure>> {
        Box::pin(std::future::ready(Ok(true)))
    }
}

impl<S: EnablementStore, C: Clock> Enablement for StoredEnablement<RunTime, S, C> {
    fn is_enabled<'a>(
        &'a self,
        caller: &'a Caller,
        operation: OwnedOperation<'a>,
    ) -> BoxFuture<'a, Result<bool, EnablementFailure>> {
        Box::pin(self.is_enabled_for(caller.tenant(), operation.method(), operation.template()))
    }
}
