//! Ready callers, for tests and demonstrations.

use std::fmt;

use policy_core::{AuthenticationFailure, Document, Principal, Scheme, ScopeSet};
use policy_http::{Authenticator, Credential};

/// An authenticator with named callers, each with the scopes that one scheme grants. A caller's name is also its secret.
///
/// It is for tests and for trying a service out. In a build without debug assertions every credential is invalid.
///
/// ```
/// use policy_core::{Document, Scheme};
/// use policy_test::{CallerError, Callers};
///
/// /// Given to a guard, it lets `Authorization: Bearer reader` read.
/// fn callers<D: Document>(scheme: Scheme<D>) -> Result<Callers<D>, CallerError> {
///     Callers::new().with("reader", scheme, "files:read")?.with("nobody", scheme, "")
/// }
/// ```
#[derive(Clone)]
pub struct Callers<D: Document> {
    known: Vec<Caller<D>>,
}

#[derive(Clone)]
struct Caller<D: Document> {
    name: String,
    tenant: Option<String>,
    scheme: Scheme<D>,
    granted: ScopeSet<D>,
}

/// Why there is no such caller.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallerError {
    /// The scopes are not of the grammar of RFC 6749, section 3.3.
    IllFormedScopes(String),
    /// The policy has no such scope, so a test with it would prove nothing.
    UnknownScope(String),
    /// There is a caller of this name and scheme already.
    Repeated(String),
}

impl<D: Document> Callers<D> {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self { known: Vec::new() }
    }

    /// Adds a caller: its name, its scheme, and the scopes that the scheme grants, separated by spaces.
    ///
    /// # Errors
    /// [`CallerError`]: scopes that the policy does not have, or a name that is there already.
    pub fn with(mut self, name: &str, scheme: Scheme<D>, scopes: &str) -> Result<Self, CallerError> {
        let parsed = ScopeSet::parse(scopes).map_err(|_| CallerError::IllFormedScopes(scopes.to_owned()))?;
        if let Some(unknown) = parsed.unknown().next() {
            return Err(CallerError::UnknownScope(unknown.to_owned()));
        }
        if self.known.iter().any(|caller| caller.name == name && caller.scheme == scheme) {
            return Err(CallerError::Repeated(name.to_owned()));
        }
        self.known.push(Caller { name: name.to_owned(), tenant: None, scheme, granted: parsed.set() });
        Ok(self)
    }

    /// The last caller acts on behalf of this organization.
    #[must_use]
    pub fn of(mut self, tenant: &str) -> Self {
        if let Some(caller) = self.known.last_mut() {
            caller.tenant = Some(tenant.to_owned());
        }
        self
    }
}

impl<D: Document> Default for Callers<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document> Authenticator<D> for Callers<D> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        // Names are not secret. A build without debug assertions may be a service that other people can reach.
        if !cfg!(debug_assertions) {
            return Err(AuthenticationFailure::Invalid);
        }
        let caller =
            self.known.iter().find(|caller| caller.scheme == credential.scheme() && caller.name == credential.secret());
        let caller = caller.ok_or(AuthenticationFailure::Invalid)?;
        policy_http::mount::tell_once(
            "callers of `policy_test` are let in by their names alone: for tests and demonstrations",
        );
        let principal = Principal::new(caller.name.as_str()).with_grant(caller.scheme, caller.granted);
        Ok(match &caller.tenant {
            Some(tenant) => principal.with_tenant(tenant.as_str()),
            None => principal,
        })
    }
}

impl<D: Document> fmt::Debug for Callers<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.iter().map(|caller| &caller.name)).finish()
    }
}

impl fmt::Display for CallerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IllFormedScopes(scopes) => write!(f, "`{}` is no list of scopes", scopes.escape_debug()),
            Self::UnknownScope(scope) => write!(f, "the policy has no scope `{}`", scope.escape_debug()),
            Self::Repeated(name) => write!(f, "there is a caller `{}` already", name.escape_debug()),
        }
    }
}

impl std::error::Error for CallerError {}
