//! PostgreSQL, which the nodes of a service share. What is PostgreSQL's alone stands here and in `migrations/postgres`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::Error;
use crate::database::{Database, Pool, migrations};
use crate::error::without_password;
use crate::stamp::Stamped;
use crate::store::KEPT_FOR;
use crate::watch::Watch;

const FIRST: &str = include_str!("migrations/postgres/0001_keys_and_organizations.sql");
/// The channel on which triggers of the database tell of changes.
const CHANNEL: &str = "policy_store_changed";
/// How long a look-up waits for a connection. It is bounded, so that requests do not pile up behind a database that is down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long it takes until the listener tries to connect again.
const RECONNECT: Duration = Duration::from_millis(500);
const CONNECTIONS: u32 = 8;

/// Opens the database of a URL (`postgres://user@host/database`). The database itself must be there; its tables are made.
pub(crate) async fn open(url: &str, own: Option<&Migrator>) -> Result<Database, Error> {
    let shown = || without_password(url);
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::Url(shown()))?;
    let unusable = |source| Error::Unreachable { url: shown(), source };
    let pool = |connections| PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
    let (uses, revision) = (pool(1).connect_lazy_with(options.clone()), pool(1).connect_lazy_with(options.clone()));
    let pool = pool(CONNECTIONS).connect_with(options).await.map_err(unusable)?;
    for migrations in own.into_iter().chain([&migrations(FIRST)]) {
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
