//! Keys in an SQLite file.

use std::path::Path;

use policy_http::KeyFormat;
use policy_store::{Environment, KeyTerms, Missing, Pool, Store};

/// What every key begins with.
pub(crate) const PREFIX: &str = "bench_sk";
/// Whose all of them are.
pub(crate) const ORGANIZATION: &str = "acme";

/// Opens the store of the file, and creates it where it is missing, with one organization.
pub(crate) async fn open(file: &Path, scopes: &[&str]) -> Store {
    let url = format!("sqlite:{}", file.display());
    let store = Store::open(&url, KeyFormat::new(PREFIX).unwrap(), Missing::Create).await.unwrap();
    let mut change = store.begin().await.unwrap();
    change.create_organization(ORGANIZATION, Environment::Production).await.unwrap();
    change.allow_scopes(ORGANIZATION, scopes.iter().copied()).await.unwrap();
    change.commit().await.unwrap();
    store
}

/// Issues a key: its id, and what a caller presents.
pub(crate) async fn issue(store: &Store, scopes: &[&str]) -> (String, String) {
    let mut change = store.begin().await.unwrap();
    let key = change.issue_key(&KeyTerms::of(ORGANIZATION).with_scopes(scopes.iter().copied())).await.unwrap();
    change.commit().await.unwrap();
    (key.id().to_owned(), key.reveal())
}

/// Adds so many keys that nobody knows the secrets of.
pub(crate) async fn fill(store: &Store, count: u64) {
    let Pool::Sqlite(pool) = store.pool() else { panic!("the store is in SQLite") };
    let numbers =
        format!("WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {count})");
    for statement in [
        format!(
            "{numbers} INSERT INTO keys (id, organization, environment, secret_hash, created_at) \
             SELECT printf('%016x', n), '{ORGANIZATION}', 'production', zeroblob(32), 1 FROM numbers"
        ),
        format!("{numbers} INSERT INTO key_scopes (key, scope) SELECT printf('%016x', n), 'items:read' FROM numbers"),
    ] {
        policy_store::sqlx::query(policy_store::sqlx::AssertSqlSafe(statement)).execute(pool).await.unwrap();
    }
}
