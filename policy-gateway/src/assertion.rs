//! The signed assertion that tells a service what the gateway has decided.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use http::header::{HeaderName, HeaderValue};
use policy_core::owned::OwnedPolicy;
use policy_http::{AssertionStatement, Clock, SystemClock, Unavailable};

use crate::authorizer::{Admitted, Assertion};
use crate::keys::SigningKeys;

/// The header that brings the assertion, where nothing else is said.
const HEADER: HeaderName = HeaderName::from_static("policy-assertion");
/// How long an assertion is good, where nothing else is said: long enough for a queue before the service.
const LIFETIME: Duration = Duration::from_secs(15);
/// How long it may be good at most. A service refuses one that is good for longer.
const LONGEST: Duration = Duration::from_secs(30);

/// Signs for each request of one document that was allowed: who calls, with which grants, and what exactly was decided
/// (`policy_http::GatewayAssertion`).
pub struct SignedAssertion {
    header: HeaderName,
    audience: String,
    lifetime: Duration,
    keys: Arc<SigningKeys>,
    policy: Arc<OwnedPolicy>,
    fingerprint: String,
    clock: Arc<dyn Clock>,
}

impl SignedAssertion {
    /// For the service of that name, by the keys of the gateway and the document's policy with its fingerprint.
    ///
    /// # Errors
    /// The service has no name: an assertion for any service would be one for each.
    pub fn new(
        audience: impl Into<String>,
        keys: Arc<SigningKeys>,
        policy: Arc<OwnedPolicy>,
        fingerprint: impl Into<String>,
    ) -> Result<Self, AssertionFault> {
        let (audience, fingerprint) = (audience.into(), fingerprint.into());
        if audience.is_empty() {
            return Err(AssertionFault::NoAudience);
        }
        let clock = Arc::new(SystemClock);
        Ok(Self { header: HEADER, audience, lifetime: LIFETIME, keys, policy, fingerprint, clock })
    }

    /// The header, in place of `policy-assertion`.
    ///
    /// # Errors
    /// A name with a character that some servers take for another, or one of a client's own credentials.
    pub fn with_header(mut self, header: HeaderName) -> Result<Self, AssertionFault> {
        let is_of_clients = ["authorization", "cookie", "proxy-authorization"].contains(&header.as_str());
        if is_of_clients || header.as_str().contains(['_', '.']) {
            return Err(AssertionFault::Header(header));
        }
        self.header = header;
        Ok(self)
    }

    /// How long an assertion is good: from one second to 30, and 15 where nothing is said.
    ///
    /// # Errors
    /// Less or more than that.
    pub fn with_lifetime(mut self, lifetime: Duration) -> Result<Self, AssertionFault> {
        if lifetime < Duration::from_secs(1) || lifetime > LONGEST {
            return Err(AssertionFault::Lifetime(lifetime));
        }
        self.lifetime = lifetime;
        Ok(self)
    }

    /// The clock that assertions are dated by.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl Assertion for SignedAssertion {
    fn header(&self) -> &HeaderName {
        &self.header
    }

    fn assert(&self, admitted: &Admitted<'_>) -> Result<HeaderValue, Unavailable> {
        let Admitted { request, operation, caller, .. } = *admitted;
        let decided = (operation.method(), operation.template());
        let mut statement =
            AssertionStatement::new(&self.audience, &request.method, &request.target, decided, &self.fingerprint);
        if let Some(caller) = caller {
            statement = statement.with_caller(caller.subject());
            if let Some(tenant) = caller.tenant() {
                statement = statement.with_tenant(tenant);
            }
            if let Some(id) = caller.credential_id() {
                statement = statement.with_credential_id(id);
            }
            if let Some(end) = caller.expires_at() {
                statement = statement.with_credential_expiry(end);
            }
            for (scheme, scopes) in caller.grants(&self.policy) {
                statement = statement.with_grant(scheme, scopes);
            }
        }
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| Unavailable::because("there are no random bytes"))?;
        let (id, now) = (BASE64URL_NOPAD.encode(&id), self.clock.unix_seconds());
        let signed = self.keys.sign(now, |key| statement.unsigned(key, &id, now, self.lifetime));
        let signed = signed.ok_or_else(|| Unavailable::because("no key signs assertions yet"))?;
        Ok(HeaderValue::try_from(signed)?)
    }
}

impl fmt::Debug for SignedAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedAssertion")
            .field("header", &self.header)
            .field("audience", &self.audience)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// Why there can be no assertions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssertionFault {
    /// The service has no name.
    NoAudience,
    /// That header cannot bring an assertion.
    Header(HeaderName),
    /// An assertion cannot be good for so long, or for so short.
    Lifetime(Duration),
}

impl fmt::Display for AssertionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAudience => f.write_str("the assertion has no audience; name the service that is to accept it"),
            Self::Header(name) => write!(
                f,
                "the header `{name}` cannot bring an assertion; use one without `_` and `.` that no client's credential has, such as \
                 `policy-assertion`"
            ),
            Self::Lifetime(lifetime) => {
                write!(f, "an assertion cannot be good for {lifetime:?}; choose from 1 s to 30 s")
            }
        }
    }
}

impl std::error::Error for AssertionFault {}
