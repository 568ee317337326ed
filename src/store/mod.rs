//! The database: an embedded SQLite file. Every statement is fixed text with bound parameters.

mod encounters;
mod keys;
mod organization_error;
mod organizations;
mod receivers;
mod recordings;
mod seed;
mod uses;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

pub use encounters::{AudioMetadata, Document, DocumentSummary, Encounter, Encounters, Patient, Segment, Transcript};
pub use keys::{IssueError, KeySummary, NewKey, Revocation, StoredKey};
pub use organization_error::OrganizationError;
pub use organizations::{Enabled, Environment, Organization, StoredRoute, UnknownRights};
pub use receivers::{Receiver, ReceiverError};
pub use recordings::{Recording, RecordingId};
pub use seed::{DemoKeys, LAKESIDE, NORTHWIND, SeedError};

use crate::audio::AudioSigner;
use uses::Uses;

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// As long as the last words are tried to be written when the database is closed.
const LAST_WORDS: Duration = Duration::from_millis(500);
const CONNECTIONS: u32 = 8;
const SIGNING_KEY: &str = "audio_signing_key";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Whether a database that is not there is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is created, empty.
    Create,
    /// It is an error.
    Refuse,
}

/// An open database, migrated to this version. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    audio: AudioSigner,
    uses: Uses,
}

impl Store {
    /// Opens the database of a URL (`sqlite:path`), migrates it and makes sure that it can be written.
    ///
    /// # Errors
    /// [`StoreError`], which names the file and what to do.
    pub async fn open(url: &str, missing: Missing) -> Result<Self, StoreError> {
        if !url.starts_with("sqlite:") {
            return Err(StoreError::Url(url.into()));
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| StoreError::Url(url.into()))?;
        let file = options.get_filename().to_path_buf();
        if file.as_os_str().is_empty() {
            return Err(StoreError::Url(url.into()));
        }
        let in_memory = url.contains(":memory:") || url.contains("mode=memory");
        if missing == Missing::Refuse && !in_memory && !file.exists() {
            return Err(StoreError::Missing(shown(&file)));
        }
        let options = options
            .create_if_missing(missing == Missing::Create)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        // A database in memory lives as long as its one connection.
        let pool = if in_memory {
            SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None)
        } else {
            SqlitePoolOptions::new().max_connections(CONNECTIONS)
        };
        let unusable = |source| StoreError::Unusable { file: shown(&file), source };
        if missing == Missing::Create && !in_memory {
            create_private(&file).map_err(|error| unusable(sqlx::Error::Io(error)))?;
        }
        let apart = SqlitePoolOptions::new().max_connections(1).acquire_timeout(BUSY_TIMEOUT);
        let apart = apart.connect_lazy_with(options.clone().busy_timeout(LAST_WORDS));
        let pool = pool.acquire_timeout(BUSY_TIMEOUT).connect_with(options).await.map_err(unusable)?;
        MIGRATIONS.run(&pool).await.map_err(|source| StoreError::Migration { file: shown(&file), source })?;
        let audio = AudioSigner::new(&signing_key(&pool).await.map_err(unusable)?).map_err(|_| StoreError::Damaged)?;
        // A database in memory has one connection, and nobody else who could hold its lock.
        let uses = Uses::new(if in_memory { pool.clone() } else { apart });
        Ok(Self { pool, audio, uses })
    }

    /// Signs and verifies the URLs of this database's recordings.
    #[must_use]
    pub fn audio(&self) -> &AudioSigner {
        &self.audio
    }

    /// Waits for running statements, writes which keys were used, and closes the file.
    pub async fn close(&self) {
        self.uses.close().await;
        self.pool.close().await;
    }
}

#[cfg(test)]
impl Store {
    /// What no function of the store does.
    pub(crate) async fn execute(&self, statement: &'static str) {
        #![allow(clippy::unwrap_used, reason = "a test")]
        sqlx::query(statement).execute(&self.pool).await.unwrap();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// The key of this database's audio URLs, made at random when it is first opened. It is written at every start, to the
/// value it already has: a database that cannot be written is found out then, and not by the first caller.
async fn signing_key(pool: &SqlitePool) -> Result<Vec<u8>, sqlx::Error> {
    let mut fresh = vec![0; AudioSigner::KEY_BYTES];
    getrandom::fill(&mut fresh).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    sqlx::query_scalar(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value RETURNING value",
    )
    .bind(SIGNING_KEY)
    .bind(fresh)
    .fetch_one(pool)
    .await
}

/// Makes the file, unless it is there, for its owner alone: it holds clinical data and the key that signs audio URLs.
/// SQLite gives the files beside it the same mode.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// Microseconds since the Unix epoch, as times are stored.
fn stored(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time. What no clock could have written is damage.
fn time(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| StoreError::Damaged)
}

/// Why the database did not do as asked.
#[derive(Debug)]
pub enum StoreError {
    /// The URL is not one of an SQLite file.
    Url(String),
    /// There is no such file, and it is not the time to make one.
    Missing(String),
    /// The file cannot be opened or written.
    Unusable {
        /// The file.
        file: String,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The file cannot be brought to this version.
    Migration {
        /// The file.
        file: String,
        /// What stands in the way.
        source: sqlx::migrate::MigrateError,
    },
    /// What is stored contradicts itself.
    Damaged,
    /// A permit names no organization, so there is no data for it.
    NoOrganization,
    /// A statement failed.
    Statement(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::Statement(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Url(url) => write!(f, "`{url}` is not a database; write `sqlite:` and the path of a file"),
            StoreError::Missing(file) => write!(
                f,
                "there is no database `{file}`; `charthero-api organization create` or `charthero-api serve` makes one"
            ),
            StoreError::Unusable { file, source } => write!(
                f,
                "the database `{file}` cannot be opened for writing: {source}; check that it is an SQLite file, in a folder that exists and is yours to write"
            ),
            StoreError::Migration { file, source } => {
                write!(f, "the database `{file}` cannot be brought to this version: {source}")
            }
            StoreError::Damaged => f.write_str("what is stored in the database contradicts itself"),
            StoreError::NoOrganization => f.write_str("the caller belongs to no organization"),
            StoreError::Statement(source) => write!(f, "the database did not answer: {source}"),
        }
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
pub(crate) async fn in_memory() -> Store {
    #![allow(clippy::unwrap_used, reason = "a test")]
    Store::open("sqlite::memory:", Missing::Create).await.unwrap()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[tokio::test]
    async fn a_database_that_cannot_be_used_says_which_and_why() {
        let error = Store::open("postgres://localhost", Missing::Create).await.unwrap_err().to_string();
        assert!(error.contains("write `sqlite:`"), "{error}");
        let error = Store::open("sqlite:/nonexistent/folder/x.db", Missing::Create).await.unwrap_err().to_string();
        assert!(error.contains("`/nonexistent/folder/x.db` cannot be opened for writing"), "{error}");
        let error = Store::open("sqlite:/nonexistent/x.db", Missing::Refuse).await.unwrap_err().to_string();
        assert!(error.contains("there is no database `/nonexistent/x.db`"), "{error}");
    }
}
