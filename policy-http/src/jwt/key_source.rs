//! Where an issuer's keys come from, and how long they are used.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use policy_core::AuthenticationFailure;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;

use super::algorithm::JwtAlgorithm;
use super::key_set::{Found, Key, KeySet};
use crate::unavailable::Unavailable;

/// Fetches the issuer's key set (RFC 7517). The application brings the HTTP client; a closure will do.
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
#[derive(Clone, Copy, Debug)]
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

/// The keys that were fetched last.
pub(super) struct Keys<K> {
    shared: Arc<Shared<K>>,
    pub(super) bounds: KeyBounds,
}

struct Shared<K> {
    source: K,
    state: RwLock<State>,
    /// Held by whoever asks the issuer.
    asking: Arc<Mutex<()>>,
}

#[derive(Default)]
struct State {
    set: Option<(Arc<KeySet>, Instant)>,
    asked: Option<Instant>,
    /// Whether the last question has no answer, or none yet.
    failed: bool,
}

impl<K: KeySource> Keys<K> {
    pub(super) fn new(source: K, bounds: KeyBounds) -> Self {
        let shared = Shared { source, state: RwLock::default(), asking: Arc::default() };
        Self { shared: Arc::new(shared), bounds }
    }

    /// The key of a token's header, from a set that is young enough.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: JwtAlgorithm,
        accepted: &[JwtAlgorithm],
        now: Instant,
    ) -> Result<Arc<Key>, AuthenticationFailure> {
        if let Some((found, age)) = self.known(id, algorithm, now)
            && !matches!(found, Found::Unknown)
        {
            // What is old but good is used while it is renewed, and nobody waits.
            if age > self.bounds.refresh_after
                && self.may_ask(now)
                && let Ok(turn) = Arc::clone(&self.shared.asking).try_lock_owned()
            {
                drop(self.ask(accepted, now, turn));
            }
            return self.told(Some((found, age)));
        }
        let turn = Arc::clone(&self.shared.asking).lock_owned().await;
        // Whoever had the turn before may have brought the key.
        let known = self.known(id, algorithm, now);
        if matches!(known, Some((Found::Key(_) | Found::Unusable, _))) || !self.may_ask(now) {
            return self.told(known);
        }
        if let Some(question) = self.ask(accepted, now, turn) {
            // Whatever became of it stands in the state.
            drop(question.await);
        }
        self.told(self.known(id, algorithm, now))
    }

    fn told(&self, known: Option<(Found, Duration)>) -> Result<Arc<Key>, AuthenticationFailure> {
        match known {
            Some((Found::Key(key), _)) => Ok(key),
            Some((Found::Unusable, _)) => Err(AuthenticationFailure::Invalid),
            // A set that could not be renewed cannot tell that there is no such key.
            Some((Found::Unknown, _)) if !self.state(|state| state.failed) => Err(AuthenticationFailure::Invalid),
            _ => Err(AuthenticationFailure::Unavailable),
        }
    }

    /// What the last set says, and its age; `None` where it is too old to say anything.
    fn known(&self, id: Option<&str>, algorithm: JwtAlgorithm, now: Instant) -> Option<(Found, Duration)> {
        self.state(|state| {
            let (set, fetched) = state.set.as_ref()?;
            let age = now.saturating_duration_since(*fetched);
            (age <= self.bounds.usable_for).then(|| (set.find(id, algorithm), age))
        })
    }

    fn may_ask(&self, now: Instant) -> bool {
        self.state(|state| {
            state.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= self.bounds.at_most_every)
        })
    }

    fn state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.shared.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the issuer, in a task of its own: a caller who hangs up takes nobody's turn away.
    fn ask(&self, accepted: &[JwtAlgorithm], now: Instant, turn: OwnedMutexGuard<()>) -> Option<JoinHandle<()>> {
        let (shared, accepted, timeout) = (Arc::clone(&self.shared), accepted.to_vec(), self.bounds.timeout);
        shared.change(|state| (state.asked, state.failed) = (Some(now), true));
        let question = async move {
            let _turn = turn;
            let answer = match tokio::time::timeout(timeout, shared.source.fetch()).await {
                Ok(answer) => answer.and_then(|text| KeySet::read(&text, &accepted)),
                Err(elapsed) => Err(elapsed.into()),
            };
            match answer {
                Ok(set) => shared.change(|state| (state.set, state.failed) = (Some((Arc::new(set), now)), false)),
                Err(error) => tracing::error!(target: "policy", %error, "the issuer's keys could not be fetched"),
            }
        };
        match Handle::try_current() {
            Ok(runtime) => Some(runtime.spawn(question)),
            Err(error) => {
                tracing::error!(target: "policy", %error, "the issuer's keys are fetched on a tokio runtime");
                None
            }
        }
    }
}

impl<K> Shared<K> {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}
