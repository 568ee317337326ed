//! The open store.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use policy_core::Document;
use policy_http::{ApiKeys, KeyFormat, StoredEnablement};
use sqlx::migrate::Migrator;
use tokio::task::AbortHandle;

use crate::database::{Database, Pool};
use crate::uses::Uses;
use crate::watch::Watch;
use crate::{Error, Transaction};

/// How long an answer is kept at most. The revision tells earlier that it no longer holds.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(30);
/// How long it may take to close the database.
const CLOSED_IN: Duration = Duration::from_secs(8);
/// Of how many keys, and of how many organizations.
const KEPT: usize = 10_000;

/// Whether an SQLite file that is not there is made. A database of PostgreSQL must be there; its tables are made in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is created, empty.
    Create,
    /// It is an error.
    Refuse,
}

/// An open store of keys and organizations. Cheap to clone.
///
/// A guard asks it by [`api_keys`](Self::api_keys) and [`enablement`](Self::enablement). What changes it is a
/// [`Transaction`](Self::begin).
#[derive(Clone)]
pub struct Store {
    open: Arc<Open>,
    key_inactivity: Option<Duration>,
}

struct Open {
    pool: Pool,
    revision: Pool,
    uses: Uses,
    watch: Arc<Watch>,
    /// The tasks that read the revision and listen for changes.
    tasks: Vec<AbortHandle>,
    format: KeyFormat,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Store {
    /// Opens the database of a URL, and brings it up to date: `sqlite:` and the path of a file, or `postgres://user@host/database` with the
    /// feature `postgres`. Its keys have that format. Called within tokio's runtime.
    ///
    /// # Errors
    /// [`Error`], which names the database and what to do.
    pub async fn open(url: &str, format: KeyFormat, missing: Missing) -> Result<Self, Error> {
        Self::open_database(url, format, missing, None).await
    }

    /// The same with tables of the application's own beside those of the store. They may refer to `organizations (name)` and
    /// `keys (id)`; [`pool`](Self::pool) reads them, and [`Transaction::connection`] writes them together with keys and organizations.
    ///
    /// The application's migrations come first, with a history of their own. A table of the store that they have already made is
    /// taken over.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(url: &str, format: KeyFormat, missing: Missing, own: &Migrator) -> Result<Self, Error> {
        Self::open_database(url, format, missing, Some(own)).await
    }

    /// The migrations that the database of a URL lacks, by their numbers: those that [`open`](Self::open) would apply. Nothing is changed in
    /// the database, and an account that may only read is enough.
    ///
    /// # Errors
    /// [`Error`]: there is no such database, it cannot be read, or a newer version of this crate was there.
    pub async fn due_migrations(url: &str) -> Result<Vec<i64>, Error> {
        crate::database::due(url).await
    }

    async fn open_database(
        url: &str,
        format: KeyFormat,
        missing: Missing,
        own: Option<&Migrator>,
    ) -> Result<Self, Error> {
        let Database { pool, uses, revision, watch, listening } = Database::open(url, missing, own).await?;
        let watching = tokio::spawn(Arc::clone(&watch).run(revision.clone())).abort_handle();
        let tasks = listening.into_iter().chain([watching]).collect();
        let open = Open { pool, revision, uses: Uses::new(uses), watch, tasks, format };
        Ok(Self { open: Arc::new(open), key_inactivity: None })
    }

    /// The same store, for which a key is inactive that nobody used for so long. When a key is issued or made active, that counts
    /// as a use.
    #[must_use]
    pub fn with_key_inactivity(mut self, after: Duration) -> Self {
        self.key_inactivity = Some(after);
        self
    }

    /// Authenticates the keys of this store. An accepted key is kept for at most 30 seconds, and until anything changes here.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeys<Self> {
        ApiKeys::new(self.open.format.clone(), self.clone()).with_cache(KEPT, KEPT_FOR)
    }

    /// Enables for each organization what is enabled in this store. An answer is kept for at most 30 seconds, and until anything
    /// changes here.
    #[must_use]
    pub fn enablement<D: Document>(&self) -> StoredEnablement<D, Self> {
        StoredEnablement::new(self.clone()).with_cache(KEPT, KEPT_FOR)
    }

    /// Begins to change something. Nothing is changed before [`Transaction::commit`].
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let begun = self.open.pool.begin().await?;
        Ok(Transaction::new(begun, Arc::clone(&self.open.watch), self.open.format.clone()))
    }

    /// The connections to the database, for tables of the application's own.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.open.pool
    }

    /// Writes which keys were used, waits for running statements, and closes the database. Where the database does not answer, this
    /// ends after some seconds all the same.
    pub async fn close(&self) {
        self.open.tasks.iter().for_each(AbortHandle::abort);
        let close = async {
            // First of all: in memory, all of these are one connection.
            self.open.uses.close().await;
            self.open.revision.close().await;
            self.open.pool.close().await;
        };
        if tokio::time::timeout(CLOSED_IN, close).await.is_err() {
            tracing::warn!(target: "policy", "the database was not closed in time");
        }
    }

    pub(crate) fn revision(&self) -> Option<u64> {
        self.open.watch.revision()
    }

    pub(crate) fn note_use(&self, id: &str) {
        self.open.uses.note(id, SystemTime::now());
    }

    pub(crate) fn key_inactivity(&self) -> Option<Duration> {
        self.key_inactivity
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
