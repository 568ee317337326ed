//! Permits for the unit tests of handlers.
//!
//! The feature `test-permits` is for dev-dependencies only. Cargo gives a feature to all crates of a build: turned on elsewhere, it would
//! let each of them make permits without a request.

use crate::decision;
use crate::denial::Denial;
use crate::permit::Permit;
use crate::policy::{Operation, OperationRef};
use crate::principal::Principal;
use crate::stage::Stage;

/// A permit of `O` for the principal, without a request. Scopes are checked. Authentication, enablement and query are not.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use policy::operations::GetEncounter;
/// use policy_core::{Holder, Permit, Principal, ScopeSet, testing};
///
/// fn handler(permit: Permit<GetEncounter>) -> Option<String> {
///     permit.principal().subject().map(str::to_owned)
/// }
///
/// let granted = ScopeSet::parse("encounters:read")?.set();
/// let caller = Principal::new("a partner").with_grant(policy::schemes::API_KEY, granted);
/// let permit = testing::permit(caller).map_err(|denial| denial.to_string())?;
/// assert_eq!(handler(permit).as_deref(), Some("a partner"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The principal's grant does not meet the operation's requirement. A test cannot hold a permit that no request could earn.
pub fn permit<O: Operation>(principal: Principal<O::Document>) -> Result<Permit<O>, Denial<'static, O::Document>> {
    let operation = OperationRef::of::<O>();
    match decision::scopes(operation.rule(), &principal) {
        Ok(alternative) => Ok(Permit::new(principal, alternative, None)),
        Err(reason) => Err(Denial::new(Some(operation), Stage::Scopes, reason, Some(principal))),
    }
}
