//! A store of a million keys: how long a look-up takes of which nothing is kept. It takes a minute and more, so that it is run by hand:
//!
//! ```text
//! cargo test --release -p policy-store --all-features --test store -- --ignored --nocapture million
//! ```

use std::time::{Duration, Instant};

use policy_store::Store;

use crate::behaviour::run;
use crate::server::Server;
use crate::{Database, plan, postgres, sqlite};

const KEYS: u32 = 1_000_000;
const ORGANIZATIONS: u32 = 10_000;
const LOOK_UPS: u32 = 5_000;

/// A key's id, as the statements below make it.
fn id(number: u32) -> String {
    format!("{number:016x}")
}

async fn measure(database: Database) {
    let store = database.open().await;
    let began = Instant::now();
    let (numbers, id, zeros) = database.numbers(KEYS);
    let (few, ..) = database.numbers(ORGANIZATIONS);
    let name = format!("'org-' || (n % {ORGANIZATIONS})");
    for statement in [
        format!("INSERT INTO organizations (name, environment, created_at) SELECT {name}, 'production', 1 FROM {few}"),
        format!("INSERT INTO enabled_routes SELECT {name}, 'GET', '/v1/files' FROM {few}"),
        format!("INSERT INTO allowed_scopes SELECT {name}, 'files:read' FROM {few}"),
        format!("INSERT INTO allowed_scopes SELECT {name}, 'files:write' FROM {few}"),
        format!(
            "INSERT INTO keys (id, organization, environment, secret_hash, created_at) \
             SELECT {id}, {name}, 'production', {zeros}, 1 FROM {numbers}"
        ),
        format!("INSERT INTO key_scopes (key, scope) SELECT {id}, 'files:read' FROM {numbers}"),
        "ANALYZE".to_owned(),
    ] {
        run(&store, &statement).await;
    }
    println!("{KEYS} keys were written in {:.1} s", began.elapsed().as_secs_f64());
    for statement in plan::STATEMENTS {
        let plan = plan::of(&store, statement, plan::Rows::Many).await;
        assert!(plan::is_by_indexes(&plan), "{statement}\n{plan}");
    }
    let mut took = Vec::new();
    for number in 0..LOOK_UPS {
        took.push(look_up(&store, number.wrapping_mul(2_654_435_761) % KEYS).await);
    }
    took.sort_unstable();
    let at = |share: usize| *took.get((took.len() - 1) * share / 100).unwrap();
    println!("a look-up: median {:?}, 99 of 100 within {:?}, longest {:?}", at(50), at(99), at(100));
    let began = Instant::now();
    assert!(store.key("ffffffffffffffff").await.unwrap().is_none());
    println!("of a key that is not there: {:?}", began.elapsed());
}

async fn look_up(store: &Store, number: u32) -> Duration {
    let began = Instant::now();
    let key = store.key(&id(number)).await.unwrap().unwrap();
    let took = began.elapsed();
    let organization = format!("org-{}", number % ORGANIZATIONS);
    assert_eq!((key.tenant, &*key.scopes), (Some(organization), "files:read"));
    took
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute: cargo test --release -p policy-store --all-features --test store -- --ignored --nocapture million"]
async fn a_million_keys_in_sqlite() {
    measure(sqlite::File::database()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute: cargo test --release -p policy-store --all-features --test store -- --ignored --nocapture million"]
async fn a_million_keys_in_postgres() {
    let Some(server) = Server::start() else { return };
    measure(postgres::database(&server).await).await;
}
