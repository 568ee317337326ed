//! An open database of either kind, and the connections to it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::{PgConnection, PgPool, Postgres};
#[cfg(feature = "sqlite")]
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::task::AbortHandle;

use crate::watch::Watch;
use crate::{Error, Missing};

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("enable `sqlite`, `postgres` or both: a store without a database stores nothing");

/// The same expression for each kind of database: `on!(Connection, connection, |c| query.execute(c).await)`. The statements are the
/// same text for both, and the compiler checks the expression once with the types of each.
macro_rules! on {
    ($kind:ident, $of:expr, |$bound:ident| $body:expr) => {
        match $of {
            #[cfg(feature = "sqlite")]
            $kind::Sqlite($bound) => $body,
            #[cfg(feature = "postgres")]
            $kind::Postgres($bound) => $body,
        }
    };
}
pub(crate) use on;

/// How long a look-up of a guard waits, for a free connection and for the answer. A database that accepts connections and answers nothing
/// would otherwise hold requests until their clients give up.
pub(crate) const ANSWERED_IN: Duration = Duration::from_secs(3);

/// The answer, or an error where it takes too long.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Error> {
    match tokio::time::timeout(ANSWERED_IN, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Error::NoAnswer),
    }
}

/// The connections to a database, by its kind. It is for tables of the application's own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Pool {
    /// An SQLite file, or a database in memory.
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// One connection to a database, by its kind.
#[derive(Debug)]
#[non_exhaustive]
pub enum Connection<'c> {
    /// To SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    /// The same connection, for one of several statements.
    pub(crate) fn again(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(connection) => Connection::Sqlite(connection),
            #[cfg(feature = "postgres")]
            Connection::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// A connection that goes back to its pool.
pub(crate) enum Acquired {
    #[cfg(feature = "sqlite")]
    Sqlite(PoolConnection<Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(PoolConnection<Postgres>),
}

/// A transaction that has begun.
pub(crate) enum Begun {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Pool {
    pub(crate) async fn acquire(&self) -> Result<Acquired, sqlx::Error> {
        Ok(match self {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Acquired::Sqlite(pool.acquire().await?),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => Acquired::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction that changes something. No other one begins before it ends, so that what is read in it is still true when
    /// it is written.
    pub(crate) async fn begin(&self) -> Result<Begun, sqlx::Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Ok(Begun::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let mut begun = pool.begin().await?;
                sqlx::query("SELECT number FROM policy_store_revision FOR UPDATE").execute(&mut *begun).await?;
                Ok(Begun::Postgres(begun))
            }
        }
    }

    /// Begins a transaction that writes when keys were used. It does not wait for those that change something.
    pub(crate) async fn begin_uses(&self) -> Result<Begun, sqlx::Error> {
        match self {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => self.begin().await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => Ok(Begun::Postgres(pool.begin().await?)),
        }
    }

    pub(crate) async fn revision(&self) -> Result<i64, sqlx::Error> {
        on!(Pool, self, |pool| sqlx::query_scalar("SELECT number FROM policy_store_revision").fetch_one(pool).await)
    }

    pub(crate) async fn close(&self) {
        on!(Pool, self, |pool| pool.close().await);
    }

    pub(crate) fn is_closed(&self) -> bool {
        on!(Pool, self, |pool| pool.is_closed())
    }
}

impl Acquired {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Acquired::Sqlite(connection) => Connection::Sqlite(connection),
            #[cfg(feature = "postgres")]
            Acquired::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

impl Begun {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            #[cfg(feature = "sqlite")]
            Begun::Sqlite(begun) => Connection::Sqlite(begun),
            #[cfg(feature = "postgres")]
            Begun::Postgres(begun) => Connection::Postgres(begun),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        on!(Begun, self, |begun| begun.commit().await)
    }
}

/// An open database, by the connections of each purpose.
pub(crate) struct Database {
    /// For everybody.
    pub(crate) pool: Pool,
    /// For the uses of keys, which may wait for a lock.
    pub(crate) uses: Pool,
    /// For the revision, which must not wait for a connection.
    pub(crate) revision: Pool,
    /// What is known of the revision.
    pub(crate) watch: Arc<Watch>,
    /// The task that listens for changes, where the database tells of them.
    pub(crate) listening: Option<AbortHandle>,
}

impl Database {
    /// Opens the database of a URL, and brings it up to date: first with the application's own migrations.
    pub(crate) async fn open(url: &str, missing: Missing, own: Option<&Migrator>) -> Result<Self, Error> {
        #[cfg(feature = "sqlite")]
        if url.starts_with("sqlite:") {
            return crate::sqlite::open(url, missing, own).await;
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return crate::postgres::open(url, own).await;
        }
        let _ = (missing, own);
        Err(Error::Url(crate::error::without_password(url)))
    }
}

/// The migrations that the database of a URL lacks, by their numbers. Nothing is changed in it.
pub(crate) async fn due(url: &str) -> Result<Vec<i64>, Error> {
    #[cfg(feature = "sqlite")]
    if url.starts_with("sqlite:") {
        return crate::sqlite::due(url).await;
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return crate::postgres::due(url).await;
    }
    Err(Error::Url(crate::error::without_password(url)))
}

/// The tables of this crate. They have a history of their own, so that an application can have its tables in the same database.
pub(crate) fn migrations([first, second]: [&'static str; 2]) -> Migrator {
    use sqlx::SqlSafeStr as _;
    use sqlx::migrate::{Migration, MigrationType};

    let migration = |number, name: &'static str, sql: &'static str| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let all = vec![migration(1, "keys and organizations", first), migration(2, "receivers", second)];
    let mut migrator = Migrator::with_migrations(all);
    migrator.dangerous_set_table_name(HISTORY);
    migrator
}

/// The table that says which migrations were applied.
pub(crate) const HISTORY: &str = "policy_store_migrations";

/// The migrations that were not applied yet, by their numbers, where the history has them or is not there.
pub(crate) async fn not_applied(
    connection: &mut impl Migrate,
    has_history: bool,
    known: &Migrator,
) -> Result<Vec<i64>, MigrateError> {
    if !has_history {
        return Ok(known.iter().map(|migration| migration.version).collect());
    }
    if let Some(version) = connection.dirty_version(HISTORY).await? {
        return Err(MigrateError::Dirty(version));
    }
    let applied = connection.list_applied_migrations(HISTORY).await?;
    if let Some(newer) = applied.iter().find(|applied| !known.version_exists(applied.version)) {
        return Err(MigrateError::VersionMissing(newer.version));
    }
    let mut missing = Vec::new();
    for migration in known.iter() {
        match applied.iter().find(|applied| applied.version == migration.version) {
            Some(same) if same.checksum == migration.checksum => {}
            Some(_) => return Err(MigrateError::VersionMismatch(migration.version)),
            None => missing.push(migration.version),
        }
    }
    Ok(missing)
}
