//! PostgreSQL, which the nodes of a service share. What is PostgreSQL's alone stands here and in `migrations/postgres`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::Error;
use crate::database::{ANSWERED_IN, Database, HISTORY, Pool, migrations, not_applied};
use crate::error::without_password;
use crate::stamp::Stamped;
use crate::store::KEPT_FOR;
use crate::watch::Watch;

const MIGRATIONS: [&str; 2] = [
    include_str!("migrations/postgres/0001_keys_and_organizations.sql"),
    include_str!("migrations/postgres/0002_receivers.sql"),
];
/// The channel on which triggers of the database tell of changes.
const CHANNEL: &str = "policy_store_changed";
/// How long a look-up waits for a connection. It is bounded, so that requests do not pile up behind a database that is down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long it takes until the listener tries to connect again.
const RECONNECT: Duration = Duration::from_millis(500);
const CONNECTIONS: u32 = 8;
const VERSION: &str = "SELECT current_setting('server_version_num')::int4";
/// The oldest server that this crate is tried on, as `server_version_num` tells it.
const OLDEST: i32 = 150_000;

/// Opens the database of a URL (`postgres://user@host/database`). The database itself must be there; its tables are made.
pub(crate) async fn open(url: &str, own: Option<&Migrator>) -> Result<Database, Error> {
    let shown = || without_password(url);
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::Url(shown()))?;
    let unusable = |source| Error::Unreachable { url: shown(), source };
    let pool = |connections| PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    let (uses, revision) = (pool(1).connect_lazy_with(options.clone()), pool(1).connect_lazy_with(options.clone()));
    let pool = pool(CONNECTIONS).connect_with(options).await.map_err(unusable)?;
    let version = sqlx::query_scalar(VERSION).fetch_one(&pool).await;
    if !is_new_enough(version.map_err(unusable)?) {
        return Err(Error::OldServer(shown()));
    }
    for migrations in own.into_iter().chain([&migrations(MIGRATIONS)]) {
        let migrated = migrations.run(&pool).await;
        migrated.map_err(|source| Error::Migration { file: shown(), source })?;
    }
    // A database that cannot be written, such as a replica, is found out now, and not by the first change.
    let written = sqlx::query("UPDATE policy_store_revision SET number = number").execute(&pool).await;
    written.map_err(unusable)?;
    let watch = Watch::new(Stamped::NOTHING, KEPT_FOR);
    let listening = tokio::spawn(listen(pool.clone(), Arc::clone(&watch))).abort_handle();
    let [pool, uses, revision] = [pool, uses, revision].map(Pool::Postgres);
    Ok(Database { pool, uses, revision, watch, listening: Some(listening) })
}

/// The migrations that the database of a URL lacks. A transaction that may only read sees to it that nothing is changed.
pub(crate) async fn due(url: &str) -> Result<Vec<i64>, Error> {
    let shown = || without_password(url);
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::Url(shown()))?;
    let unreadable = |source| Error::Unreadable { file: shown(), source };
    let connect = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&options)).await;
    let connect = connect.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let mut connection = connect.map_err(unreadable)?;
    let read = async {
        sqlx::query("BEGIN READ ONLY").execute(&mut connection).await?;
        let has_history = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL");
        let has_history: bool = has_history.bind(HISTORY).fetch_one(&mut connection).await?;
        let version: i32 = sqlx::query_scalar(VERSION).fetch_one(&mut connection).await?;
        Ok((version, not_applied(&mut connection, has_history, &migrations(MIGRATIONS)).await))
    };
    let read = tokio::time::timeout(ANSWERED_IN, read).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let (version, due) = read.map_err(unreadable)?;
    if !is_new_enough(version) {
        return Err(Error::OldServer(shown()));
    }
    due.map_err(|source| match source {
        MigrateError::Execute(source) => unreadable(source),
        source => Error::Migration { file: shown(), source },
    })
}

/// Whether a server of that `server_version_num` is one that this crate is tried on.
const fn is_new_enough(version: i32) -> bool {
    version >= OLDEST
}

/// Hears of each change when it is committed, whoever makes it. Where a notice is lost, the revision tells within a second.
async fn listen(pool: PgPool, watch: Arc<Watch>) {
    loop {
        if let Err(error) = listen_until_lost(&pool, &watch).await {
            if pool.is_closed() {
                return;
            }
            tracing::warn!(target: "policy", %error, "the database does not tell of changes; it is asked for them every second");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn listen_until_lost(pool: &PgPool, watch: &Watch) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // At first, and whenever the connection was lost and is there again: nobody knows what was told in between.
        watch.changed();
        while listener.try_recv().await?.is_some() {
            watch.changed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn a_server_older_than_15_is_refused() {
        for (version, is_good) in
            [(90_624, false), (140_019, false), (149_999, false), (150_000, true), (150_015, true), (180_001, true)]
        {
            assert_eq!(is_new_enough(version), is_good, "{version}");
        }
    }
}
