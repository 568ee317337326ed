//! What a guard asks the store.

use policy_http::{EnablementStore, KeyStore, Organization, PresentedKey, StoredKey, Unavailable};

use crate::Store;

impl KeyStore for Store {
    async fn find(&self, key: &PresentedKey) -> Result<Option<StoredKey>, Unavailable> {
        Ok(self.key(key.id()).await?)
    }

    fn revision(&self) -> Option<u64> {
        Store::revision(self)
    }

    fn accepted(&self, id: &str) {
        self.note_use(id);
    }
}

impl EnablementStore for Store {
    async fn organization(&self, name: &str) -> Result<Organization, Unavailable> {
        Ok(match self.enabled(name).await? {
            None => Organization::Unknown,
            Some((false, _)) => Organization::Inactive,
            Some((true, routes)) => Organization::Enabled(routes),
        })
    }

    fn revision(&self) -> Option<u64> {
        Store::revision(self)
    }
}
