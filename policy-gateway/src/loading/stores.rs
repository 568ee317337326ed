//! Opens the databases of keys. One that is open already and whose settings did not change stays open.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use policy_http::{KeyFormat, StoredKey, Unavailable};
use policy_store::{Missing, Store};

use super::Mode;
use super::kept_keys::KeptKeys;
use super::refusal::Faults;
use crate::authorizer::StoredCallers;
use crate::configuration::StoreEntry;

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
    pub(super) async fn open(entries: &[StoreEntry], mode: Mode, open: &Self, found: &mut Found<'_>) -> Self {
        let mut stores = Vec::new();
        for entry in entries {
            let mut url = match entry.url() {
                Ok(url) => url,
                Err(error) => {
                    found.faults.add(entry.database.place.clone(), error.to_string(), "");
                    continue;
                }
            };
            if mode == Mode::Check {
                if !found.look(entry, &url).await {
                    continue;
                }
                // What is judged asks no store.
                "sqlite::memory:".clone_into(&mut url);
            }
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
                Err(error) => found.faults.add(entry.database.place.clone(), error.to_string(), ""),
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

/// What is found while databases are opened.
pub(super) struct Found<'f> {
    pub(super) faults: &'f mut Faults,
    pub(super) warnings: &'f mut Vec<String>,
}

impl Found<'_> {
    /// Looks at a database, and changes nothing in it. Answers whether it can be used.
    async fn look(&mut self, entry: &StoreEntry, url: &str) -> bool {
        match Store::due_migrations(url).await {
            Ok(due) => {
                if let Some(text) = migrations(&due) {
                    let name = &entry.name.value;
                    self.warnings.push(format!(
                        "note: the database of the store `{name}` needs {text}: `policy-gateway store migrate` does it, and so does the \
                         start of a gateway"
                    ));
                }
                true
            }
            // It is made by whoever needs it first.
            Err(policy_store::Error::Missing(_)) if entry.create => true,
            Err(error) => {
                self.faults.add(entry.database.place.clone(), error.to_string(), "");
                false
            }
        }
    }
}

/// Migrations in words: `the migrations 2 to 4`. `None` where there is none.
pub(crate) fn migrations(due: &[i64]) -> Option<String> {
    match due {
        [] => None,
        [one] => Some(format!("the migration {one}")),
        [first, .., last] => Some(format!("the migrations {first} to {last}")),
    }
}

/// The owners of a store's keys, for whoever asks by the key's public id.
pub(super) struct Callers(pub(super) Store);

impl StoredCallers for Callers {
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<StoredKey>, Unavailable>> {
        async move { Ok(self.0.key(id).await?) }.boxed()
    }
}
