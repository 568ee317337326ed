//! Tokens that only their issuer can read (RFC 7662). Behind the feature `introspection`.

mod answer;
mod demands;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use policy_core::{AuthenticationFailure, Document, Policy, Principal};
use sha2::{Digest, Sha256};

pub use self::demands::{Demands, DemandsError};

use self::answer::Answer;
use self::demands::Checked;
use crate::authenticator::Authenticator;
use crate::claims::GrantRules;
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::narrowing::{Narrowing, VerifiedClaims};
use crate::proof_of_possession::{Confirmation, NoProof, ProofOfPossession};
use crate::questions::{LONGEST, Questions};
use crate::remembers::Remembers;
use crate::short_cache::ShortCache;
use crate::unavailable::Unavailable;
use crate::verified::Verified;

/// Asks the introspection server. The application brings the HTTP client, the server's address and its own credential
/// there; a closure will do.
///
/// ```
/// use policy_http::{IntrospectionServer, Unavailable};
///
/// # async fn post(_: &str, _: String) -> Result<String, std::io::Error> { Ok(String::new()) }
/// fn server() -> impl IntrospectionServer {
///     // With `reqwest`: `client.post(url).basic_auth(id, secret).header(CONTENT_TYPE, "application/x-www-form-urlencoded")
///     // .body(form).send().await?.error_for_status()?.text().await?`, and a timeout.
///     |form: String| async { Ok::<_, Unavailable>(post("https://issuer.example/introspect", form).await?) }
/// }
/// ```
pub trait IntrospectionServer: Send + Sync + 'static {
    /// Posts the form (`application/x-www-form-urlencoded`), which holds the token, and answers the body of a 200. It is to
    /// give up after a few seconds, and to log neither.
    ///
    /// # Errors
    /// The server cannot be asked, or answers another status.
    fn post(&self, form: String) -> impl Future<Output = Result<String, Unavailable>> + Send;
}

impl<F, R> IntrospectionServer for F
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<String, Unavailable>> + Send,
{
    fn post(&self, form: String) -> impl Future<Output = Result<String, Unavailable>> + Send {
        self(form)
    }
}

/// Authenticates tokens by asking their issuer.
///
/// A good answer is repeated for at most 30 seconds and never beyond the token's expiry, a bad one for five, both by the
/// SHA-256 of the token, and only so many of them: a flood of made-up tokens pushes no good one out. Requests with one token that
/// come at the same time wait for one answer. Where the server cannot be asked, answers what is no answer, or takes longer
/// than 30 seconds, the caller is answered 503 and nothing is kept.
///
/// A token that is bound to a key (`cnf`) is refused, unless the application
/// [verifies the proof](Self::with_proof_of_possession) of each request.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Authenticator, Demands, DemandsError, Introspection, IntrospectionServer};
///
/// fn tokens<D: Document>(server: impl IntrospectionServer) -> Result<impl Authenticator<D>, DemandsError> {
///     let demands = Demands::new()
///         .audience("https://api.example")
///         .issuer("https://issuer.example")
///         .tenant_claim("org_id");
///     Introspection::new(server, demands)
/// }
/// ```
pub struct Introspection<D: Remembers, S, C = SystemClock, P = NoProof> {
    server: Arc<S>,
    demands: Arc<Checked>,
    grant: Arc<GrantRules>,
    good: ShortCache<CacheKey, Known<D>>,
    bad: ShortCache<CacheKey, CredentialFault>,
    under_way: Questions<CacheKey, Told<D>>,
    good_for: Duration,
    bad_for: Duration,
    clock: Arc<C>,
    proof: P,
}

/// The hash of a token and of the scheme that it came by: its principal holds a grant for this scheme.
type CacheKey = [u8; 32];

/// A caller, and what the token is bound to.
struct Known<D: Remembers> {
    caller: D::Caller,
    confirmation: Option<Arc<Confirmation>>,
}

impl<D: Remembers> Clone for Known<D> {
    fn clone(&self) -> Self {
        Self { caller: self.caller.clone(), confirmation: self.confirmation.clone() }
    }
}

/// What is told of a token.
type Told<D> = Result<Known<D>, CredentialFault>;

impl<D: Remembers, S: IntrospectionServer> Introspection<D, S> {
    /// Those tokens that this server knows and that meet the demands. At most 10,000 good answers are kept, and as many bad
    /// ones.
    ///
    /// # Errors
    /// Neither an audience nor a kind of token is demanded, or a demand can be met by nobody.
    pub fn new(server: S, demands: Demands) -> Result<Self, DemandsError> {
        let demands = demands.check()?;
        let grant = GrantRules { scope_claims: demands.scope_claims().clone(), narrowing: None };
        Ok(Self {
            server: Arc::new(server),
            demands: Arc::new(demands),
            grant: Arc::new(grant),
            good: ShortCache::new(10_000),
            bad: ShortCache::new(10_000),
            under_way: Questions::new(),
            good_for: LONGEST,
            bad_for: Duration::from_secs(5),
            clock: Arc::new(SystemClock),
            proof: NoProof,
        })
    }
}

impl<D: Remembers, S: IntrospectionServer, C: Clock, P: ProofOfPossession> Introspection<D, S, C, P> {
    /// How many good answers are kept and as many bad ones, and for how long a good one is: at most 30 seconds. If `entries` is zero,
    /// nothing is kept. If `good_for` is zero, requests do not share an answer either: each of them asks.
    #[must_use]
    pub fn with_cache(mut self, entries: usize, good_for: Duration) -> Self {
        self.good = ShortCache::new(entries);
        self.bad = ShortCache::new(entries);
        self.good_for = good_for.min(LONGEST);
        self.bad_for = self.bad_for.min(self.good_for);
        self
    }

    /// A rule of the application about the answer's members, asked once everything else about the token is right. It can take scopes away
    /// or refuse the token, and has no way to add anything.
    ///
    /// It is asked once for each answer of the server, and what comes of it is repeated as long as the answer is. So it is to look at
    /// nothing but the members.
    ///
    /// ```
    /// use policy_core::Document;
    /// use policy_http::{Introspection, IntrospectionServer};
    ///
    /// fn narrowed<D: Document, S: IntrospectionServer>(tokens: Introspection<D, S>) -> Introspection<D, S> {
    ///     tokens.with_narrowing(|members, grant| {
    ///         // Tokens of the test client may only read.
    ///         if members.text("client_id") == Some("test") {
    ///             grant.retain(|scope| scope.ends_with(":read"));
    ///         }
    ///     })
    /// }
    /// ```
    #[must_use]
    pub fn with_narrowing(
        mut self,
        rule: impl Fn(&VerifiedClaims<'_>, &mut Narrowing<'_>) + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.grant).narrowing = Some(Arc::new(rule));
        self
    }

    /// The clock that expiries are compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> Introspection<D, S, N, P> {
        let Self { server, demands, grant, good, bad, under_way, good_for, bad_for, clock: _, proof } = self;
        Introspection { server, demands, grant, good, bad, under_way, good_for, bad_for, clock: Arc::new(clock), proof }
    }

    /// Who verifies that a request comes from the holder of the key that its token is bound to (RFC 9449, RFC 8705). It is asked at
    /// each request, also where the server's answer is repeated.
    pub fn with_proof_of_possession<N: ProofOfPossession>(self, proof: N) -> Introspection<D, S, C, N> {
        let Self { server, demands, grant, good, bad, under_way, good_for, bad_for, clock, proof: _ } = self;
        Introspection { server, demands, grant, good, bad, under_way, good_for, bad_for, clock, proof }
    }

    /// What was told of the token a moment ago.
    fn kept(&self, key: &CacheKey, now: Instant) -> Option<Told<D>> {
        let good = self.good.get(key, now, Known::clone).map(Ok);
        good.or_else(|| self.bad.get(key, now, |fault| Err(*fault)))
    }

    /// Asks the server, or waits along with whoever does. `read` makes of a verified token what is remembered, and `ends` says when that
    /// holds no longer.
    async fn ask(
        &self,
        token: &str,
        key: CacheKey,
        now: Instant,
        read: impl FnOnce(Verified, u64) -> Result<D::Caller, CredentialFault> + Send + 'static,
        ends: impl Fn(&D::Caller, u64) -> Option<u64> + Send + Sync,
    ) -> Told<D> {
        let question = || {
            let (server, demands, clock) =
                (Arc::clone(&self.server), Arc::clone(&self.demands), Arc::clone(&self.clock));
            let (grant, token) = (Arc::clone(&self.grant), token.to_owned());
            async move {
                let answer = ask(&*server, &token).await?;
                let now = clock.unix_seconds();
                let verified = answer.verified(&demands, grant, now)?;
                let confirmation = verified.confirmation.clone();
                Ok(Known { caller: read(verified, now)?, confirmation })
            }
        };
        // The answer's age counts from the question: the token may be revoked while the answer is under way.
        let until = |time: Duration| now.checked_add(time).unwrap_or(now);
        let keep = |told: &Told<D>| match told {
            Ok(known) => {
                let second = self.clock.unix_seconds();
                let left = |end: u64| Duration::from_secs(end.saturating_sub(second));
                let left = ends(&known.caller, second).map_or(LONGEST, left);
                self.good.put(key, known.clone(), until(self.good_for.min(left)), now);
            }
            Err(CredentialFault::IssuerUnavailable) => {}
            Err(fault) => self.bad.put(key, *fault, until(self.bad_for), now),
        };
        // Whoever joins a question gets an answer as old as the question. So it is joined no longer than a refusal is repeated.
        let answer = self.under_way.ask(key, now, self.bad_for, || self.kept(&key, now), question, keep).await;
        match answer {
            Some((told, asked_at)) if self.clock.instant().saturating_duration_since(asked_at) <= LONGEST => told,
            _ => Err(CredentialFault::IssuerUnavailable),
        }
    }
}

#[cfg(feature = "run-time")]
impl<S: IntrospectionServer, C: Clock, P: ProofOfPossession> Introspection<crate::run_time::RunTime, S, C, P> {
    /// Whom a token belongs to. If it is [bound](Verified::confirmation) to a key, it is no bearer token, and the proof of the request is
    /// still to be verified.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, CredentialFault> {
        let (key, now) = (key("", token), self.clock.instant());
        let told = match self.kept(&key, now) {
            Some(told) => told,
            None => {
                let read = |verified, _| Ok(Arc::new(verified));
                let ends = |verified: &Arc<Verified>, _| verified.identity.expires_at;
                Box::pin(self.ask(token, key, now, read, ends)).await
            }
        };
        Ok(told?.caller)
    }
}

/// What the server says of a token.
async fn ask(server: &impl IntrospectionServer, token: &str) -> Result<Answer, CredentialFault> {
    let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
    let form = format!("token={token}&token_type_hint=access_token");
    server.post(form).await.and_then(|body| Answer::read(&body)).map_err(|error| {
        tracing::error!(target: "policy", %error, "a token could not be introspected");
        CredentialFault::IssuerUnavailable
    })
}

impl<D, S, C, P> Authenticator<D> for Introspection<D, S, C, P>
where
    D: Document,
    S: IntrospectionServer,
    C: Clock,
    P: ProofOfPossession,
{
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let (scheme, token) = (credential.scheme(), credential.secret());
        let (key, now) = (key(scheme.name(), token), self.clock.instant());
        let told = match self.kept(&key, now) {
            Some(told) => told,
            None => {
                let read = move |verified: Verified, now| verified.principal(scheme, now);
                // The caller's scopes are those of today's scope map. When the next entry of the map ends, the server is asked again.
                let ends = |caller: &Principal<D>, now| {
                    let map_ends = Policy::<D>::new().scope_map().filter_map(|entry| entry.ends_at());
                    map_ends.filter(|end| *end > now).chain(caller.expires_at()).min()
                };
                // The future of this question is large and rarely needed. Boxed, it does not make the future of each request as large.
                Box::pin(self.ask(token, key, now, read, ends)).await
            }
        };
        let known = told.map_err(|fault| credential.refuse(fault))?;
        Confirmation::check(known.confirmation.as_deref(), credential, &self.proof).await?;
        Ok(known.caller)
    }
}

/// One key for each pair of scheme and token. A scheme's name has no line break.
fn key(scheme: &str, token: &str) -> CacheKey {
    Sha256::new().chain_update(scheme).chain_update("\n").chain_update(token).finalize().into()
}

impl<D: Remembers, S, C, P> fmt::Debug for Introspection<D, S, C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("demands", &self.demands).finish_non_exhaustive()
    }
}
