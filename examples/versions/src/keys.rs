//! Who is calling, whichever version they call.

use policy_core::{AuthenticationFailure, Document, Principal, ScopeSet};
use policy_http::{Authenticator, Credential};

/// Keys of an example. What a key grants is one string for all versions; each policy reads the scopes that it knows.
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
