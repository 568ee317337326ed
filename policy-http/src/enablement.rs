//! Which operations are enabled for a caller. There is no default, so that every application names its choice.

use std::future::Future;
use std::sync::Arc;

use policy_core::{Document, EnablementFailure, OperationRef, OperationSet, Principal};

/// The operations that are enabled for a caller's organization.
///
/// For an anonymous caller it is not asked, since an anonymous caller has no organization.
///
/// # Errors
/// [`EnablementFailure`]. It is [`Unavailable`](EnablementFailure::Unavailable) if the store does not respond.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::Api;
/// use policy::operations::ListEncounters;
/// use policy_core::{EnablementFailure, OperationRef, OperationSet, Principal};
/// use policy_http::Enablement;
///
/// /// North has bought all operations, everybody else the list alone.
/// struct Plans;
///
/// impl Enablement<Api> for Plans {
///     async fn enabled(&self, principal: &Principal<Api>) -> Result<OperationSet<Api>, EnablementFailure> {
///         Ok(match principal.tenant() {
///             Some("north") => OperationSet::all(),
///             _ => [OperationRef::of::<ListEncounters>()].into_iter().collect(),
///         })
///     }
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which operations of the policy `{D}` are enabled",
    note = "implement `policy_http::Enablement<{D}>`, or choose `EnableAll`"
)]
pub trait Enablement<D: Document>: Send + Sync + 'static {
    /// The operations that are enabled for the caller.
    fn enabled(
        &self,
        principal: &Principal<D>,
    ) -> impl Future<Output = Result<OperationSet<D>, EnablementFailure>> + Send;

    /// Whether the operation is enabled for the caller. A guard asks this. The default looks up the whole set. An implementation may
    /// look up the one operation if that is cheaper, and must give the same answer.
    fn is_enabled(
        &self,
        principal: &Principal<D>,
        operation: OperationRef<D>,
    ) -> impl Future<Output = Result<bool, EnablementFailure>> + Send {
        async move { Ok(self.enabled(principal).await?.contains(operation)) }
    }
}

/// Every operation is enabled for every authenticated caller, so that only scopes decide.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnableAll;

impl<D: Document> Enablement<D> for EnableAll {
    async fn enabled(&self, _: &Principal<D>) -> Result<OperationSet<D>, EnablementFailure> {
        Ok(OperationSet::all())
    }

    async fn is_enabled(&self, _: &Principal<D>, _: OperationRef<D>) -> Result<bool, EnablementFailure> {
        Ok(true)
    }
}

/// A function computes from the principal what is enabled.
///
/// ```
/// use policy_core::{Document, OperationSet, Policy, Principal};
/// use policy_http::{Enablement, FromSet};
///
/// /// Partners in their trial may list, and nothing else.
/// fn trial<D: Document>() -> impl Enablement<D> {
///     FromSet(|_: &Principal<D>| Ok(Policy::<D>::new().operation("GET", "/v1/items").into_iter().collect()))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromSet<F>(
    /// The function.
    pub F,
);

impl<D, F> Enablement<D> for FromSet<F>
where
    D: Document,
    F: Fn(&Principal<D>) -> Result<OperationSet<D>, EnablementFailure> + Send + Sync + 'static,
{
    async fn enabled(&self, principal: &Principal<D>) -> Result<OperationSet<D>, EnablementFailure> {
        (self.0)(principal)
    }

    async fn is_enabled(
        &self,
        principal: &Principal<D>,
        operation: OperationRef<D>,
    ) -> Result<bool, EnablementFailure> {
        Ok((self.0)(principal)?.contains(operation))
    }
}

/// The same operations for every authenticated caller.
impl<D: Document> Enablement<D> for OperationSet<D> {
    async fn enabled(&self, _: &Principal<D>) -> Result<OperationSet<D>, EnablementFailure> {
        Ok(*self)
    }

    async fn is_enabled(&self, _: &Principal<D>, operation: OperationRef<D>) -> Result<bool, EnablementFailure> {
        Ok(self.contains(operation))
    }
}

impl<D: Document, E: Enablement<D>> Enablement<D> for Arc<E> {
    fn enabled(
        &self,
        principal: &Principal<D>,
    ) -> impl Future<Output = Result<OperationSet<D>, EnablementFailure>> + Send {
        E::enabled(self, principal)
    }

    fn is_enabled(
        &self,
        principal: &Principal<D>,
        operation: OperationRef<D>,
    ) -> impl Future<Output = Result<bool, EnablementFailure>> + Send {
        E::is_enabled(self, principal, operation)
    }
}
