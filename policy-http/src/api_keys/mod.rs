//! API keys from a store, with the hash of their secret. Behind the feature `api-keys`.

mod key;
mod memory;
mod secret_hash;
mod store;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use policy_core::{AuthenticationFailure, Document, Principal, SchemeKind, ScopeSet};

pub use key::{KeyFormat, KeyFormatError, NewKey, NoRandomness, PresentedKey};
pub use memory::MemoryKeys;
pub use secret_hash::SecretHash;
pub use store::{KeyState, KeyStore, StoredKey};

use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::questions::{LONGEST, Questions};

/// Authenticates keys of the form `<prefix>_<id>_<secret>` against a store.
///
/// The store is asked by the key's public id; the secret's SHA-256 is then compared in constant time, and only whoever
/// holds the secret learns that a key has expired, was revoked or is inactive. An unknown id takes the same path as a wrong
/// secret. Nothing is cached: what the store says counts from the next request on. Requests with one key that come while the store
/// is asked about it wait for its answer, for a second at most: then the store is asked anew. A store that takes longer than 30
/// seconds is a 503.
///
/// It serves schemes of any kind. With HTTP Basic the user-id is the key's id and the password its secret; a password that a
/// human chose is nothing for it, because a fast hash does not protect what can be guessed.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{ApiKeys, Authenticator, KeyFormat, MemoryKeys, StoredKey};
///
/// fn keys<D: Document>() -> Result<impl Authenticator<D>, Box<dyn std::error::Error>> {
///     let format = KeyFormat::new("acme_sk")?;
///     let key = format.generate()?;
///     let store = MemoryKeys::new();
///     store.insert(key.id(), StoredKey::new(key.secret_hash()).with_tenant("north").with_scopes("files:read"));
///     println!("hand this to its owner, it is shown once: {}", key.reveal());
///     Ok(ApiKeys::new(format, store))
/// }
/// ```
pub struct ApiKeys<S, C = SystemClock> {
    format: KeyFormat,
    store: Arc<S>,
    under_way: Questions<(String, [u8; 32]), Found>,
    clock: C,
}

/// What a store found.
type Found = Result<Option<StoredKey>, AuthenticationFailure>;

/// How long a question about a key is joined. Its answer may be from before a revocation for as long.
const JOINED_FOR: Duration = Duration::from_secs(1);

impl<S: KeyStore> ApiKeys<S> {
    /// Keys of that form, from that store.
    pub fn new(format: KeyFormat, store: S) -> Self {
        Self { format, store: Arc::new(store), under_way: Questions::new(), clock: SystemClock }
    }
}

impl<S: KeyStore, C: Clock> ApiKeys<S, C> {
    /// The clock that expiries are compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> ApiKeys<S, N> {
        ApiKeys { format: self.format, store: self.store, under_way: self.under_way, clock }
    }

    /// Asks the store, or waits along with whoever does.
    async fn find(&self, presented: &PresentedKey) -> Found {
        if self.store.answers_at_once() {
            return find(&*self.store, presented).await;
        }
        let question = || {
            let (store, presented) = (Arc::clone(&self.store), presented.clone());
            async move { find(&*store, &presented).await }
        };
        // A store may look for the hash, so that two secrets of one id are two questions.
        let key = (presented.id().to_owned(), *presented.secret_hash().as_bytes());
        match self.under_way.ask(key, self.clock.instant(), JOINED_FOR, || None, question, |_| {}).await {
            Some((found, asked_at)) if self.clock.instant().saturating_duration_since(asked_at) <= LONGEST => found,
            _ => Err(AuthenticationFailure::Unavailable),
        }
    }

    /// Why a key may not be used now, to be told to whoever holds its secret.
    fn refusal(&self, key: &StoredKey) -> Option<AuthenticationFailure> {
        match key.state {
            KeyState::Revoked => Some(AuthenticationFailure::Revoked),
            _ if key.expires_at.is_some_and(|end| end <= self.clock.unix_seconds()) => {
                Some(AuthenticationFailure::Expired)
            }
            KeyState::Inactive => Some(AuthenticationFailure::Inactive),
            KeyState::Active => None,
        }
    }
}

/// What the store finds.
async fn find(store: &impl KeyStore, presented: &PresentedKey) -> Found {
    store.find(presented).await.map_err(|error| {
        tracing::error!(target: "policy", credential_id = presented.id(), %error, "a key could not be looked up");
        AuthenticationFailure::Unavailable
    })
}

impl<D: Document, S: KeyStore, C: Clock> Authenticator<D> for ApiKeys<S, C> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let scheme = credential.scheme();
        let presented = match scheme.kind() {
            SchemeKind::Basic => {
                credential.secret().split_once(':').and_then(|(id, secret)| PresentedKey::of(id, secret))
            }
            _ => self.format.parse(credential.secret()),
        };
        let presented = presented.ok_or(AuthenticationFailure::Malformed)?;
        let stored = self.find(&presented).await?;
        // An unknown id takes as long as a wrong secret.
        let expected = stored.as_ref().map_or(SecretHash::NONE, |key| key.secret_hash);
        let matches = presented.secret_hash().matches(&expected);
        let Some(key) = stored.filter(|_| matches) else { return Err(AuthenticationFailure::Invalid) };
        if let Some(failure) = self.refusal(&key) {
            tracing::info!(target: "policy", credential_id = presented.id(), state = ?failure, "key refused");
            return Err(failure);
        }
        let scopes = ScopeSet::parse(&key.scopes).map_err(|error| {
            tracing::error!(target: "policy", credential_id = presented.id(), %error, "the stored scopes of a key are void");
            AuthenticationFailure::Unavailable
        })?;
        let principal = match key.subject {
            Some(subject) => Principal::new(subject),
            None => Principal::new(presented.id()),
        };
        let mut principal = principal.with_credential_id(presented.id()).with_grant(scheme, scopes.set());
        if let Some(tenant) = key.tenant {
            principal = principal.with_tenant(tenant);
        }
        if let Some(end) = key.expires_at {
            principal = principal.with_expiry(end);
        }
        Ok(principal)
    }
}

impl<S, C> fmt::Debug for ApiKeys<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("format", &self.format).finish_non_exhaustive()
    }
}
