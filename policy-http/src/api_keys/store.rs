//! Where keys are kept.

use std::future::Future;
use std::sync::Arc;

use super::key::PresentedKey;
use super::secret_hash::SecretHash;
use crate::unavailable::Unavailable;

/// Finds keys. One method must be written, over whatever holds them.
///
/// ```
/// use policy_http::{KeyState, KeyStore, PresentedKey, SecretHash, StoredKey, Unavailable};
///
/// struct Database;
/// # struct Row { hash: Vec<u8>, organization: String, scopes: String, revoked: bool }
/// # impl Database { async fn key(&self, _: &str) -> Result<Option<Row>, std::io::Error> { Ok(None) } }
///
/// impl KeyStore for Database {
///     async fn find(&self, key: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
///         let Some(row) = self.key(key.id()).await? else { return Ok(None) };
///         let hash = SecretHash::try_from(&*row.hash)?;
///         let state = if row.revoked { KeyState::Revoked } else { KeyState::Active };
///         Ok(Some(StoredKey::new(hash).with_tenant(row.organization).with_scopes(row.scopes).with_state(state)))
///     }
/// }
/// ```
pub trait KeyStore: Send + Sync + 'static {
    /// The key with this [`id`](PresentedKey::id). A store that is keyed by hashes may look for
    /// [`secret_hash`](PresentedKey::secret_hash) instead. A key that was revoked or has expired is still found: its state is told to
    /// whoever holds its secret.
    ///
    /// # Errors
    /// The store cannot be asked.
    fn find(&self, key: &PresentedKey) -> impl Future<Output = Result<Option<StoredKey>, Unavailable>> + Send;

    /// Whether it waits for nothing, as one in memory. Requests with one key then do not wait for each other's answer.
    fn answers_at_once(&self) -> bool {
        false
    }

    /// A number that changes when anything changes that this store said of a key. What was found is kept only as long as the
    /// number stays the same; see [`ApiKeys::with_cache`](super::ApiKeys::with_cache).
    ///
    /// `None` where the store cannot tell now: the key is then looked up, and what is found is not kept. The number is asked for
    /// at each request, before the key is looked up, so it must be known without waiting. A store that never changes it, as by
    /// default, leaves what is kept to its age.
    fn revision(&self) -> Option<u64> {
        Some(0)
    }

    /// Tells the store that the key with this id was accepted, also where its answer was kept: for a store that notes when keys
    /// are used. It is called while a request waits, and must not wait for anything.
    fn accepted(&self, id: &str) {
        let _ = id;
    }
}

impl<S: KeyStore> KeyStore for Arc<S> {
    fn find(&self, key: &PresentedKey) -> impl Future<Output = Result<Option<StoredKey>, Unavailable>> + Send {
        S::find(self, key)
    }

    fn answers_at_once(&self) -> bool {
        S::answers_at_once(self)
    }

    fn revision(&self) -> Option<u64> {
        S::revision(self)
    }

    fn accepted(&self, id: &str) {
        S::accepted(self, id);
    }
}

/// Whether a key may be used at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyState {
    /// It may be used.
    #[default]
    Active,
    /// It may not be used for now.
    Inactive,
    /// It may never be used again.
    Revoked,
}

/// What a store keeps of a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredKey {
    /// The hash of its secret.
    pub secret_hash: SecretHash,
    /// Who calls with it. The key's id where nothing is said.
    pub subject: Option<String>,
    /// The organization on whose behalf.
    pub tenant: Option<String>,
    /// The scopes that it grants, separated by single spaces (RFC 6749, section 3.3).
    pub scopes: String,
    /// When it expires, in seconds since the Unix epoch.
    pub expires_at: Option<u64>,
    /// Whether it may be used at all.
    pub state: KeyState,
}

impl StoredKey {
    /// An active key that grants nothing.
    #[must_use]
    pub fn new(secret_hash: SecretHash) -> Self {
        let (subject, tenant, scopes, expires_at) = (None, None, String::new(), None);
        Self { secret_hash, subject, tenant, scopes, expires_at, state: KeyState::Active }
    }

    /// Who calls with it.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The organization on whose behalf.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The scopes that it grants, separated by single spaces.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl Into<String>) -> Self {
        self.scopes = scopes.into();
        self
    }

    /// When it expires, in seconds since the Unix epoch.
    #[must_use]
    pub fn with_expiry(mut self, seconds: u64) -> Self {
        self.expires_at = Some(seconds);
        self
    }

    /// Whether it may be used at all.
    #[must_use]
    pub fn with_state(mut self, state: KeyState) -> Self {
        self.state = state;
        self
    }
}
