//! Who vouches to the upstream for a request that was allowed.

use std::sync::Arc;

use policy_core::owned::OwnedPolicy;

use crate::assertion::SignedAssertion;
use crate::authorizer::Assertion;
use crate::configuration::AssertionEntry;
use crate::keys::SigningKeys;

/// What signs assertions as an entry of the file says, for the document with this policy and fingerprint.
pub(super) fn of_entry(
    said: &AssertionEntry,
    policy: Arc<OwnedPolicy>,
    fingerprint: &str,
) -> Result<Arc<dyn Assertion>, String> {
    let keys = SigningKeys::open(&said.key.value).map_err(|error| error.to_string())?;
    let made = SignedAssertion::new(said.audience.value.as_str(), Arc::new(keys), policy, fingerprint);
    let named = made.and_then(|made| match &said.header {
        Some(header) => made.with_header(header.clone()),
        None => Ok(made),
    });
    Ok(Arc::new(named.map_err(|error| error.to_string())?))
}
