//! The application's side of authentication: a credential goes in, a caller comes out.

use std::future::Future;
use std::sync::Arc;

use policy_core::{AuthenticationFailure, Document, OperationRef, Principal};

use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::head::Head;

/// Turns a credential into the caller it belongs to.
///
/// It is asked once for each credential that the request carries for a scheme the operation names. The principal it
/// answers holds a grant for [`Credential::scheme`], and for no other scheme: a principal that does is refused.
///
/// Whoever implements this decides who gets in. Compare secrets in constant time, and tell an account's state (expired,
/// revoked, inactive) only after the secret matched. A token with the claim `cnf` is no bearer token: refuse it, by
/// [`Confirmation::check`](crate::Confirmation::check).
///
/// # Errors
/// [`AuthenticationFailure`]; [`Unavailable`](AuthenticationFailure::Unavailable) where the store cannot be asked.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::Api;
/// use policy_core::{AuthenticationFailure, Principal, ScopeSet};
/// use policy_http::{Authenticator, Credential};
///
/// /// Asks a store for the key's organization and scopes.
/// struct Keys(std::collections::HashMap<&'static str, (&'static str, &'static str)>);
///
/// impl Authenticator<Api> for Keys {
///     async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, AuthenticationFailure> {
///         // Keep a hash of the secret instead, as `ApiKeys` does.
///         let (tenant, scopes) = self.0.get(credential.secret()).ok_or(AuthenticationFailure::Invalid)?;
///         let granted = ScopeSet::parse(scopes).map_err(|_| AuthenticationFailure::Invalid)?;
///         Ok(Principal::new("a key").with_tenant(*tenant).with_grant(credential.scheme(), granted.set()))
///     }
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authenticator of the policy `{D}`",
    note = "implement `policy_http::Authenticator<{D}>`: one method, from a credential to a principal"
)]
pub trait Authenticator<D: Document>: Send + Sync + 'static {
    /// Whom the credential belongs to.
    fn authenticate(
        &self,
        credential: &Credential<'_, D>,
    ) -> impl Future<Output = Result<Principal<D>, AuthenticationFailure>> + Send;

    /// Whom the whole request belongs to, where that is told by something else than the credentials of the document's schemes. These are
    /// then not asked about. `None`, for all others: they are.
    #[doc(hidden)]
    #[inline(always)]
    fn of_request<H: Head>(
        &self,
        operation: Option<OperationRef<D>>,
        head: &H,
    ) -> Option<Result<Option<Principal<D>>, CredentialFault>> {
        let _ = (operation, head);
        None
    }
}

impl<D: Document, A: Authenticator<D>> Authenticator<D> for Arc<A> {
    fn authenticate(
        &self,
        credential: &Credential<'_, D>,
    ) -> impl Future<Output = Result<Principal<D>, AuthenticationFailure>> + Send {
        A::authenticate(self, credential)
    }

    #[inline(always)]
    fn of_request<H: Head>(
        &self,
        operation: Option<OperationRef<D>>,
        head: &H,
    ) -> Option<Result<Option<Principal<D>>, CredentialFault>> {
        A::of_request(self, operation, head)
    }
}
