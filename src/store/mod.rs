//! The database: an SQLite file, or PostgreSQL. It has the partners' keys and rights, which `policy-store` manages, and the clinical
//! data. Every statement is fixed text with bound parameters, and the same text for both databases where the two agree.

/// The same expression for each kind of database: `on!(Pool, self.pool(), |pool| query.execute(pool).await?)`. The compiler checks it
/// once with the types of each.
macro_rules! on {
    ($kind:ident, $of:expr, |$bound:ident| $body:expr) => {
        match $of {
            $kind::Sqlite($bound) => $body,
            $kind::Postgres($bound) => $body,
            _ => return Err($crate::store::StoreError::OtherDatabase.into()),
        }
    };
}

mod encounters;
mod receivers;
mod recordings;
mod seed;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use policy_http::{KeyFormat, KeyFormatError};
use policy_store::Pool;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

pub use encounters::{AudioMetadata, Document, DocumentSummary, Encounter, Encounters, Patient, Segment, Transcript};
pub use policy_store::Missing;
pub use receivers::ReceiverError;
pub use recordings::{Recording, RecordingId};
pub use seed::{DemoKeys, LAKESIDE, NORTHWIND, SeedError};

use crate::audio::AudioSigner;

/// Keys are `ch_sk_<id>_<secret>`.
const KEY_PREFIX: &str = "ch_sk";
const SIGNING_KEY: &str = "audio_signing_key";

/// An open database, migrated to this version. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    partners: policy_store::Store,
    audio: AudioSigner,
    shown: Arc<str>,
}

impl Store {
    /// Opens the database of a URL (`sqlite:path`, `postgres://user@host/database`), migrates it and makes sure that it can be written.
    ///
    /// # Errors
    /// [`StoreError`], which names the database and says what to do.
    pub async fn open(url: &str, missing: Missing) -> Result<Self, StoreError> {
        let format = KeyFormat::new(KEY_PREFIX)?;
        let partners = policy_store::Store::open_with(url, format, missing, &migrations(url)).await?;
        let audio = AudioSigner::new(&signing_key(partners.pool()).await?).map_err(|_| StoreError::Damaged)?;
        Ok(Self { partners, audio, shown: policy_store::without_password(url).into() })
    }

    /// The partner organizations and their keys.
    #[must_use]
    pub fn partners(&self) -> &policy_store::Store {
        &self.partners
    }

    /// The database's URL as logs may show it: without a password.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Signs and verifies the URLs of this database's recordings.
    #[must_use]
    pub fn audio(&self) -> &AudioSigner {
        &self.audio
    }

    /// Waits for running statements, writes which keys were used, and closes the database.
    pub async fn close(&self) {
        self.partners.close().await;
    }

    fn pool(&self) -> &Pool {
        self.partners.pool()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// The tables, for the database of that URL. The first migration also makes tables that now belong to `policy-store`. It stays so, since
/// an applied migration must never change; the one of PostgreSQL does the same, so that both databases have the same tables.
fn migrations(url: &str) -> Migrator {
    const SQLITE: &str = include_str!("../../migrations/0001_initial.sql");
    const POSTGRES: &str = include_str!("../../migrations/postgres/0001_initial.sql");
    let sql = if url.starts_with("sqlite:") { SQLITE } else { POSTGRES };
    let initial = Migration::new(1, "initial".into(), MigrationType::Simple, sql.into_sql_str(), false);
    Migrator::with_migrations(vec![initial])
}

/// The key that signs this database's audio URLs. It is made at random when the database is first opened; of several nodes that open it
/// at once, the first one's counts.
async fn signing_key(pool: &Pool) -> Result<Vec<u8>, StoreError> {
    let mut fresh = vec![0; AudioSigner::KEY_BYTES];
    getrandom::fill(&mut fresh).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    Ok(on!(Pool, pool, |pool| {
        sqlx::query_scalar(
            "INSERT INTO settings (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = settings.value RETURNING value",
        )
        .bind(SIGNING_KEY)
        .bind(fresh)
        .fetch_one(pool)
        .await?
    }))
}

/// Microseconds since the Unix epoch, as times are stored.
fn stored(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time. A number that is no time means that the database is damaged.
fn time(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| StoreError::Damaged)
}

/// Why the database could not do something.
#[derive(Debug)]
pub enum StoreError {
    /// It cannot be opened, or the partners and their keys cannot be read or changed.
    Partners(policy_store::Error),
    /// Keys cannot begin with this prefix.
    KeyFormat(KeyFormatError),
    /// The database is of a kind for which there are no statements here.
    OtherDatabase,
    /// What is stored contradicts itself.
    Damaged,
    /// A permit names no organization, so there is no data for it.
    NoOrganization,
    /// A statement failed.
    Statement(sqlx::Error),
}

impl From<policy_store::Error> for StoreError {
    fn from(error: policy_store::Error) -> Self {
        StoreError::Partners(error)
    }
}

impl From<KeyFormatError> for StoreError {
    fn from(error: KeyFormatError) -> Self {
        StoreError::KeyFormat(error)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::Statement(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Partners(error) => error.fmt(f),
            StoreError::KeyFormat(error) => error.fmt(f),
            StoreError::OtherDatabase => {
                f.write_str("the clinical data is kept in SQLite or PostgreSQL, and in no other database")
            }
            StoreError::Damaged => f.write_str("what is stored in the database contradicts itself"),
            StoreError::NoOrganization => f.write_str("the caller belongs to no organization"),
            StoreError::Statement(source) => write!(f, "the database did not answer: {source}"),
        }
    }
}

impl std::error::Error for StoreError {}
