//! Bearer tokens that an issuer signed (RFC 9068, RFC 8725). Behind the features `jwt-aws-lc` and `jwt-rust-crypto`.

mod algorithm;
mod crypto;
mod discovery;
mod expected;
#[cfg(feature = "gateway-assertion")]
mod fixed_keys;
mod key_set;
mod key_source;
mod provider;
mod signed_claims;
mod token;

use std::fmt;
use std::sync::Arc;

use policy_core::{AuthenticationFailure, Document, Identity, Principal};
use serde_json::Value;

pub use algorithm::JwtAlgorithm;
pub use discovery::{Discovery, Fetch};
#[cfg(feature = "gateway-assertion")]
pub(crate) use fixed_keys::FixedKeys;
pub use key_source::{KeyBounds, KeySource};
pub use provider::{Provider, ProviderError};

use self::expected::Expected;
use self::key_source::Keys;
use self::signed_claims::Claims;
use self::token::Unverified;
use crate::authenticator::Authenticator;
use crate::claim_path::{ClaimPath, ScopeClaimError, ScopeClaims};
use crate::claims::{TenantClaim, TenantClaimError};
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::narrowing::{Narrowing, VerifiedClaims};
use crate::proof_of_possession::{Confirmation, NoProof, ProofOfPossession};
use crate::verified::{Issued, Verified};

/// Authenticates JWTs of one issuer, for one audience.
///
/// A token counts if its signature is of one of the issuer's keys, made with the algorithm that is bound to that key, and if
/// issuer, audience, type and times are right. The token chooses neither the algorithm nor the key's address, and a header
/// with `crit` is denied. A token that is bound to a
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
/// Scopes are those of the first of these claims that the token has: `scope`, `scp`, `permissions`
/// ([`with_scope_claims`](Self::with_scope_claims)). This claim counts alone, even where it is empty. Its value is a text with single
/// spaces between the scopes, or a list of texts; any other value denies. A token without such a claim grants no scope.
///
/// The issuer's keys are fetched when the first token arrives, again when they get old or a token names one that is not
/// known, and never more often than [`KeyBounds`] says. Where they cannot be had, or are too old, the answer is 503.
///
/// A token with one type for several purposes lets an ID token pass as an access token if issuer and audience are the same
/// (RFC 8725, section 3.11): that is why the type is checked, and `at+jwt` alone accepted, unless told otherwise. A token whose
/// claims `typ`, `token_use` or `token_type` call it an ID or refresh token is denied in any case.
pub struct Jwt<K, C = SystemClock, P = NoProof> {
    expected: Expected,
    keys: Keys<K>,
    clock: C,
    proof: P,
}

impl<K: KeySource> Jwt<K> {
    /// Tokens of that issuer for that audience, signed with that algorithm.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, algorithm: JwtAlgorithm, keys: K) -> Self {
        let expected = Expected {
            issuer: issuer.into(),
            audience_claim: ClaimPath::from("aud"),
            audiences: vec![audience.into()],
            algorithms: vec![algorithm],
            types: vec!["at+jwt".into()],
            may_lack_type: false,
            clients: None,
            demanded: Vec::new(),
            grant: Arc::default(),
            tenant_claim: None,
            leeway: 30,
        };
        Self { expected, keys: Keys::new(keys, KeyBounds::default()), clock: SystemClock, proof: NoProof }
    }
}

impl<K: KeySource> Jwt<K> {
    /// Tokens that a [`Provider`] issues for that audience, signed by RS256. For Cognito, whose access tokens have no audience, it is the
    /// identifier of the client that they are issued to.
    ///
    /// ```
    /// use policy_core::Document;
    /// use policy_http::{Authenticator, Jwt, KeySource, Provider, ProviderError};
    ///
    /// fn tokens<D: Document>(keys: impl KeySource) -> Result<impl Authenticator<D>, ProviderError> {
    ///     let provider = Provider::entra_v2("9f3c1d2e-8a54-4c1b-9b7e-2d6f0a1b3c4d")?;
    ///     // `keys` fetches `provider.keys_url()`.
    ///     Ok(Jwt::of_provider(provider, "6e74172b-be56-4843-9ff4-e66a39bb12e3", keys))
    /// }
    /// ```
    pub fn of_provider(provider: Provider, audience: impl Into<String>, keys: K) -> Self {
        let mut tokens = Self::new(provider.issuer, audience, JwtAlgorithm::Rs256, keys);
        let expected = &mut tokens.expected;
        expected.audience_claim = provider.audience_claim;
        expected.types = provider.types.iter().map(|typ| (*typ).to_owned()).collect();
        expected.may_lack_type = provider.may_lack_type;
        expected.clients = Some((provider.client_claim, provider.clients));
        expected.demanded = provider.demanded;
        expected.tenant_claim = provider.tenant_claim;
        tokens
    }
}

impl<K: KeySource, C: Clock, P: ProofOfPossession> Jwt<K, C, P> {
    /// Accepts another algorithm as well, for an issuer that moves from one to the other. Each key still has one: that which
    /// it names, or the only accepted one that its type can have.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: JwtAlgorithm) -> Self {
        if !self.expected.algorithms.contains(&algorithm) {
            self.expected.algorithms.push(algorithm);
        }
        self
    }

    /// Accepts another audience as well.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.expected.audiences.push(audience.into());
        self
    }

    /// The values of the header's `typ` that are accepted, in place of `at+jwt`.
    #[must_use]
    pub fn with_types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.expected.types = types.into_iter().map(Into::into).collect();
        self
    }

    /// The claims that scopes are taken from, in place of `scope`, `scp` and `permissions`. The first that a token has counts alone.
    ///
    /// ```
    /// use policy_http::{ClaimPath, Jwt, JwtAlgorithm, KeySource, ScopeClaimError};
    ///
    /// fn tokens<K: KeySource>(keys: K) -> Result<Jwt<K>, ScopeClaimError> {
    ///     let tokens = Jwt::new("https://issuer.example", "https://api.example", JwtAlgorithm::Rs256, keys);
    ///     // A text is one name. A list is a claim in another.
    ///     tokens.with_scope_claims([ClaimPath::from("https://example.com/scopes"), ClaimPath::from(["ext", "scopes"])])
    /// }
    /// ```
    ///
    /// # Errors
    /// A claim without a name, or one that says who somebody is: `roles`, `groups`, `entitlements`, in whatever object or name space.
    /// Only an entry of `scopes.map` in `policy.toml` says what a role grants.
    pub fn with_scope_claims<T: Into<ClaimPath>>(
        mut self,
        claims: impl IntoIterator<Item = T>,
    ) -> Result<Self, ScopeClaimError> {
        Arc::make_mut(&mut self.expected.grant).scope_claims = ScopeClaims::named(claims)?;
        Ok(self)
    }

    /// Accepts tokens of these clients alone, which the claim names: `azp`, `client_id`. Its value must be a text.
    #[must_use]
    pub fn with_clients<T: Into<String>>(
        mut self,
        claim: impl Into<ClaimPath>,
        clients: impl IntoIterator<Item = T>,
    ) -> Self {
        self.expected.clients = Some((claim.into(), Some(clients.into_iter().map(Into::into).collect())));
        self
    }

    /// Accepts only tokens in which the claim is one of these texts. Said of several claims, all are demanded.
    #[must_use]
    pub fn with_demanded_claim<T: Into<String>>(
        mut self,
        claim: impl Into<ClaimPath>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.expected.demanded.push((claim.into(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// The claim that names the organization on whose behalf the caller acts. Its value must be a text, and a token without it is
    /// denied.
    ///
    /// # Errors
    /// A registered claim whose value is no single text, such as `aud` or `exp`.
    pub fn with_tenant_claim(mut self, claim: impl Into<ClaimPath>) -> Result<Self, TenantClaimError> {
        self.expected.tenant_claim = Some(TenantClaim::named(claim)?);
        Ok(self)
    }

    /// A rule of the application about the claims, asked once everything else about the token is right. It can take scopes away or
    /// refuse the token, and has no way to add anything.
    ///
    /// ```
    /// use policy_http::{Jwt, JwtAlgorithm, KeySource};
    ///
    /// fn tokens<K: KeySource>(keys: K) -> Jwt<K> {
    ///     Jwt::new("https://issuer.example", "https://api.example", JwtAlgorithm::Rs256, keys).with_narrowing(|claims, grant| {
    ///         // Whoever did not give a second factor may only read.
    ///         if !claims.contains("amr", "mfa") {
    ///             grant.retain(|scope| scope.ends_with(":read"));
    ///         }
    ///         if claims.read::<bool>(["account", "suspended"]) != Some(false) {
    ///             grant.refuse();
    ///         }
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn with_narrowing(
        mut self,
        rule: impl Fn(&VerifiedClaims<'_>, &mut Narrowing<'_>) + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.expected.grant).narrowing = Some(Arc::new(rule));
        self
    }

    /// By how many seconds the issuer's clock may differ; 30 where nothing is said, and never more than 300.
    #[must_use]
    pub fn with_leeway(mut self, seconds: u64) -> Self {
        self.expected.leeway = seconds.min(300);
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
        let Self { expected, keys, clock: _, proof } = self;
        Jwt { expected, keys, clock, proof }
    }

    /// Who verifies that a request comes from the holder of the key that its token is bound to (RFC 9449, RFC 8705).
    pub fn with_proof_of_possession<N: ProofOfPossession>(self, proof: N) -> Jwt<K, C, N> {
        let Self { expected, keys, clock, proof: _ } = self;
        Jwt { expected, keys, clock, proof }
    }

    /// The claims of a token that the issuer signed.
    async fn claims(&self, token: &str) -> Result<Claims, CredentialFault> {
        let Expected { types, may_lack_type, algorithms, .. } = &self.expected;
        let token = Unverified::read(token)?;
        if token.header.has_rules_of_its_own() {
            return Err(CredentialFault::UnknownExtension);
        }
        if !token.has_type(types, *may_lack_type) {
            return Err(CredentialFault::WrongType);
        }
        let algorithm = JwtAlgorithm::named(&token.header.alg).filter(|named| algorithms.contains(named));
        let algorithm = algorithm.ok_or(CredentialFault::WrongAlgorithm)?;
        let key = self.keys.find(token.header.kid.as_deref(), algorithm, algorithms, &self.clock).await?;
        Claims::read(token.verify(&key)?)
    }

    /// Whom a token belongs to. If it is [bound](Verified::confirmation) to a key, it is no bearer token, and the proof of the request is
    /// still to be verified.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub async fn verify(&self, token: &str) -> Result<Verified, CredentialFault> {
        let claims = self.claims(token).await?;
        let end = self.expected.accept(&claims, self.clock.unix_seconds())?;
        let mut identity = Identity::new(claims.text("sub").ok_or(CredentialFault::MissingSubject)?);
        identity.expires_at = Some(end);
        if let Some(claim) = &self.expected.tenant_claim {
            identity.tenant = Some(claims.text_at(&claim.0).ok_or(CredentialFault::MissingTenant)?.into());
        }
        identity.credential_id = claims.0.0.get("jti").and_then(Value::as_str).map(Into::into);
        let confirmation = claims.confirmation().map(Arc::new);
        Ok(Verified { identity, issued: Issued::Claims(claims.0, Arc::clone(&self.expected.grant)), confirmation })
    }
}

impl<D: Document, K: KeySource, C: Clock, P: ProofOfPossession> Authenticator<D> for Jwt<K, C, P> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let mut verified = self.verify(credential.secret()).await.map_err(|fault| credential.refuse(fault))?;
        let confirmation = verified.confirmation.take();
        let principal = verified.principal(credential.scheme(), self.clock.unix_seconds());
        let principal = principal.map_err(|fault| credential.refuse(fault))?;
        Confirmation::check(confirmation.as_deref(), credential, &self.proof).await?;
        Ok(principal)
    }
}

impl<K, C, P> fmt::Debug for Jwt<K, C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("issuer", &self.expected.issuer)
            .field("audiences", &self.expected.audiences)
            .field("algorithms", &self.expected.algorithms)
            .finish_non_exhaustive()
    }
}
