//! Several authenticators for the several schemes of one document.

use std::fmt;
use std::future::Future;

use policy_core::{AuthenticationFailure, Document, Policy, Principal, Scheme, SchemeKind};

use crate::authenticator::Authenticator;
use crate::credential::Credential;
use crate::credential_fault::CredentialFault;

/// Refuses every credential: for schemes that have no authenticator, and for a guard that is made only to print its audit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl<D: Document> Authenticator<D> for Nobody {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        Err(credential.refuse(CredentialFault::UnhandledScheme))
    }
}

/// Gives each credential to the authenticator that was chosen for its scheme. Credentials of a scheme without an authenticator are
/// refused.
///
/// ```
/// use policy_core::{Document, Scheme};
/// use policy_http::{Authenticator, ByScheme};
///
/// fn authenticators<D: Document>(
///     key: Scheme<D>,
///     keys: impl Authenticator<D>,
///     tokens: impl Authenticator<D>,
/// ) -> impl Authenticator<D> {
///     // In an application: `.scheme(policy::schemes::KEY, keys)`.
///     ByScheme::new().scheme(key, keys).bearer(tokens)
/// }
/// ```
#[derive(Clone)]
pub struct ByScheme<D, R = Nobody> {
    choices: R,
    policy: Policy<D>,
}

impl<D: Document> ByScheme<D> {
    /// Begins without any authenticator.
    #[must_use]
    pub const fn new() -> Self {
        Self { choices: Nobody, policy: Policy::new() }
    }
}

impl<D: Document> Default for ByScheme<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document, R: Choices<D>> ByScheme<D, R> {
    /// Chooses the authenticator of a scheme. A scheme that has one already keeps it.
    #[must_use]
    pub fn scheme<A: Authenticator<D>>(self, scheme: Scheme<D>, authenticator: A) -> ByScheme<D, Choice<D, A, R>> {
        self.choose(Accepts::Scheme(scheme), authenticator)
    }

    /// Chooses the authenticator of every scheme of a kind. Schemes that have one already keep it.
    #[must_use]
    pub fn kind<A: Authenticator<D>>(
        self,
        accepts: fn(SchemeKind) -> bool,
        authenticator: A,
    ) -> ByScheme<D, Choice<D, A, R>> {
        self.choose(Accepts::Kind(accepts), authenticator)
    }

    /// Chooses the authenticator of every scheme whose credential is a bearer token: `http` bearer, `oauth2` and `openIdConnect`. Schemes
    /// that have one already keep it.
    #[must_use]
    pub fn bearer<A: Authenticator<D>>(self, authenticator: A) -> ByScheme<D, Choice<D, A, R>> {
        self.kind(SchemeKind::is_bearer, authenticator)
    }

    /// The schemes of the document without an authenticator. Their credentials are refused. Look at them once, when the service starts.
    #[must_use]
    pub fn unhandled(&self) -> Vec<Scheme<D>> {
        self.policy.schemes().filter(|scheme| !self.choices.handles(*scheme)).collect()
    }

    fn choose<A>(self, accepts: Accepts<D>, authenticator: A) -> ByScheme<D, Choice<D, A, R>> {
        ByScheme { choices: Choice { accepts, authenticator, earlier: self.choices }, policy: self.policy }
    }
}

impl<D: Document, R: Choices<D>> Authenticator<D> for ByScheme<D, R> {
    fn authenticate(
        &self,
        credential: &Credential<'_, D>,
    ) -> impl Future<Output = Result<Principal<D>, AuthenticationFailure>> + Send {
        self.choices.authenticate(credential)
    }
}

impl<D: Document, R: Choices<D>> fmt::Debug for ByScheme<D, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByScheme").field("unhandled", &self.unhandled()).finish_non_exhaustive()
    }
}

/// The schemes for which an authenticator was chosen.
#[derive(Clone, Copy)]
enum Accepts<D> {
    Scheme(Scheme<D>),
    Kind(fn(SchemeKind) -> bool),
}

/// One authenticator of a [`ByScheme`], and those that were chosen before it.
#[derive(Clone)]
pub struct Choice<D, A, R> {
    accepts: Accepts<D>,
    authenticator: A,
    earlier: R,
}

/// A list of authenticators, each with its schemes. The trait is sealed: only the types that [`ByScheme`] builds implement it.
pub trait Choices<D: Document>: Authenticator<D> + sealed::Sealed {
    /// Whether the scheme has an authenticator.
    #[doc(hidden)]
    fn handles(&self, scheme: Scheme<D>) -> bool;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Nobody {}
    impl<D, A, R> Sealed for super::Choice<D, A, R> {}
}

impl<D: Document> Choices<D> for Nobody {
    fn handles(&self, _: Scheme<D>) -> bool {
        false
    }
}

impl<D: Document, A: Authenticator<D>, R: Choices<D>> Choices<D> for Choice<D, A, R> {
    fn handles(&self, scheme: Scheme<D>) -> bool {
        let own = match self.accepts {
            Accepts::Scheme(accepted) => accepted == scheme,
            Accepts::Kind(accepts) => accepts(scheme.kind()),
        };
        own || self.earlier.handles(scheme)
    }
}

impl<D: Document, A: Authenticator<D>, R: Choices<D>> Authenticator<D> for Choice<D, A, R> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        if self.earlier.handles(credential.scheme()) {
            return self.earlier.authenticate(credential).await;
        }
        if self.handles(credential.scheme()) {
            return self.authenticator.authenticate(credential).await;
        }
        Err(credential.refuse(CredentialFault::UnhandledScheme))
    }
}

impl<D, A, R> fmt::Debug for Choice<D, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").finish_non_exhaustive()
    }
}
