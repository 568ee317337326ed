//! Bearer tokens that an issuer signed (RFC 9068, RFC 8725). Behind the features `jwt-aws-lc` and `jwt-rust-crypto`.

mod algorithm;
mod crypto;
mod key_set;
mod key_source;
mod token;

use std::fmt;

use policy_core::{AuthenticationFailure, Document, Principal};
use serde::Deserialize;
use serde_json::Number;

pub use algorithm::JwtAlgorithm;
pub use key_source::{KeyBounds, KeySource};

use self::key_source::Keys;
use self::token::Unverified;
use crate::authenticator::Authenticator;
use crate::claims::{OneOrMany, TenantClaim, TenantClaimError, grant, present, seconds};
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::members::Members;
use crate::proof_of_possession::{Confirmation, NoProof, ProofOfPossession};

/// Authenticates JWTs of one issuer, for one audience.
///
/// A token counts if its signature is of one of the issuer's keys, made with the algorithm that is bound to that key, and if
/// issuer, audience, type and times are right. The token chooses neither the algorithm nor the key's address, and a header
/// with `crit` is denied. Scopes are those of `scope`, or of `scp`; a token without either grants none. A token that is bound to a
/// key (`cnf`) is denied, unless the application [verifies the proof](Self::with_proof_of_possession) of each request.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Authenticator, Jwt, JwtAlgorithm, KeySource, TenantClaimError};
///
/// fn tokens<D: Document>(keys: impl KeySource) -> Result<impl Authenticator<D>, TenantClaimError> {
///     let tokens = Jwt::new("https://issuer.example", "https://api.example", JwtAlgorithm::Rs256, keys)
///         .with_tenant_claim("org_id")?
///         // Only where the issuer does not follow RFC 9068, whose tokens are of the type `at+jwt`.
///         .with_types(["JWT"]);
///     Ok(tokens)
/// }
/// ```
///
/// The issuer's keys are fetched when the first token arrives, again when they get old or a token names one that is not
/// known, and never more often than [`KeyBounds`] says. Where they cannot be had, or are too old, the answer is 503.
///
/// A token with one type for several purposes lets an ID token pass as an access token if issuer and audience are the same
/// (RFC 8725, section 3.11): that is why the type is checked, and `at+jwt` alone accepted, unless told otherwise. A token whose
/// claims `typ`, `token_use` or `token_type` call it an ID or refresh token is denied in any case.
pub struct Jwt<K, C = SystemClock, P = NoProof> {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<JwtAlgorithm>,
    types: Vec<String>,
    tenant_claim: Option<TenantClaim>,
    leeway: u64,
    keys: Keys<K>,
    clock: C,
    proof: P,
}

impl<K: KeySource> Jwt<K> {
    /// Tokens of that issuer for that audience, signed with that algorithm.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, algorithm: JwtAlgorithm, keys: K) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            algorithms: vec![algorithm],
            types: vec!["at+jwt".into()],
            tenant_claim: None,
            leeway: 30,
            keys: Keys::new(keys, KeyBounds::default()),
            clock: SystemClock,
            proof: NoProof,
        }
    }
}

impl<K: KeySource, C: Clock, P: ProofOfPossession> Jwt<K, C, P> {
    /// Accepts another algorithm as well, for an issuer that moves from one to the other. Each key still has one: that which
    /// it names, or the only accepted one that its type can have.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: JwtAlgorithm) -> Self {
        if !self.algorithms.contains(&algorithm) {
            self.algorithms.push(algorithm);
        }
        self
    }

    /// Accepts another audience as well.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// The values of the header's `typ` that are accepted, in place of `at+jwt`.
    #[must_use]
    pub fn with_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The claim that names the organization on whose behalf the caller acts. Its value must be a text, and a token without it is
    /// denied.
    ///
    /// # Errors
    /// A registered claim whose value is no single text, such as `aud` or `exp`.
    pub fn with_tenant_claim(mut self, name: impl Into<String>) -> Result<Self, TenantClaimError> {
        self.tenant_claim = Some(TenantClaim::named(name)?);
        Ok(self)
    }

    /// By how many seconds the issuer's clock may differ; 30 where nothing is said, and never more than 300.
    #[must_use]
    pub fn with_leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds.min(300);
        self
    }

    /// How long the issuer's keys are used, and how often they are asked for.
    #[must_use]
    pub fn with_key_bounds(mut self, bounds: KeyBounds) -> Self {
        self.keys.bounds = bounds;
        self
    }

    /// The clock that expiries are compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> Jwt<K, N, P> {
        let Self { issuer, audiences, algorithms, types, tenant_claim, leeway, keys, clock: _, proof } = self;
        Jwt { issuer, audiences, algorithms, types, tenant_claim, leeway, keys, clock, proof }
    }

    /// Who verifies that a request comes from the holder of the key that its token is bound to (RFC 9449, RFC 8705).
    pub fn with_proof_of_possession<N: ProofOfPossession>(self, proof: N) -> Jwt<K, C, N> {
        let Self { issuer, audiences, algorithms, types, tenant_claim, leeway, keys, clock, proof: _ } = self;
        Jwt { issuer, audiences, algorithms, types, tenant_claim, leeway, keys, clock, proof }
    }

    async fn claims(&self, token: &str) -> Result<Claims, AuthenticationFailure> {
        const INVALID: AuthenticationFailure = AuthenticationFailure::Invalid;
        let token = Unverified::read(token).ok_or(AuthenticationFailure::Malformed)?;
        if token.header.has_rules_of_its_own() || !token.has_type(&self.types) {
            return Err(INVALID);
        }
        let algorithm = JwtAlgorithm::named(&token.header.alg).filter(|named| self.algorithms.contains(named));
        let algorithm = algorithm.ok_or(INVALID)?;
        let key = self.keys.find(token.header.kid.as_deref(), algorithm, &self.algorithms, &self.clock).await?;
        token.verify(&key).ok_or(INVALID)
    }

    /// Whether the claims are of a token for this API, at this time. Answers when it ends.
    fn accept(&self, claims: &Claims) -> Result<u64, AuthenticationFailure> {
        let audience = claims.aud.as_ref().is_some_and(|aud| aud.contains_any(&self.audiences));
        if claims.iss.as_deref() != Some(&*self.issuer) || !audience || claims.others.is_of_another_kind() {
            return Err(AuthenticationFailure::Invalid);
        }
        let now = self.clock.unix_seconds();
        let expiry = claims.exp.as_ref().and_then(seconds).ok_or(AuthenticationFailure::Invalid)?;
        let end = expiry.saturating_add(self.leeway);
        if end <= now {
            return Err(AuthenticationFailure::Expired);
        }
        match claims.nbf.as_ref().map(seconds) {
            None => Ok(end),
            Some(Some(begin)) if begin <= now.saturating_add(self.leeway) => Ok(end),
            Some(Some(_)) => Err(AuthenticationFailure::Inactive),
            Some(None) => Err(AuthenticationFailure::Invalid),
        }
    }
}

/// The claims that are looked at. One of another type than RFC 7519 says is an error, and so is a repeated one.
#[derive(Deserialize)]
struct Claims {
    #[serde(default, deserialize_with = "present")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "present")]
    sub: Option<String>,
    #[serde(default, deserialize_with = "present")]
    aud: Option<OneOrMany>,
    #[serde(default, deserialize_with = "present")]
    exp: Option<Number>,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<Number>,
    #[serde(default, deserialize_with = "present")]
    jti: Option<String>,
    #[serde(default, deserialize_with = "present")]
    scope: Option<String>,
    #[serde(default, deserialize_with = "present")]
    scp: Option<OneOrMany>,
    #[serde(default, deserialize_with = "present")]
    cnf: Option<Confirmation>,
    #[serde(flatten)]
    others: Members,
}

impl Claims {
    /// A claim that is a text, whatever it is called.
    fn text(&self, name: &str) -> Option<&str> {
        let named = match name {
            "iss" => self.iss.as_deref(),
            "sub" => self.sub.as_deref(),
            "jti" => self.jti.as_deref(),
            other => self.others.text(other).flatten(),
        };
        named.filter(|text| !text.is_empty())
    }
}

impl<D: Document, K: KeySource, C: Clock, P: ProofOfPossession> Authenticator<D> for Jwt<K, C, P> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        const INVALID: AuthenticationFailure = AuthenticationFailure::Invalid;
        let claims = self.claims(credential.secret()).await?;
        let end = self.accept(&claims)?;
        let scopes = grant(claims.scope.as_deref(), claims.scp.as_ref()).map_err(|_| INVALID)?;
        let subject = claims.text("sub").ok_or(INVALID)?;
        let mut principal = Principal::new(subject).with_grant(credential.scheme(), scopes).with_expiry(end);
        if let Some(claim) = &self.tenant_claim {
            principal = principal.with_tenant(claims.text(&claim.0).ok_or(INVALID)?);
        }
        if let Some(id) = claims.jti {
            principal = principal.with_credential_id(id);
        }
        Confirmation::check(claims.cnf.as_ref(), credential, &self.proof).await?;
        Ok(principal)
    }
}

impl<K, C, P> fmt::Debug for Jwt<K, C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("issuer", &self.issuer)
            .field("audiences", &self.audiences)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}
