//! A credential that was verified, before any policy says what it grants.

use std::fmt;
use std::sync::Arc;

use policy_core::owned::{OwnedPolicy, OwnedScheme, OwnedScopeSet};
use policy_core::{Document, Identity, IllFormedScope, Policy, Principal, Scheme, ScopeSet, ScopeString};

#[cfg(feature = "api-keys")]
use crate::api_keys::StoredKey;
#[cfg(any(feature = "introspection", feature = "jwt"))]
use crate::claims::{GrantRules, grant, grant_at_run_time};
use crate::credential_fault::CredentialFault;
#[cfg(any(feature = "introspection", feature = "jwt"))]
use crate::members::Members;
use crate::proof_of_possession::Confirmation;

/// Whom a credential belongs to, and what was issued with it. What that grants is for a policy to say: a compiled one by
/// [`principal`](Self::principal), one that was read at run time by [`grant_at_run_time`](Self::grant_at_run_time).
///
/// `ApiKeys::verify`, `Jwt::verify` and `Introspection::verify` make it, and [`new`](Self::new) for an authenticator of your own.
///
/// ```
/// use policy_core::{Document, Identity, Scheme};
/// use policy_http::{CredentialFault, Verified};
///
/// fn reader<D: Document>(scheme: Scheme<D>) -> Result<(), CredentialFault> {
///     let caller = Verified::new(Identity::new("a partner"), "files:read").principal(scheme, 1_800_000_000)?;
///     assert_eq!(caller.subject(), Some("a partner"));
///     Ok(())
/// }
/// ```
pub struct Verified {
    pub(crate) identity: Identity,
    pub(crate) issued: Issued,
    pub(crate) confirmation: Option<Arc<Confirmation>>,
}

/// What was issued with a credential.
pub(crate) enum Issued {
    /// A scope string.
    Scopes(String),
    /// The scope string of a stored key.
    #[cfg(feature = "api-keys")]
    Key(Arc<StoredKey>),
    /// Claims, and where scopes stand in them.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    Claims(Members, Arc<GrantRules>),
}

impl Verified {
    /// A caller with a scope string (RFC 6749, section 3.3).
    #[must_use]
    pub fn new(identity: Identity, scopes: impl Into<String>) -> Self {
        Self { identity, issued: Issued::Scopes(scopes.into()), confirmation: None }
    }

    /// Who the caller is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What the credential is bound to, if it is (RFC 7800). Then it is no bearer token: whoever accepts it verifies the proof of the
    /// request.
    #[must_use]
    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_deref()
    }

    /// The caller of a compiled policy, with what the scheme granted at this second since the Unix epoch.
    ///
    /// # Errors
    /// What was issued cannot be read, or the application's own rule refuses it.
    pub fn principal<D: Document>(self, scheme: Scheme<D>, now: u64) -> Result<Principal<D>, CredentialFault> {
        let scopes = self.grant(scheme, now)?;
        Ok(Principal::known(self.identity).with_grant(scheme, scopes))
    }

    fn grant<D: Document>(&self, scheme: Scheme<D>, now: u64) -> Result<ScopeSet<D>, CredentialFault> {
        let granted = |scopes: &str| Policy::<D>::new().granted(scheme, scopes, now).map_err(|error| self.void(&error));
        match &self.issued {
            Issued::Scopes(scopes) => granted(scopes),
            #[cfg(feature = "api-keys")]
            Issued::Key(key) => granted(&key.scopes),
            #[cfg(any(feature = "introspection", feature = "jwt"))]
            Issued::Claims(members, rules) => grant(members, rules, scheme, now),
        }
    }

    /// What the scheme of a policy that was read at run time granted, at this second since the Unix epoch.
    ///
    /// # Errors
    /// What was issued cannot be read, or the application's own rule refuses it.
    pub fn grant_at_run_time(
        &self,
        policy: &OwnedPolicy,
        scheme: OwnedScheme,
        now: u64,
    ) -> Result<OwnedScopeSet, CredentialFault> {
        let granted = |scopes: &str| {
            let issued = ScopeString::new(scopes).map_err(|error| self.void(&error))?;
            Ok(policy.granted(scheme, issued, now, |_, _| false))
        };
        match &self.issued {
            Issued::Scopes(scopes) => granted(scopes),
            #[cfg(feature = "api-keys")]
            Issued::Key(key) => granted(&key.scopes),
            #[cfg(any(feature = "introspection", feature = "jwt"))]
            Issued::Claims(members, rules) => grant_at_run_time(members, rules, policy, scheme, now),
        }
    }

    /// Whether the scope string of a key is of the grammar. The whole grant is void otherwise.
    #[cfg(feature = "api-keys")]
    pub(crate) fn check_scopes(&self) -> Result<(), CredentialFault> {
        let Issued::Key(key) = &self.issued else { return Ok(()) };
        ScopeString::new(&key.scopes).map(drop).map_err(|error| self.void(&error))
    }

    fn void(&self, error: &IllFormedScope) -> CredentialFault {
        let credential_id = self.identity.credential_id.as_deref();
        tracing::error!(target: "policy", credential_id, %error, "the stored scopes of a key are void");
        CredentialFault::IllFormedStoredScopes
    }
}

/// Without what was issued, which may be anything that an issuer knows of a person.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("identity", &self.identity).finish_non_exhaustive()
    }
}
