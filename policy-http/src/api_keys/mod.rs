//! API keys from a store, with the hash of their secret. Behind the feature `api-keys`.

mod key;
mod memory;
mod secret_hash;
mod store;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use policy_core::{AuthenticationFailure, Document, Identity, Principal, Scheme, SchemeKind};

pub use key::{KeyFormat, KeyFormatError, NewKey, NoRandomness, PresentedKey};
pub use memory::MemoryKeys;
pub use secret_hash::SecretHash;
pub use store::{KeyState, KeyStore, StoredKey};

use crate::authenticator::Authenticator;
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::credential_fault::CredentialFault;
use crate::questions::{LONGEST, Questions};
use crate::short_cache::ShortCache;
use crate::verified::{Issued, Verified};

/// Authenticates keys of the form `<prefix>_<id>_<secret>` against a store.
///
/// The store is asked by the key's public id; the secret's SHA-256 is then compared in constant time, and only whoever
/// holds the secret learns that a key has expired, was revoked or is inactive. An unknown id takes the same path as a wrong
/// secret. Unless [`with_cache`](Self::with_cache) says otherwise, nothing is kept: what the store says counts from the next request
/// on. Requests with one key that come while the store is asked about it wait for its answer, for a second at most: then the store is
/// asked anew. A store that takes longer than 30 seconds is a 503.
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
    under_way: Questions<Question, Found>,
    kept: Option<ShortCache<String, Kept>>,
    keep_for: Duration,
    clock: C,
}

/// What a store is asked: for the key of this id with this hash. A store may look for the hash, so that two secrets of one id are two
/// questions. The store's revision belongs to it, because an answer is kept for the revision at which it was asked for.
type Question = (String, [u8; 32], Option<u64>);

/// What a store found.
type Found = Result<Option<Arc<StoredKey>>, AuthenticationFailure>;

/// A key that was accepted, and the store's revision before it was asked for.
struct Kept {
    key: Arc<StoredKey>,
    revision: u64,
}

/// How long a question about a key is joined. Its answer may be from before a revocation for as long.
const JOINED_FOR: Duration = Duration::from_secs(1);

impl<S: KeyStore> ApiKeys<S> {
    /// Keys of that form, from that store.
    pub fn new(format: KeyFormat, store: S) -> Self {
        let (under_way, kept, keep_for) = (Questions::new(), None, Duration::ZERO);
        Self { format, store: Arc::new(store), under_way, kept, keep_for, clock: SystemClock }
    }
}

impl<S: KeyStore, C: Clock> ApiKeys<S, C> {
    /// How many accepted keys are kept, and for how long: at most 30 seconds, and never beyond a key's expiry. While a key is kept,
    /// the store is not asked for it.
    ///
    /// A store with a [`revision`](KeyStore::revision) says when what is kept no longer holds. With one that has none, a
    /// revocation is seen when the key is no longer kept.
    #[must_use]
    pub fn with_cache(mut self, keys: usize, keep_for: Duration) -> Self {
        self.keep_for = keep_for.min(LONGEST);
        self.kept = (keys > 0 && !self.keep_for.is_zero()).then(|| ShortCache::new(keys));
        self
    }

    /// The clock that expiries are compared with.
    pub fn with_clock<N: Clock>(self, clock: N) -> ApiKeys<S, N> {
        let Self { format, store, under_way, kept, keep_for, clock: _ } = self;
        ApiKeys { format, store, under_way, kept, keep_for, clock }
    }

    /// The caller that a stored key stands for, if the key may be used now; granted its scopes by that scheme.
    ///
    /// No secret is compared. Whoever calls this has other proof that the caller may act for the key: a URL that the service signed
    /// for it, or a request that was admitted before and still runs.
    ///
    /// # Errors
    /// The key was revoked, has expired or is inactive; its scopes are not well-formed.
    pub fn caller<D: Document>(
        &self,
        id: &str,
        key: &StoredKey,
        scheme: Scheme<D>,
    ) -> Result<Principal<D>, AuthenticationFailure> {
        let verified = self.usable(id, Arc::new(key.clone())).map_err(CredentialFault::failure)?;
        verified.principal(scheme, self.clock.unix_seconds()).map_err(CredentialFault::failure)
    }

    /// Whom a key belongs to, for a scheme of this kind.
    ///
    /// # Errors
    /// What is wrong with the key.
    pub async fn verify(&self, kind: SchemeKind<&str>, secret: &str) -> Result<Verified, CredentialFault> {
        let presented = match kind {
            SchemeKind::Basic => secret.split_once(':').and_then(|(id, secret)| PresentedKey::of(id, secret)),
            _ => self.format.parse(secret),
        };
        let presented = presented.ok_or(CredentialFault::IllFormedKey)?;
        // Both are from before the question: what is found is at least as new as the revision, and no younger than it seems.
        let revision = self.kept.as_ref().and_then(|_| self.store.revision());
        let now = self.clock.instant();
        if let Some(key) = revision.and_then(|revision| self.kept(&presented, revision, now)) {
            let verified = self.usable(presented.id(), key)?;
            self.store.accepted(presented.id());
            return Ok(verified);
        }
        let stored = self.find(&presented, revision, now).await.map_err(|_| CredentialFault::StoreUnavailable)?;
        // An unknown id takes as long as a wrong secret.
        let expected = stored.as_ref().map_or(SecretHash::NONE, |key| key.secret_hash);
        let matches = presented.secret_hash().matches(&expected);
        let fault = if stored.is_some() { CredentialFault::WrongSecret } else { CredentialFault::UnknownKeyId };
        let Some(key) = stored.filter(|_| matches) else { return Err(fault) };
        let verified = self.usable(presented.id(), Arc::clone(&key))?;
        self.store.accepted(presented.id());
        if let Some(revision) = revision {
            self.keep(presented.id(), key, revision, now);
        }
        Ok(verified)
    }

    fn usable(&self, id: &str, key: Arc<StoredKey>) -> Result<Verified, CredentialFault> {
        Verified::of_stored_key(id, key, self.clock.unix_seconds())
    }

    /// The key, where it is kept and the store's revision is still the same. With another secret it is looked up.
    fn kept(&self, presented: &PresentedKey, revision: u64, now: Instant) -> Option<Arc<StoredKey>> {
        let holds = |kept: &Kept| {
            let same = kept.revision == revision && presented.secret_hash().matches(&kept.key.secret_hash);
            same.then(|| Arc::clone(&kept.key))
        };
        self.kept.as_ref()?.get(presented.id(), now, holds)?
    }

    /// Keeps a key that was accepted.
    fn keep(&self, id: &str, key: Arc<StoredKey>, revision: u64, now: Instant) {
        if let Some(kept) = &self.kept {
            let until = now.checked_add(self.keep_for).unwrap_or(now);
            kept.put(id.to_owned(), Kept { key, revision }, until, now);
        }
    }

    /// Asks the store, or waits along with whoever does.
    async fn find(&self, presented: &PresentedKey, revision: Option<u64>, now: Instant) -> Found {
        if self.store.answers_at_once() {
            return find(&*self.store, presented).await;
        }
        let question = || {
            let (store, presented) = (Arc::clone(&self.store), presented.clone());
            async move { find(&*store, &presented).await }
        };
        let key = (presented.id().to_owned(), *presented.secret_hash().as_bytes(), revision);
        match self.under_way.ask(key, now, JOINED_FOR, || None, question, |_| {}).await {
            Some((found, asked_at)) if self.clock.instant().saturating_duration_since(asked_at) <= LONGEST => found,
            _ => Err(AuthenticationFailure::Unavailable),
        }
    }
}

impl Verified {
    /// Whom a stored key stands for, if it may be used at this second since the Unix epoch.
    ///
    /// No secret is compared. Whoever calls this has other proof that the caller may act for the key, or asks what the key could do.
    ///
    /// # Errors
    /// The key was revoked, has expired or is inactive; its scopes are not well-formed.
    pub fn of_stored_key(id: &str, key: impl Into<Arc<StoredKey>>, now: u64) -> Result<Self, CredentialFault> {
        let key = key.into();
        if let Some(fault) = fault(&key, now) {
            let state = fault.failure();
            tracing::info!(target: "policy", credential_id = id, organization = key.tenant, ?state, "key refused");
            return Err(fault);
        }
        let mut identity = Identity::new(key.subject.as_deref().unwrap_or(id));
        identity.credential_id = Some(id.into());
        identity.tenant = key.tenant.as_deref().map(Into::into);
        identity.expires_at = key.expires_at;
        let verified = Self { identity, issued: Issued::Key(key), confirmation: None };
        // A store is told that a key was accepted. So its scopes are looked at before any policy asks for them.
        verified.check_scopes()?;
        Ok(verified)
    }
}

/// Why a key may not be used now, to be told to whoever holds its secret.
fn fault(key: &StoredKey, now: u64) -> Option<CredentialFault> {
    match key.state {
        KeyState::Revoked => Some(CredentialFault::RevokedKey),
        _ if key.expires_at.is_some_and(|end| end <= now) => Some(CredentialFault::ExpiredKey),
        KeyState::Inactive => Some(CredentialFault::InactiveKey),
        KeyState::Active => None,
    }
}

/// What the store finds.
async fn find(store: &impl KeyStore, presented: &PresentedKey) -> Found {
    let found = store.find(presented).await.map_err(|error| {
        tracing::error!(target: "policy", credential_id = presented.id(), %error, "a key could not be looked up");
        AuthenticationFailure::Unavailable
    });
    Ok(found?.map(Arc::new))
}

impl<D: Document, S: KeyStore, C: Clock> Authenticator<D> for ApiKeys<S, C> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        let scheme = credential.scheme();
        let verified = self.verify(scheme.kind(), credential.secret()).await;
        let caller = verified.and_then(|verified| verified.principal(scheme, self.clock.unix_seconds()));
        caller.map_err(|fault| credential.refuse(fault))
    }
}

impl<S, C> fmt::Debug for ApiKeys<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("format", &self.format).finish_non_exhaustive()
    }
}
