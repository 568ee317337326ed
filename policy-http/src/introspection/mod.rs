//! Tokens that only their issuer can read (RFC 7662). Behind the feature `introspection`.

mod answer;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use policy_core::{AuthenticationFailure, Document, Principal};
use sha2::{Digest, Sha256};

use self::answer::Answer;
use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::short_cache::ShortCache;
use crate::unavailable::Unavailable;

/// As long as a good answer may be repeated at most: a token that was revoked is refused within this time.
const LONGEST: Duration = Duration::from_secs(30);

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
/// SHA-256 of the token, and only so many of them: a flood of made-up tokens pushes no good one out. Where the server cannot
/// be asked, or answers what is no answer, the caller is answered 503 and nothing is kept.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Authenticator, Introspection, IntrospectionServer};
///
/// fn tokens<D: Document>(server: impl IntrospectionServer) -> impl Authenticator<D> {
///     Introspection::new(server).with_audience("https://api.example").with_tenant_claim("org_id")
/// }
/// ```
pub struct Introspection<D: Document, S, C = SystemClock> {
    server: S,
    accepts: Accepts,
    good: ShortCache<CacheKey, Principal<D>>,
    bad: ShortCache<CacheKey, AuthenticationFailure>,
    good_for: Duration,
    bad_for: Duration,
    clock: C,
}

/// Which active tokens are for this API.
#[derive(Debug, Default)]
struct Accepts {
    issuer: Option<String>,
    audience: Option<String>,
    tenant_claim: Option<String>,
}

/// The hash of a token and of the scheme that it came by: its principal holds a grant for this scheme.
type CacheKey = [u8; 32];

impl<D: Document, S: IntrospectionServer> Introspection<D, S> {
    /// Tokens that this server knows. At most 10,000 good answers are kept, and as many bad ones.
    pub fn new(server: S) -> Self {
        Self {
            server,
            accepts: Accepts::default(),
            good: ShortCache::new(10_000),
            bad: ShortCache::new(10_000),
            good_for: LONGEST,
            bad_for: Duration::from_secs(5),
            clock: SystemClock,
        }
    }
}

impl<D: Document, S: IntrospectionServer, C: Clock> Introspection<D, S, C> {
    /// The audience that a token must be for. Without it, whoever holds any active token of the server is known here.
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.accepts.audience = Some(audience.into());
        self
    }

    /// The issuer that a token must be of.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.accepts.issuer = Some(issuer.into());
        self
    }

    /// The member of the answer that names the organization on whose behalf the caller acts. Its value must be a text.
    #[must_use]
    pub fn with_tenant_claim(mut self, name: impl Into<String>) -> Self {
        self.accepts.tenant_claim = Some(name.into());
        self
    }

    /// How many good answers are kept, as many bad ones, and for how long a good one: at most 30 seconds. Zero keeps none.
    #[must_use]
    pub fn with_cache(mut self, entries: usize, good_for: Duration) -> Self {
        self.good = ShortCache::new(entries);
        self.bad = ShortCache::new(entries);
        self.good_for = good_for.min(LONGEST);
        self.bad_for = self.bad_for.min(self.good_for);
        self
    }

    /// The clock that expiries are compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> Introspection<D, S, N> {
        let Self { server, accepts, good, bad, good_for, bad_for, clock: _ } = self;
        Introspection { server, accepts, good, bad, good_for, bad_for, clock }
    }

    async fn ask(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let token = utf8_percent_encode(credential.secret(), NON_ALPHANUMERIC);
        let form = format!("token={token}&token_type_hint=access_token");
        let answer = self.server.post(form).await.and_then(|body| Ok(serde_json::from_str::<Answer>(&body)?));
        let answer = answer.map_err(|error| {
            tracing::error!(target: "policy", %error, "a token could not be introspected");
            AuthenticationFailure::Unavailable
        })?;
        answer.principal(credential.scheme(), &self.accepts, self.clock.unix_seconds())
    }
}

impl<D: Document, S: IntrospectionServer, C: Clock> Authenticator<D> for Introspection<D, S, C> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        // The answer's age counts from the question: the token may be revoked while the answer is under way.
        let (key, now) = (key(credential), self.clock.instant());
        if let Some(principal) = self.good.get(&key, now, Principal::clone) {
            return Ok(principal);
        }
        if let Some(failure) = self.bad.get(&key, now, |failure| *failure) {
            return Err(failure);
        }
        let found = self.ask(credential).await;
        let until = |time: Duration| now.checked_add(time).unwrap_or(now);
        match &found {
            Ok(principal) => {
                let left = principal
                    .expires_at()
                    .map_or(LONGEST, |end| Duration::from_secs(end.saturating_sub(self.clock.unix_seconds())));
                self.good.put(key, principal.clone(), until(self.good_for.min(left)), now);
            }
            Err(AuthenticationFailure::Unavailable) => {}
            Err(failure) => self.bad.put(key, *failure, until(self.bad_for), now),
        }
        found
    }
}

/// One key for each pair of scheme and token. A scheme's name has no line break.
fn key<D: Document>(credential: &Credential<'_, D>) -> CacheKey {
    let hash = Sha256::new().chain_update(credential.scheme().name()).chain_update("\n");
    hash.chain_update(credential.secret()).finalize().into()
}

impl<D: Document, S, C> fmt::Debug for Introspection<D, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("accepts", &self.accepts).finish_non_exhaustive()
    }
}
