//! Requests that a gateway has decided: a short assertion, signed by the gateway, is the only credential. Behind the feature
//! `gateway-assertion`.

mod asserted;
mod statement;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderName;
use policy_core::{AuthenticationFailure, Document, OperationRef, Policy, Principal, Scheme};

use self::asserted::Asserted;
pub use self::asserted::AssertedCaller;
pub use self::statement::AssertionStatement;
use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::head::Head;
use crate::jwt::{FixedKeys, JwtAlgorithm};

/// The header that brings the assertion, where nothing else is said.
const HEADER: HeaderName = HeaderName::from_static("policy-assertion");

/// Authenticates requests by the signed assertion of the gateway in front of the service (`policy-gateway`), and by nothing else.
///
/// The gateway adds an assertion to each request that it allowed. It is good for 30 seconds at most, and only for this audience, this
/// method, this target byte for byte, and the operation that the gateway decided. The guard takes the caller and the grants from it,
/// and decides once more, by the policy that the service was compiled with. A request without an assertion, with two, or with one that
/// was made for anything else is denied: whoever reaches the service past its gateway gets nothing. `Authorization` and the other
/// places of the document's schemes are not looked at; the gateway did.
///
/// The gateway speaks for the schemes that are named here, and for no other. A grant belongs to the scheme that gave it, and an
/// assertion with a grant of any other scheme is denied whole.
///
/// ```
/// use policy_core::{Document, Policy};
/// use policy_http::{GatewayAssertion, GatewayAssertionError};
///
/// /// It goes to the guard of your framework in place of an authenticator. `keys` is what `policy-gateway keys public` prints.
/// fn gateway<D: Document>(keys: &str) -> Result<GatewayAssertion<D>, GatewayAssertionError> {
///     GatewayAssertion::new("files", Policy::<D>::new().schemes(), keys)
/// }
/// ```
///
/// It is the authenticator of the guard itself. Within a [`ByScheme`](crate::ByScheme) it denies everything: there it is asked about
/// single credentials, and an assertion is about a whole request.
///
/// An operation that is [public](policy_core::Access::Public) looks at no credential, so that it needs no assertion: anybody may call
/// it. One at which a caller counts where there is one ([optional](policy_core::Access::Optional)) does need one.
pub struct GatewayAssertion<D: Document, C = SystemClock> {
    audience: Box<str>,
    header: HeaderName,
    schemes: Vec<Scheme<D>>,
    keys: RwLock<Arc<FixedKeys>>,
    prefix: Box<str>,
    demands_same_policy: bool,
    clock: C,
}

impl<D: Document> GatewayAssertion<D> {
    /// For the service of that name, with grants of these schemes, signed by one of these keys: a JWK set (RFC 7517) with Ed25519 keys.
    ///
    /// # Errors
    /// [`GatewayAssertionError`], which says what is wrong with which of them.
    pub fn new(
        audience: impl Into<Box<str>>,
        schemes: impl IntoIterator<Item = Scheme<D>>,
        keys: &str,
    ) -> Result<Self, GatewayAssertionError> {
        let audience = audience.into();
        if audience.is_empty() {
            return Err(GatewayAssertionError::NoAudience);
        }
        let schemes: Vec<_> = schemes.into_iter().collect();
        if schemes.is_empty() && Policy::<D>::new().schemes().next().is_some() {
            return Err(GatewayAssertionError::NoScheme);
        }
        let keys = RwLock::new(Arc::new(read(keys)?));
        let (header, prefix, demands_same_policy) = (HEADER, "".into(), false);
        Ok(Self { audience, header, schemes, keys, prefix, demands_same_policy, clock: SystemClock })
    }
}

impl<D: Document, C: Clock> GatewayAssertion<D, C> {
    /// The header that brings the assertion, in place of `policy-assertion`.
    ///
    /// # Errors
    /// A name with `_`, which some proxies take for `-`, or one of a header that a client's own credential has.
    pub fn with_header(mut self, header: HeaderName) -> Result<Self, GatewayAssertionError> {
        let is_of_clients = [http::header::AUTHORIZATION, http::header::COOKIE, http::header::PROXY_AUTHORIZATION];
        if header.as_str().contains('_') || is_of_clients.contains(&header) {
            return Err(GatewayAssertionError::Header(header));
        }
        self.header = header;
        Ok(self)
    }

    /// What the proxy takes away from the beginning of each path after the gateway has decided, such as `/files`. The gateway asserts the
    /// target as the client sent it.
    #[must_use]
    pub fn with_stripped_prefix(mut self, prefix: impl Into<Box<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Denies where the gateway decided by another policy than this program was compiled with, as their fingerprints tell.
    ///
    /// Without this, the service's own policy decides whenever the two differ, which they do for a moment at each release: it takes the
    /// caller and the grants from the assertion, and allows what it allows itself.
    #[must_use]
    pub fn with_same_policy(mut self) -> Self {
        self.demands_same_policy = true;
        self
    }

    /// The clock that the assertion's life is compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> GatewayAssertion<D, N> {
        let Self { audience, header, schemes, keys, prefix, demands_same_policy, clock: _ } = self;
        GatewayAssertion { audience, header, schemes, keys, prefix, demands_same_policy, clock }
    }

    /// Replaces the keys while the service runs. From now on, assertions count that one of these has signed.
    ///
    /// # Errors
    /// The text is no JWK set with an Ed25519 key. The keys stay as they were.
    pub fn replace_keys(&self, keys: &str) -> Result<(), GatewayAssertionError> {
        let keys = Arc::new(read(keys)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The caller of a request, by its assertion.
    fn caller(
        &self,
        operation: Option<OperationRef<D>>,
        head: &impl Head,
    ) -> Result<Option<Principal<D>>, CredentialFault> {
        let mut fields = head.header(self.header.as_str());
        let field = fields.next().ok_or(CredentialFault::MissingAssertion)?;
        if fields.next().is_some() {
            return Err(CredentialFault::RepeatedAssertion);
        }
        let token = std::str::from_utf8(field).map_err(|_| CredentialFault::NoSignedToken)?;
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let asserted = Asserted::new(keys.claims(token)?);
        let now = self.clock.unix_seconds();
        asserted.is_for(&self.audience, now)?;
        asserted.is_about(operation, head, &self.prefix)?;
        let (decided_by, own) = (asserted.policy()?, Policy::<D>::new().fingerprint());
        if decided_by != own && self.demands_same_policy {
            return Err(CredentialFault::AssertedPolicy);
        }
        asserted.caller(&self.schemes, now)
    }
}

fn read(keys: &str) -> Result<FixedKeys, GatewayAssertionError> {
    let keys = FixedKeys::read(keys, JwtAlgorithm::EdDsa, statement::TYPE);
    keys.map_err(|error| GatewayAssertionError::Keys(error.to_string()))?.ok_or(GatewayAssertionError::NoKey)
}

impl<D: Document, C: Clock> Authenticator<D> for GatewayAssertion<D, C> {
    /// Denies: the guard asks about the whole request.
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        Err(credential.refuse(CredentialFault::MissingAssertion))
    }

    fn of_request<H: Head>(
        &self,
        operation: Option<OperationRef<D>>,
        head: &H,
    ) -> Option<Result<Option<Principal<D>>, CredentialFault>> {
        let said = self.caller(operation, head);
        if let Err(fault) = &said {
            tracing::debug!(target: "policy", fault = fault.code(), "a gateway's assertion was refused: {fault}");
        }
        Some(said)
    }
}

impl<D: Document, C> fmt::Debug for GatewayAssertion<D, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayAssertion")
            .field("audience", &self.audience)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Why assertions cannot be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayAssertionError {
    /// The service has no name, so that an assertion for any service would do.
    NoAudience,
    /// No scheme is named, so that nobody could be granted anything.
    NoScheme,
    /// The keys cannot be read.
    Keys(String),
    /// None of the keys is an Ed25519 key that checks signatures.
    NoKey,
    /// That header cannot bring an assertion.
    Header(HeaderName),
}

impl fmt::Display for GatewayAssertionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GatewayAssertionError::NoAudience => {
                f.write_str("the service has no name; give it the audience that the gateway asserts for it")
            }
            GatewayAssertionError::NoScheme => f.write_str(
                "no security scheme is named, so that the gateway could grant nothing; name those of the document whose credentials it verifies",
            ),
            GatewayAssertionError::Keys(why) => {
                write!(f, "the gateway's keys cannot be read: {why}; they are what `policy-gateway keys public` prints")
            }
            GatewayAssertionError::NoKey => f.write_str(
                "the gateway's keys hold no Ed25519 key for signatures; they are what `policy-gateway keys public` prints",
            ),
            GatewayAssertionError::Header(name) => write!(
                f,
                "the header `{name}` cannot bring an assertion; use one without `_` that no client's credential has, such as `policy-assertion`"
            ),
        }
    }
}

impl std::error::Error for GatewayAssertionError {}
