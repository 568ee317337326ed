//! Where an issuer's keys come from, and how long they are used.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::algorithm::JwtAlgorithm;
use super::key_set::{Found, Key, KeySet};
use crate::clock::Clock;
use crate::credential_fault::CredentialFault;
use crate::questions::Questions;
use crate::unavailable::Unavailable;

/// Fetches the issuer's key set (RFC 7517). [`HttpsClient::keys`](crate::HttpsClient::keys) does, with the feature `https`. With another
/// HTTP client, a closure will do.
///
/// The address is one that the operator configured, never one that a token names.
///
/// ```
/// use policy_http::{KeySource, Unavailable};
///
/// # async fn get(_: &str) -> Result<String, std::io::Error> { Ok(String::new()) }
/// fn keys() -> impl KeySource {
///     // `reqwest::get(url).await?.error_for_status()?.text().await?`, say.
///     || async { Ok::<_, Unavailable>(get("https://issuer.example/.well-known/jwks.json").await?) }
/// }
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// The key set, as JSON.
    ///
    /// # Errors
    /// The issuer cannot be asked.
    fn fetch(&self) -> impl Future<Output = Result<String, Unavailable>> + Send;
}

impl<F, R> KeySource for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<String, Unavailable>> + Send,
{
    fn fetch(&self) -> impl Future<Output = Result<String, Unavailable>> + Send {
        self()
    }
}

/// How long an issuer's keys are used, and how often they are asked for.
///
/// ```
/// use std::time::Duration;
/// use policy_http::KeyBounds;
///
/// let bounds = KeyBounds::default().with_timeout(Duration::from_secs(2));
/// assert_eq!(bounds.usable_for, Duration::from_secs(15 * 60));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeyBounds {
    /// Keys older than this are asked for again, while they are still used.
    pub refresh_after: Duration,
    /// Keys older than this are not used: a token is then answered 503. It bounds how long a key counts that the issuer
    /// withdrew while it could not be asked.
    pub usable_for: Duration,
    /// The least time between two questions to the issuer, whatever tokens arrive: a `kid` that is not known asks again, and
    /// anybody can make one up.
    pub at_most_every: Duration,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

impl Default for KeyBounds {
    /// Five minutes; fifteen; ten seconds; five seconds.
    fn default() -> Self {
        Self {
            refresh_after: Duration::from_secs(5 * 60),
            usable_for: Duration::from_secs(15 * 60),
            at_most_every: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
        }
    }
}

impl KeyBounds {
    /// Keys older than this are asked for again ([`refresh_after`](Self::refresh_after)).
    #[must_use]
    pub const fn with_refresh_after(mut self, age: Duration) -> Self {
        self.refresh_after = age;
        self
    }

    /// Keys older than this are not used ([`usable_for`](Self::usable_for)).
    #[must_use]
    pub const fn with_usable_for(mut self, age: Duration) -> Self {
        self.usable_for = age;
        self
    }

    /// The least time between two questions to the issuer ([`at_most_every`](Self::at_most_every)).
    #[must_use]
    pub const fn with_at_most_every(mut self, time: Duration) -> Self {
        self.at_most_every = time;
        self
    }

    /// How long an answer is waited for.
    #[must_use]
    pub const fn with_timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }
}

/// The keys that were fetched last.
pub(super) struct Keys<K> {
    shared: Arc<Shared<K>>,
    pub(super) bounds: KeyBounds,
}

struct Shared<K> {
    source: K,
    state: RwLock<State>,
    under_way: Questions<(), ()>,
}

#[derive(Default)]
struct State {
    set: Option<(Arc<KeySet>, Instant)>,
    asked_at: Option<Instant>,
    /// Whether the last question failed, or is still waiting for its answer.
    failed: bool,
}

/// Which key is looked for: that of a token's header.
struct Wanted {
    id: Option<String>,
    algorithm: JwtAlgorithm,
}

impl<K: KeySource> Keys<K> {
    pub(super) fn new(source: K, bounds: KeyBounds) -> Self {
        let shared = Shared { source, state: RwLock::default(), under_way: Questions::new() };
        Self { shared: Arc::new(shared), bounds }
    }

    /// The key of a token's header, from a set that is young enough.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: JwtAlgorithm,
        accepted: &[JwtAlgorithm],
        clock: &impl Clock,
    ) -> Result<Arc<Key>, CredentialFault> {
        let now = clock.instant();
        let known = self.shared.known(id, algorithm, &self.bounds, now);
        if let Some((found, age)) = known
            && !matches!(found, Found::Unknown)
        {
            // An old set may still be used. A new one is fetched in the background, and no request waits for it.
            if age > self.bounds.refresh_after && self.shared.may_ask(&self.bounds, now) {
                drop(self.shared.ask(&self.bounds, accepted, now, None));
            }
            return self.told(Some(found));
        }
        let wanted = Wanted { id: id.map(str::to_owned), algorithm };
        if (self.shared.under_way.is_asked(&()) || self.shared.is_due(&self.bounds, now, Some(&wanted)))
            && let Some(question) = self.shared.ask(&self.bounds, accepted, now, Some(wanted))
        {
            // The task has written its result into the state.
            drop(question.await);
        }
        // The clock is read again: a set that took long to fetch may be too old by now.
        self.told(self.shared.known(id, algorithm, &self.bounds, clock.instant()).map(|(found, _)| found))
    }

    fn told(&self, known: Option<Found>) -> Result<Arc<Key>, CredentialFault> {
        match known {
            Some(Found::Key(key)) => Ok(key),
            Some(Found::Unusable) => Err(CredentialFault::UnusableKey),
            // If the last question failed, the key may be a new one that is not known here yet. That is an outage.
            Some(Found::Unknown) if !self.shared.state(|state| state.failed) => Err(CredentialFault::UnknownKey),
            _ => Err(CredentialFault::KeysUnavailable),
        }
    }
}

impl<K: KeySource> Shared<K> {
    /// Asks the issuer if that is due, or joins a question that is under way. It does so in a task of its own, which goes on if the request
    /// that started it is cancelled: later requests need the keys too.
    fn ask(
        self: &Arc<Self>,
        bounds: &KeyBounds,
        accepted: &[JwtAlgorithm],
        now: Instant,
        wanted: Option<Wanted>,
    ) -> Option<JoinHandle<()>> {
        let (shared, bounds, accepted) = (Arc::clone(self), *bounds, accepted.to_vec());
        let task = async move {
            let known = || if shared.is_due(&bounds, now, wanted.as_ref()) { None } else { Some(()) };
            let question = || {
                shared.change(|state| (state.asked_at, state.failed) = (Some(now), true));
                Arc::clone(&shared).fetch(accepted, bounds.timeout, now)
            };
            shared.under_way.ask((), now, Duration::MAX, known, question, |()| {}).await;
        };
        match Handle::try_current() {
            Ok(runtime) => Some(runtime.spawn(task)),
            Err(error) => {
                tracing::error!(target: "policy", %error, "the issuer's keys are fetched on a tokio runtime");
                None
            }
        }
    }

    /// Whether the issuer is to be asked. It is not if an earlier question has fetched the wanted key in the meantime.
    fn is_due(&self, bounds: &KeyBounds, now: Instant, wanted: Option<&Wanted>) -> bool {
        let is_known = |wanted: &Wanted| {
            let known = self.known(wanted.id.as_deref(), wanted.algorithm, bounds, now);
            matches!(known, Some((Found::Key(_) | Found::Unusable, _)))
        };
        self.may_ask(bounds, now) && !wanted.is_some_and(is_known)
    }

    async fn fetch(self: Arc<Self>, accepted: Vec<JwtAlgorithm>, timeout: Duration, now: Instant) {
        let answer = match tokio::time::timeout(timeout, self.source.fetch()).await {
            Ok(answer) => answer.and_then(|text| KeySet::read(&text, &accepted)),
            Err(elapsed) => Err(elapsed.into()),
        };
        match answer {
            Ok(set) => self.change(|state| (state.set, state.failed) = (Some((Arc::new(set), now)), false)),
            Err(error) => tracing::error!(target: "policy", %error, "the issuer's keys could not be fetched"),
        }
    }
}

impl<K> Shared<K> {
    /// What the last set says, and its age; `None` where it is too old to say anything.
    fn known(
        &self,
        id: Option<&str>,
        algorithm: JwtAlgorithm,
        bounds: &KeyBounds,
        now: Instant,
    ) -> Option<(Found, Duration)> {
        self.state(|state| {
            let (set, fetched) = state.set.as_ref()?;
            let age = now.saturating_duration_since(*fetched);
            (age <= bounds.usable_for).then(|| (set.find(id, algorithm), age))
        })
    }

    fn may_ask(&self, bounds: &KeyBounds, now: Instant) -> bool {
        self.state(|state| {
            state.asked_at.is_none_or(|asked_at| now.saturating_duration_since(asked_at) >= bounds.at_most_every)
        })
    }

    fn state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}
