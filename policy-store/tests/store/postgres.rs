//! What every store does, on PostgreSQL, and what PostgreSQL alone does.
//!
//! The tests start a server of their own, in a temporary folder, and skip where PostgreSQL is not installed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use policy_core::AuthenticationFailure;
use policy_http::{Authenticator as _, Credential, EnablementStore, KeyFormat, KeyState, KeyStore as _, ManualClock};
use policy_store::sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use policy_store::{KeyTerms, Missing, Store, sqlx};

use crate::behaviour::{self, found, issue, known, revision, with_north};
use crate::files::{Api, schemes};
use crate::server::Server;
use crate::{Database, Kind, format};

/// An empty database.
pub(crate) async fn database(server: &Server) -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&server.url("postgres")).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
    Database { url: server.url(&name), kind: Kind::Postgres }
}

/// One server for all of them, since it takes some seconds to start. What failed is named by the panic.
#[tokio::test(flavor = "multi_thread")]
async fn every_behaviour() {
    let Some(server) = Server::start() else { return };
    macro_rules! one_after_the_other {
        ($($behaviour:ident)*) => {$(
            println!(stringify!($behaviour));
            behaviour::$behaviour(database(&server).await).await;
        )*};
    }
    crate::behaviours!(one_after_the_other);
}

#[tokio::test]
async fn what_cannot_be_reached_says_where_and_shows_no_password() {
    let error = Store::open("postgres://api:s3cret@127.0.0.1:1/partners", format(), Missing::Create).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(
        said.contains("`postgres://api@127.0.0.1:1/partners` cannot be opened") && !said.contains("s3cret"),
        "{said}"
    );
}

/// Nodes hear of a revocation in well under a second, while the database is gone what they kept lives on, and when it is there again
/// they know what they missed.
#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_agree_through_a_crash_of_the_database() {
    let Some(mut server) = Server::start() else { return };
    let database = database(&server).await;
    let nodes = [database.open().await, database.open().await, database.open().await];
    let [first, second, third] = &nodes;
    with_north(first).await;
    let keys = [issue(first, &KeyTerms::of("north")).await, issue(second, &KeyTerms::of("north")).await];
    for node in &nodes {
        known(node).await;
    }
    let before = [revision(second), revision(third)];

    let began = Instant::now();
    let mut change = first.begin().await.unwrap();
    change.revoke_key(&keys[0]).await.unwrap();
    change.commit().await.unwrap();
    while [revision(second), revision(third)].iter().zip(&before).any(|(now, before)| now == before) {
        assert!(began.elapsed() < Duration::from_secs(1), "the nodes repeat what was true before");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("the other nodes knew after {:?}", began.elapsed());
    assert_eq!(found(third, &keys[0]).await.state, KeyState::Revoked);

    for node in &nodes {
        known(node).await;
    }
    // The look-ups of a service keep the revision wanted.
    let kept = known(third).await;
    server.kill();
    let gone = Instant::now();
    let mut answered = 0;
    while gone.elapsed() < Duration::from_secs(4) {
        answered += u32::from(revision(third) == Some(kept));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(answered > 60, "what was kept lives on while the database is gone: {answered} of some 80 look-ups");
    assert!(third.key(&keys[1]).await.is_err(), "what is not kept is an outage, and no answer");

    server.run();
    // By another program, before any node is connected again.
    let mut beside = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query("UPDATE keys SET revoked_at = 1 WHERE revoked_at IS NULL").execute(&mut beside).await.unwrap();
    let began = Instant::now();
    while revision(third) == Some(kept) {
        assert!(began.elapsed() < Duration::from_secs(2), "it goes on with what it kept");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("after the database had returned, a node knew of a change after {:?}", began.elapsed());
    assert_ne!(known(third).await, kept);
    assert_eq!(found(third, &keys[1]).await.state, KeyState::Revoked);
    third.accepted(&keys[1]);
    for node in nodes {
        node.close().await;
    }
}

/// While the database is gone, a guard goes on with what it kept, and then it is an outage: 503, and not what was true before.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_once_what_was_kept_is_too_old() {
    let Some(mut server) = Server::start() else { return };
    let store = database(&server).await.open().await;
    with_north(&store).await;
    let mut change = store.begin().await.unwrap();
    let key = change.issue_key(&KeyTerms::of("north").with_scopes(["files:read"])).await.unwrap().reveal();
    change.commit().await.unwrap();
    let clock = Arc::new(ManualClock::at(1_800_000_000));
    let keys = store.api_keys().with_clock(Arc::clone(&clock));
    let ask = async || {
        let credential = Credential::<Api>::new(schemes::KEY, &*key);
        keys.authenticate(&credential).await.map(|caller| caller.tenant().map(str::to_owned))
    };
    known(&store).await;
    assert_eq!(ask().await, Ok(Some("north".to_owned())));
    server.kill();
    for seconds in [0, 20, 9] {
        clock.advance(Duration::from_secs(seconds));
        // The look-ups of a service keep the revision wanted.
        known(&store).await;
        assert_eq!(ask().await, Ok(Some("north".to_owned())));
    }
    clock.advance(Duration::from_secs(2));
    let began = Instant::now();
    assert_eq!(ask().await, Err(AuthenticationFailure::Unavailable));
    assert!(began.elapsed() < Duration::from_secs(5), "it waited {:?}", began.elapsed());
    store.close().await;
}

/// A server that accepts connections and answers nothing: nobody waits without end, nothing is allowed by what is too old, and all is well
/// again afterwards.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_an_outage_within_seconds() {
    let Some(server) = Server::start() else { return };
    let database = database(&server).await;
    let store = database.open().await;
    with_north(&store).await;
    let id = issue(&store, &KeyTerms::of("north")).await;
    let format = KeyFormat::new("acme_sk").unwrap();
    let presented = format.parse(&format.generate().unwrap().reveal()).unwrap();
    known(&store).await;

    server.freeze();
    let began = Instant::now();
    // More than there are connections, so that some wait for one.
    let waiting: Vec<_> = (0..40)
        .map(|number| {
            let (store, presented) = (store.clone(), presented.clone());
            tokio::spawn(async move {
                match number % 2 {
                    0 => store.find(&presented).await.is_err(),
                    _ => EnablementStore::organization(&store, "north").await.is_err(),
                }
            })
        })
        .collect();
    for one in waiting {
        assert!(one.await.unwrap(), "an answer out of nothing");
    }
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(5), "look-ups waited {waited:?}");
    println!("forty look-ups were told of the outage after {waited:?}");
    store.accepted(&id);
    tokio::time::sleep(Duration::from_millis(600)).await;

    server.thaw();
    let began = Instant::now();
    while store.find(&presented).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not recover");
    }
    println!("and were answered {:?} after the server went on", began.elapsed());
    let began = Instant::now();
    while store.keys(None).await.unwrap().iter().all(|key| key.last_used_at.is_none()) {
        assert!(began.elapsed() < Duration::from_secs(20), "the use that was noted meanwhile is lost");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    server.freeze();
    let began = Instant::now();
    store.close().await;
    assert!(began.elapsed() < Duration::from_secs(12), "closing took {:?}", began.elapsed());
    server.thaw();
}
