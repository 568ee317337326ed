//! Keys in memory, for tests and for services whose keys fit in a file.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::key::PresentedKey;
use super::store::{KeyState, KeyStore, StoredKey};
use crate::unavailable::Unavailable;

/// Keys in memory, by their public id.
///
/// It is for tests and for small services that read their keys at start.
///
/// ```
/// use policy_http::{ApiKeys, KeyFormat, KeyState, MemoryKeys, StoredKey};
///
/// let (format, keys) = (KeyFormat::new("acme_sk")?, MemoryKeys::new());
/// let key = format.generate()?;
/// let id = key.id().to_owned();
/// keys.insert(&id, StoredKey::new(key.secret_hash()).with_tenant("a clinic").with_scopes("encounters:read"));
/// assert!(keys.set_state(&id, KeyState::Revoked), "there is such a key");
/// let authenticator = ApiKeys::new(format, keys);
/// # let _ = authenticator;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct MemoryKeys(RwLock<HashMap<String, StoredKey>>);

impl MemoryKeys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, in the place of an older one with its id.
    pub fn insert(&self, id: impl Into<String>, key: StoredKey) {
        self.write().insert(id.into(), key);
    }

    /// Revokes, pauses or resumes a key. Whether there is one with this id.
    pub fn set_state(&self, id: &str, state: KeyState) -> bool {
        self.write().get_mut(id).map(|key| key.state = state).is_some()
    }

    /// Forgets a key. Whether there was one with this id.
    pub fn remove(&self, id: &str) -> bool {
        self.write().remove(id).is_some()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, StoredKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, StoredKey>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for MemoryKeys {
    async fn find(&self, key: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
        Ok(self.read().get(key.id()).cloned())
    }

    fn answers_at_once(&self) -> bool {
        true
    }
}

impl fmt::Debug for MemoryKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeys").field("keys", &self.read().len()).finish()
    }
}
