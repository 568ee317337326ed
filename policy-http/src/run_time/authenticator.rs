//! Who verifies credentials for policies that are read at run time.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use policy_core::SchemeKind;
use policy_core::owned::{OwnedPolicy, OwnedScheme};

use super::caller::Caller;
use crate::callers::Asked;
use crate::clock::Clock;
use crate::credential_fault::{CredentialFault, Refused};
use crate::head::Head;
use crate::proof_of_possession::Confirmation;
use crate::verified::Verified;

/// Verifies the credentials of a scheme. [`ApiKeys`](crate::ApiKeys), [`Jwt`](crate::Jwt) and [`Introspection`](crate::Introspection) do.
///
/// Whoever implements this decides who gets in. Compare secrets in constant time, and tell an account's state (expired, revoked,
/// inactive) only after the secret matched.
pub trait Authenticator: Send + Sync + 'static {
    /// Whom the credential belongs to, and what was issued with it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>>;
}

/// A credential of a request, and the scheme to which it belongs. `Debug` shows the scheme only.
pub struct Presented<'r> {
    scheme: &'r str,
    kind: SchemeKind<&'r str>,
    secret: Cow<'r, str>,
}

impl Presented<'_> {
    /// The scheme's name in the document.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.scheme
    }

    /// How the scheme's credential travels.
    #[must_use]
    pub fn kind(&self) -> SchemeKind<&str> {
        self.kind
    }

    /// The secret: a bearer token, the decoded `user-id:password` of a basic credential, the value of an API key, or the parameters of
    /// any other HTTP scheme.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("scheme", &self.scheme).field("secret", &"redacted").finish_non_exhaustive()
    }
}

#[cfg(feature = "api-keys")]
impl<S: crate::KeyStore, C: Clock> Authenticator for crate::ApiKeys<S, C> {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(async move { Self::verify(self, presented.kind, &presented.secret).await.map(Arc::new) })
    }
}

/// Without a verifier of proofs: a token that is bound to a key is refused.
#[cfg(feature = "jwt")]
impl<K: crate::KeySource, C: Clock> Authenticator for crate::Jwt<K, C> {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(async move { Self::verify(self, &presented.secret).await.map(Arc::new) })
    }
}

/// Without a verifier of proofs: a token that is bound to a key is refused.
#[cfg(feature = "introspection")]
impl<S: crate::IntrospectionServer, C: Clock> Authenticator for crate::Introspection<super::RunTime, S, C> {
    fn verify<'a>(&'a self, presented: &'a Presented<'a>) -> BoxFuture<'a, Result<Arc<Verified>, CredentialFault>> {
        Box::pin(Self::verify(self, &presented.secret))
    }
}

/// The authenticators of a gate, by the index of their scheme.
#[derive(Clone, Copy)]
pub(super) struct Authenticators<'g> {
    pub(super) by_scheme: &'g [Option<Arc<dyn Authenticator>>],
    pub(super) clock: &'g dyn Clock,
}

impl<'p> Asked<&'p OwnedPolicy> for Authenticators<'_> {
    async fn ask<'a, 'r: 'a, H: Head>(
        &'a self,
        policy: &'p OwnedPolicy,
        scheme: OwnedScheme,
        secret: Cow<'r, str>,
        _: &'r H,
    ) -> Result<Caller, Refused>
    where
        &'p OwnedPolicy: 'a,
    {
        let authenticator = self.by_scheme.get(scheme.index()).and_then(Option::as_ref);
        let (Some(authenticator), Some(kind)) = (authenticator, policy.scheme_kind(scheme)) else {
            return Err(CredentialFault::UnhandledScheme.into());
        };
        let presented = Presented { scheme: policy.scheme_name(scheme), kind, secret };
        let verified = authenticator.verify(&presented).await?;
        let caller = Caller::new(&verified, policy, scheme, self.clock.unix_seconds())?;
        Confirmation::without_proof(verified.confirmation(), kind)?;
        Ok(caller)
    }
}
