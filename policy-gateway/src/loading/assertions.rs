//! Who vouches to the upstream for a request that was allowed.

use std::sync::Arc;

use crate::authorizer::Assertion;
use crate::configuration::AssertionEntry;

/// What signs assertions as an entry of the file says.
pub(super) fn of_entry(_: &AssertionEntry) -> Result<Arc<dyn Assertion>, String> {
    Err("this build signs no assertions".to_owned())
}
