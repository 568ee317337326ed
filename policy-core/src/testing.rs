//! Permits for the unit tests of handlers. Behind the feature `test-permits`, for dev-dependencies only: cargo gives a feature
//! to all crates of a build, so whoever turns it on elsewhere gives everybody in it permits that no request earned.

use crate::decision;
use crate::denial::Denial;
use crate::permit::Permit;
use crate::policy::{Operation, OperationRef};
use crate::principal::Principal;
use crate::stage::Stage;

/// A permit of `O` for the principal, without a request: authentication, enablement and query are taken as passed.
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
