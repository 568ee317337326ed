//! A database that was made before the partners' tables had a crate of their own still opens, and so does an older program on it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "a test")]

mod support;

use axum::body::Body;
use charthero_api::store::{Missing, Store};
use charthero_api::{Settings, app};
use http::Request;
use policy_http::KeyFormat;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection};
use support::Folder;
use tower::ServiceExt;

/// What an older program did when it opened a database.
async fn open_as_before(database: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::connect(&format!("{database}?mode=rwc")).await.unwrap();
    let sql = include_str!("../migrations/0001_initial.sql").into_sql_str();
    let initial = Migration::new(1, "initial".into(), MigrationType::Simple, sql, false);
    Migrator::with_migrations(vec![initial]).run(&mut connection).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_older_program_serves_its_keys_and_routes_and_has_its_receivers() {
    let folder = Folder::new();
    let key = KeyFormat::new("ch_sk").unwrap().generate().unwrap();
    let mut old = open_as_before(&folder.database()).await;
    let hash: String = key.secret_hash().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    for statement in [
        "INSERT INTO settings VALUES ('audio_signing_key', zeroblob(32))".to_owned(),
        "INSERT INTO organizations VALUES ('acme', 'production', 1, 1)".to_owned(),
        "INSERT INTO enabled_routes VALUES ('acme', 'GET', '/external/v1/encounters')".to_owned(),
        "INSERT INTO allowed_scopes VALUES ('acme', 'encounters:read'), ('acme', 'patients:read'), ('acme', 'documents:read')"
            .to_owned(),
        format!(
            "INSERT INTO keys (id, organization, environment, secret_hash, created_at) \
             VALUES ('{}', 'acme', 'production', x'{hash}', unixepoch() * 1000000)",
            key.id()
        ),
        format!("INSERT INTO key_scopes SELECT '{}', scope FROM allowed_scopes", key.id()),
        format!("INSERT INTO receivers VALUES ('{}', 'acme', 'recording.transcript_ready', 1)", key.id()),
        format!("INSERT INTO receiver_operations VALUES ('{}', 'GET', '/external/v1/encounters')", key.id()),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();

    let id = key.id().to_owned();
    let bearer = format!("Bearer {}", key.reveal());
    for _ in 0..2 {
        let store = Store::open(&folder.database(), Missing::Refuse).await.unwrap();
        let receivers = store.partners().receivers(Some("acme")).await.unwrap();
        let [receiver] = receivers.as_slice() else { panic!("{receivers:?}") };
        assert_eq!((&*receiver.key_id, &*receiver.webhook), (&*id, "recording.transcript_ready"));
        assert_eq!(receiver.operations, [("GET", "/external/v1/encounters").into()]);
        let router = app(store.clone(), Settings::new("http://clinic.example")).unwrap();
        for (path, status) in [("/external/v1/encounters", 200), ("/external/v1/encounters/e1", 403)] {
            let request = Request::get(path).header("authorization", &bearer).body(Body::empty()).unwrap();
            assert_eq!(router.clone().oneshot(request).await.unwrap().status(), status, "{path}");
        }
        store.close().await;
        open_as_before(&folder.database()).await.close().await.unwrap();
    }
}
