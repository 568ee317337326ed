//! Authenticates the callers of both versions.

use policy_core::{AuthenticationFailure, Document, Principal, ScopeSet};
use policy_http::{Authenticator, Credential};

/// Knows the keys of the example. A key grants one string for both versions. Each policy takes the scopes that it knows.
#[derive(Clone, Copy, Debug)]
pub struct Keys;

impl<D: Document> Authenticator<D> for Keys {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let scopes = match credential.secret() {
            // Issued when there was only the first version.
            "old" => "notes",
            "reader" => "notes notes:read",
            "writer" => "notes:read notes:write",
            _ => return Err(AuthenticationFailure::Invalid),
        };
        let granted = ScopeSet::parse(scopes).map_err(|_| AuthenticationFailure::Invalid)?;
        let principal = Principal::new(credential.secret()).with_tenant("north");
        Ok(principal.with_grant(credential.scheme(), granted.set()))
    }
}
