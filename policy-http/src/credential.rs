//! What a request presents for one security scheme.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use policy_core::{AuthenticationFailure, Document, Scheme};

use crate::credential_fault::{CredentialFault, Refused};
use crate::head::{AnyHead, Head};

/// A credential of a request, and the scheme of the document to which it belongs.
///
/// `Debug` shows the scheme only, and there is no `Display`. Nothing in this crate writes the secret to a log or an answer.
///
/// ```
/// use policy_core::{Document, Scheme};
/// use policy_http::{Authenticator, Credential};
///
/// /// A test of an authenticator: this key is refused.
/// async fn is_refused<D: Document>(scheme: Scheme<D>, authenticator: &impl Authenticator<D>) -> bool {
///     let credential = Credential::new(scheme, "a key that nobody has");
///     authenticator.authenticate(&credential).await.is_err()
/// }
/// ```
pub struct Credential<'r, D: Document> {
    scheme: Scheme<D>,
    secret: Cow<'r, str>,
    request: Option<&'r dyn AnyHead>,
    /// What is wrong with it, as [`CredentialFault::ALL`] numbers the faults from one; one byte, since every request keeps it while it waits. Zero where nobody said anything.
    fault: AtomicU8,
}

impl<'r, D: Document> Credential<'r, D> {
    /// A credential of that scheme, without a request. It is for tests of an authenticator.
    #[must_use]
    pub fn new(scheme: Scheme<D>, secret: impl Into<Cow<'r, str>>) -> Self {
        Self { scheme, secret: secret.into(), request: None, fault: AtomicU8::new(0) }
    }

    /// The scheme. The principal's grant belongs to it.
    #[must_use]
    pub fn scheme(&self) -> Scheme<D> {
        self.scheme
    }

    /// The secret. It depends on the kind of the scheme: a bearer token, the decoded `user-id:password` of a basic credential, the value
    /// of an API key, or the parameters of any other HTTP scheme.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Notes what is wrong with it, and answers what the caller is told: an authenticator returns that.
    ///
    /// The decision log names the fault. No answer does. An authenticator that has no fault to name returns an
    /// [`AuthenticationFailure`] alone.
    ///
    /// ```
    /// use policy_core::{AuthenticationFailure, Document, Principal};
    /// use policy_http::{Authenticator, Credential, CredentialFault};
    ///
    /// struct OneKey(&'static str);
    ///
    /// impl<D: Document> Authenticator<D> for OneKey {
    ///     async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
    ///         if credential.secret() != self.0 {
    ///             return Err(credential.refuse(CredentialFault::WrongSecret));
    ///         }
    ///         Ok(Principal::new("ali"))
    ///     }
    /// }
    /// ```
    pub fn refuse(&self, fault: CredentialFault) -> AuthenticationFailure {
        self.note(fault);
        fault.failure()
    }

    /// Notes what is wrong with it. The last note counts, and only where the authenticator then returns the failure of this fault.
    pub(crate) fn note(&self, fault: CredentialFault) {
        let number = CredentialFault::ALL
            .iter()
            .position(|one| *one == fault)
            .map_or(0, |index| u8::try_from(index + 1).unwrap_or(0));
        self.fault.store(number, Ordering::Relaxed);
    }

    /// The failure that the authenticator returned, with the fault that it noted.
    pub(crate) fn refused(&self, failure: AuthenticationFailure) -> Refused {
        let noted = self
            .fault
            .load(Ordering::Relaxed)
            .checked_sub(1)
            .and_then(|index| CredentialFault::ALL.get(usize::from(index)));
        Refused { failure, fault: noted.copied().filter(|fault| fault.failure() == failure) }
    }

    /// The request that presents it.
    pub(crate) fn request(&self) -> Option<&'r dyn AnyHead> {
        self.request
    }

    /// The credential that a request presents for the scheme.
    #[inline(always)]
    pub(crate) fn of(scheme: Scheme<D>, secret: Cow<'r, str>, head: &'r impl Head) -> Self {
        Self { scheme, secret, request: Some(head), fault: AtomicU8::new(0) }
    }
}

impl<D: Document> fmt::Debug for Credential<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("scheme", &self.scheme.name()).field("secret", &"redacted").finish()
    }
}
