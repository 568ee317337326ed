//! Noting that a key was used makes no request wait, and is not lost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "a test")]

mod support;

use std::time::{Duration, Instant};

use axum::body::Body;
use charthero_api::store::{Missing, NORTHWIND, Store};
use charthero_api::{Settings, app};
use http::Request;
use policy_store::KeyTerms;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use support::{Folder, every_scope, issue};
use tower::ServiceExt;

/// Less than a statement waits for a lock.
const IN_TIME: Duration = Duration::from_secs(3);

async fn run(connection: &mut SqliteConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

/// A database whose keys were issued ten minutes ago, and two of them.
async fn database(folder: &Folder) -> (Store, SqliteConnection, [String; 2]) {
    let store = Store::open(&folder.database(), Missing::Create).await.unwrap();
    store.seed_demo().await.unwrap();
    let terms = KeyTerms::of(NORTHWIND).with_scopes(every_scope());
    let keys = [issue(&store, &terms).await.reveal(), issue(&store, &terms).await.reveal()];
    let mut beside = SqliteConnection::connect(&folder.database()).await.unwrap();
    run(&mut beside, "UPDATE keys SET created_at = created_at - 600000000").await;
    (store, beside, keys)
}

async fn list(router: axum::Router, key: String) -> u16 {
    let request = Request::get("/external/v1/encounters").header("authorization", format!("Bearer {key}"));
    router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
}

async fn used(store: &Store) -> usize {
    store.partners().keys(None).await.unwrap().iter().filter(|key| key.last_used_at.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_that_holds_the_write_lock_delays_no_request_and_no_use_is_lost() {
    let folder = Folder::new();
    let (store, mut beside, keys) = database(&folder).await;
    let router = app(store.clone(), Settings::new("http://clinic.example")).unwrap();
    run(&mut beside, "BEGIN IMMEDIATE").await;

    let began = Instant::now();
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..20 {
        for key in &keys {
            requests.spawn(list(router.clone(), key.clone()));
        }
    }
    while let Some(status) = requests.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    // Once more, while the writer waits for the lock.
    tokio::time::sleep(Duration::from_millis(900)).await;
    let again = Instant::now();
    assert_eq!(list(router.clone(), keys.first().unwrap().clone()).await, 200);
    assert!(again.elapsed() < IN_TIME, "a request waited {:?} for another process", again.elapsed());
    assert!(began.elapsed() < IN_TIME + Duration::from_millis(900), "requests waited {:?}", began.elapsed());
    assert_eq!(used(&store).await, 0);

    run(&mut beside, "ROLLBACK").await;
    for _ in 0..100 {
        if used(&store).await == keys.len() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the uses were not written: {} of {}", used(&store).await, keys.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_written_yet_is_written_when_the_database_is_closed() {
    let folder = Folder::new();
    let (store, beside, keys) = database(&folder).await;
    let router = app(store.clone(), Settings::new("http://clinic.example")).unwrap();
    for key in &keys {
        assert_eq!(list(router.clone(), key.clone()).await, 200);
    }
    drop(beside);
    store.close().await;
    let store = Store::open(&folder.database(), Missing::Refuse).await.unwrap();
    assert_eq!(used(&store).await, keys.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stays_locked_is_closed_all_the_same() {
    let folder = Folder::new();
    let (store, mut beside, keys) = database(&folder).await;
    let router = app(store.clone(), Settings::new("http://clinic.example")).unwrap();
    run(&mut beside, "BEGIN IMMEDIATE").await;
    for key in &keys {
        assert_eq!(list(router.clone(), key.clone()).await, 200);
    }
    let began = Instant::now();
    store.close().await;
    assert!(began.elapsed() < IN_TIME, "closing took {:?}", began.elapsed());
}
