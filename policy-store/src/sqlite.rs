//! The embedded database: an SQLite file, or one in memory. What is SQLite's alone stands here, in `stamp.rs` and in
//! `migrations/sqlite`.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use crate::database::{Database, HISTORY, Pool, migrations, not_applied};
use crate::stamp::Stamped;
use crate::watch::Watch;
use crate::{Error, Missing};

const MIGRATIONS: [&str; 2] = [
    include_str!("migrations/sqlite/0001_keys_and_organizations.sql"),
    include_str!("migrations/sqlite/0002_receivers.sql"),
];
/// How long a statement waits for another process that holds the database's write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the last uses of keys are tried to be written when the database is closed.
const LAST_WORDS: Duration = Duration::from_millis(500);
const CONNECTIONS: u32 = 8;

/// Opens the file of a URL (`sqlite:path`).
pub(crate) async fn open(url: &str, missing: Missing, own: Option<&Migrator>) -> Result<Database, Error> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| Error::Url(url.into()))?;
    let file = options.get_filename().to_path_buf();
    if file.as_os_str().is_empty() {
        return Err(Error::Url(url.into()));
    }
    let shown = || file.display().to_string();
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    if missing == Missing::Refuse && !in_memory && !file.exists() {
        return Err(Error::Missing(shown()));
    }
    let options = options
        .create_if_missing(missing == Missing::Create)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(BUSY_TIMEOUT);
    let for_ever = |pool: SqlitePoolOptions| pool.idle_timeout(None).max_lifetime(None);
    let unusable = |source| Error::Unusable { file: shown(), source };
    let (pool, uses, revision, stamped): (SqlitePool, _, _, _) = if in_memory {
        // It lives as long as its one connection, and nobody else could hold its lock.
        let pool = for_ever(pool(1)).connect_with(options).await.map_err(unusable)?;
        (pool.clone(), pool.clone(), pool, Stamped::NOTHING)
    } else {
        if missing == Missing::Create {
            create_private(&file).map_err(|error| unusable(sqlx::Error::Io(error)))?;
        }
        let uses = pool(1).connect_lazy_with(options.clone().busy_timeout(LAST_WORDS));
        // It stays open, so that the file of transactions does too.
        let revision = for_ever(pool(1)).connect_lazy_with(options.clone());
        let pool = pool(CONNECTIONS).connect_with(options).await.map_err(unusable)?;
        (pool, uses, revision, Stamped::of_database(&file))
    };
    for migrations in own.into_iter().chain([&migrations(MIGRATIONS)]) {
        let migrated = migrations.run(&pool).await;
        migrated.map_err(|source| Error::Migration { file: shown(), source })?;
    }
    // A database that cannot be written is found out now, and not by the first change.
    let written = sqlx::query("UPDATE policy_store_revision SET number = number").execute(&pool).await;
    written.map_err(unusable)?;
    let [pool, uses, revision] = [pool, uses, revision].map(Pool::Sqlite);
    Ok(Database { pool, uses, revision, watch: Watch::new(stamped, Duration::ZERO), listening: None })
}

/// The migrations that the file of a URL lacks. It is opened to be read, and no file is made beside it.
pub(crate) async fn due(url: &str) -> Result<Vec<i64>, Error> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| Error::Url(url.into()))?;
    let file = options.get_filename().to_path_buf();
    let shown = || file.display().to_string();
    if !file.exists() {
        return Err(Error::Missing(shown()));
    }
    // Whoever has the database open has a file of transactions beside it. Without one, SQLite would make it, and would not be able to in a
    // folder that can only be read; so it is told that nobody writes.
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let is_written = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    let options = options.read_only(true).immutable(!is_written);
    let unreadable = |source| Error::Unreadable { file: shown(), source };
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(unreadable)?;
    let has_history =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)");
    let has_history: bool = has_history.bind(HISTORY).fetch_one(&mut connection).await.map_err(unreadable)?;
    let due = not_applied(&mut connection, has_history, &migrations(MIGRATIONS)).await;
    connection.close().await.map_err(unreadable)?;
    due.map_err(|source| match source {
        MigrateError::Execute(source) => unreadable(source),
        source => Error::Migration { file: shown(), source },
    })
}

/// Makes the file, unless it is there, for its owner alone: applications keep more in it than hashes. SQLite gives the files beside it
/// the same mode.
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
