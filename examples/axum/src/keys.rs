//! Authenticates the callers.

use policy_core::{AuthenticationFailure, Principal, ScopeSet};
use policy_http::{Authenticator, Credential};

use crate::policy::Api;

/// Knows the keys `north-full`, `north-visits` and `south-full`. A real service looks up the hash of a key in its store.
#[derive(Clone, Copy, Debug)]
pub struct Keys;

impl Authenticator<Api> for Keys {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
        let (subject, tenant, scopes) = match credential.secret() {
            "north-full" => ("integration-7", "north", "encounters:read patients:read recordings:read"),
            "north-visits" => ("integration-8", "north", "encounters:read"),
            "south-full" => ("integration-9", "south", "encounters:read patients:read recordings:read"),
            _ => return Err(AuthenticationFailure::Invalid),
        };
        let granted = ScopeSet::parse(scopes).map_err(|_| AuthenticationFailure::Invalid)?;
        Ok(Principal::new(subject).with_tenant(tenant).with_grant(credential.scheme(), granted.set()))
    }
}
