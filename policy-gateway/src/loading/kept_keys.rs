//! The keys of issuers, fetched before the first token arrives and kept from one configuration to the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use policy_http::{KeyBounds, KeySource, Unavailable};

/// How long fetched keys wait for the first token. An older answer is asked for anew.
const WAIT: Duration = Duration::from_secs(60);
/// How old keys may be that a new configuration takes over, because the issuer does not answer just now.
const TAKEN_OVER: Duration = Duration::from_secs(5 * 60);

/// What issuers answered last, by where they were asked.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptKeys(Arc<Mutex<HashMap<String, (Instant, String)>>>);

/// Keys of which the first answer is there already. Afterwards they are fetched as ever.
pub(super) struct Fetched<K> {
    first: Mutex<Option<(Instant, String)>>,
    age: Duration,
    place: String,
    kept: KeptKeys,
    source: K,
}

impl KeptKeys {
    /// Fetches the keys once. An issuer that does not answer is no mistake of the file: what it answered a short time ago counts, and
    /// without that its tokens are answered by 503 until it answers.
    pub(super) async fn fetched<K: KeySource>(&self, issuer: &str, place: &str, source: K) -> Fetched<K> {
        let mut fetched = Fetched {
            first: Mutex::default(),
            age: Duration::ZERO,
            place: format!("{issuer} {place}"),
            kept: self.clone(),
            source,
        };
        let first = match fetched.ask().await {
            Ok(keys) => Some((Instant::now(), keys)),
            Err(error) => {
                let kept = self.recent(&fetched.place);
                let instead = if kept.is_some() {
                    "those of before count"
                } else {
                    "its tokens are answered by 503 until they can"
                };
                tracing::warn!(target: "policy_gateway", issuer, %error, "the issuer's keys could not be fetched; {instead}");
                kept.map(|(at, keys)| {
                    fetched.age = at.elapsed();
                    (Instant::now(), keys)
                })
            }
        };
        fetched.first = Mutex::new(first);
        fetched
    }

    fn recent(&self, place: &str) -> Option<(Instant, String)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(place).filter(|(at, _)| at.elapsed() < TAKEN_OVER).cloned()
    }
}

impl<K: KeySource> Fetched<K> {
    /// How long keys count. What is taken over or waited is taken off, so that a withdrawn key never counts for longer.
    pub(super) fn bounds(&self) -> KeyBounds {
        let bounds = KeyBounds::default();
        bounds.with_usable_for(bounds.usable_for.saturating_sub(WAIT).saturating_sub(self.age))
    }

    async fn ask(&self) -> Result<String, Unavailable> {
        let keys = self.source.fetch().await?;
        let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(self.place.clone(), (Instant::now(), keys.clone()));
        Ok(keys)
    }
}

impl<K: KeySource> KeySource for Fetched<K> {
    async fn fetch(&self) -> Result<String, Unavailable> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some((at, keys)) if at.elapsed() < WAIT => Ok(keys),
            _ => self.ask().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use policy_http::{KeySource as _, Unavailable};

    use super::KeptKeys;

    #[tokio::test]
    async fn keys_are_asked_for_once_before_the_first_token_and_taken_over_in_an_outage() {
        let asked = Arc::new(AtomicUsize::new(0));
        let issuer = |works: bool| {
            let asked = Arc::clone(&asked);
            move || {
                let number = asked.fetch_add(1, Ordering::SeqCst);
                async move { if works { Ok(number.to_string()) } else { Err(Unavailable::because("down")) } }
            }
        };
        let kept = KeptKeys::default();
        let first = kept.fetched("a", "b", issuer(true)).await;
        assert_eq!(first.fetch().await.ok().as_deref(), Some("0"));
        assert_eq!(first.fetch().await.ok().as_deref(), Some("1"));
        let second = kept.fetched("a", "b", issuer(false)).await;
        assert_eq!(second.fetch().await.ok().as_deref(), Some("1"));
        assert!(second.fetch().await.is_err());
        assert!(second.bounds().usable_for < first.bounds().usable_for);
        // Another place's keys are not this one's.
        assert!(kept.fetched("a", "c", issuer(false)).await.fetch().await.is_err());
    }
}
