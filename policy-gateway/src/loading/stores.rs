//! Opens the databases of keys. One that is open already and whose settings did not change stays open.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use policy_http::{KeyFormat, StoredKey, Unavailable};
use policy_store::{Missing, Store};

use super::Mode;
use super::kept_keys::KeptKeys;
use super::refusal::Faults;
use crate::authorizer::StoredCallers;
use crate::configuration::{Database, StoreEntry};

/// What stays open from one configuration to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stores {
    open: Vec<Open>,
    keys: KeptKeys,
}

#[derive(Clone, Debug)]
struct Open {
    entry: StoreEntry,
    /// The address, which a file or a variable may have changed.
    url: String,
    store: Store,
}

impl Stores {
    /// The databases of these entries. `open` are those that are open already.
    pub(super) async fn open(entries: &[StoreEntry], mode: Mode, open: &Self, faults: &mut Faults) -> Self {
        let mut stores = Vec::new();
        for entry in entries {
            let url = match &entry.database.value {
                // A check creates nothing.
                Database::Sqlite(path) if mode == Mode::Check && entry.create && !path.exists() => {
                    "sqlite::memory:".to_owned()
                }
                _ => match entry.url() {
                    Ok(url) => url,
                    Err(error) => {
                        faults.add(entry.database.place.clone(), error.to_string(), "");
                        continue;
                    }
                },
            };
            let same = open.open.iter().find(|one| one.entry == *entry && one.url == url);
            if let Some(same) = same {
                stores.push(Open { entry: entry.clone(), ..same.clone() });
                continue;
            }
            // The prefix was judged when the file was read.
            let Ok(format) = KeyFormat::new(entry.key_prefix.clone()) else { continue };
            let missing = if entry.create { Missing::Create } else { Missing::Refuse };
            match Store::open(&url, format, missing).await {
                Ok(store) => {
                    let store = match entry.key_inactivity {
                        Some(after) => store.with_key_inactivity(after),
                        None => store,
                    };
                    stores.push(Open { entry: entry.clone(), url, store });
                }
                Err(error) => faults.add(entry.database.place.clone(), error.to_string(), ""),
            }
        }
        Self { open: stores, keys: open.keys.clone() }
    }

    /// What issuers answered last.
    pub(super) fn keys(&self) -> &KeptKeys {
        &self.keys
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Store> {
        self.iter().find(|(known, _)| *known == name).map(|(_, store)| store)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Store)> {
        self.open.iter().map(|open| (open.entry.name.value.as_str(), &open.store))
    }

    /// Closes those that the others do not have.
    pub(crate) async fn close_except(&self, others: &Self) {
        for open in &self.open {
            if !others.open.iter().any(|other| other.entry == open.entry && other.url == open.url) {
                open.store.close().await;
            }
        }
    }

    /// Writes which keys were used, and closes everything.
    pub(crate) async fn close(&self) {
        for open in &self.open {
            open.store.close().await;
        }
    }
}

/// The owners of a store's keys, for whoever asks by the key's public id.
pub(super) struct Callers(pub(super) Store);

impl StoredCallers for Callers {
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<StoredKey>, Unavailable>> {
        async move { Ok(self.0.key(id).await?) }.boxed()
    }
}
