//! Three servers as processes on one PostgreSQL, under load. A key is revoked, a route is disabled, a server is killed (`kill -9`), and so is
//! the database. No answer is wrong beyond the bound, and nothing is lost that was written.
//!
//! Once through takes some fifteen seconds, and is what the tests do. For as long as you like, and with all the load that the machine takes:
//!
//! ```text
//! FLEET_SECONDS=600 cargo test --release --test fleet -- --nocapture
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test"
)]

#[path = "../support/mod.rs"]
mod support;

mod load;

use std::sync::Arc;
use std::time::{Duration, Instant};

use charthero_api::store::{LAKESIDE, Missing, NORTHWIND, Store};
use policy_http::EnabledRoute;
use policy_store::KeyTerms;
use policy_store::sqlx::{self, Connection as _, PgConnection};
use support::postgres::Server as Postgres;
use support::{Folder, Server, every_scope, issue};

use load::{Load, Subject};

const LIST: &str = "/external/v1/encounters";
/// In how much time a change reaches every server.
const BOUND: Duration = Duration::from_secs(1);
/// The same where the notice of it is lost and the database cannot be asked.
const LONGEST_BOUND: Duration = Duration::from_secs(30);
/// How long the database is gone.
const GONE: Duration = Duration::from_secs(3);
/// In how much time a use of a key is written, on a busy machine: half a second is what it waits to be gathered.
const WRITTEN_IN: Duration = Duration::from_secs(2);

/// The servers, and what is told of them.
struct Fleet {
    folder: Folder,
    postgres: Postgres,
    store: Store,
    nodes: Vec<Option<Server>>,
    load: Arc<Load>,
}

/// What one time through shows.
#[derive(Default)]
struct Figures {
    revoked: Vec<Duration>,
    disabled: Vec<Duration>,
    returned: Vec<Duration>,
    after_return: Vec<Duration>,
    uses_lost: usize,
    uses_young: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_agrees_through_revocations_and_crashes() {
    let Some(postgres) = Postgres::start() else { return };
    let long = std::env::var("FLEET_SECONDS").ok().map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let folder = Folder::on(postgres.url("postgres"));
    let store = Store::open(&folder.database(), Missing::Create).await.unwrap();
    store.seed_demo().await.unwrap();
    let nodes: Vec<_> = (0..3).map(|_| Some(Server::start(&folder))).collect();
    let load = Load::new(nodes.iter().flatten().map(|node| node.address().to_owned()).collect());
    let mut fleet = Fleet { folder, postgres, store, nodes, load };
    let mut healthy = Vec::new();
    for _ in 0..6 {
        healthy.push(fleet.key(NORTHWIND).await);
    }
    for (id, key) in &healthy {
        fleet.load.add(Subject::for_ever(id, key));
    }
    let pause = if long.is_some() { Duration::ZERO } else { Duration::from_millis(1) };
    let threads = load::start(&fleet.load, 2, pause);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let (began, mut figures, mut rounds) = (Instant::now(), Figures::default(), 0);
    loop {
        fleet.round(rounds, &mut figures).await;
        rounds += 1;
        if long.is_none_or(|long| began.elapsed() > long) {
            break;
        }
    }
    fleet.load.stop();
    for thread in threads {
        thread.join().unwrap();
    }

    let told = fleet.load.told();
    println!("{rounds} times through, {} answers in {:.0} s", told.answers, began.elapsed().as_secs_f64());
    println!(
        "    200: {}   401: {}   403: {}   503: {} (all while the database was gone)",
        told.allowed, told.unknown, told.denied, told.outages
    );
    print("a request with a revoked key was last accepted that was sent after its commit began, by", &figures.revoked);
    print("one of a disabled route, by", &figures.disabled);
    print("requests were allowed again after the database had returned by", &figures.returned);
    print("one with a key that was revoked while nobody listened, by", &figures.after_return);
    println!(
        "    of keys that a killed server had first seen less than half a second before, {} of {} lost their note of use",
        figures.uses_lost, figures.uses_young
    );
    assert_eq!(told.wrong, Vec::<String>::new());
    assert!(told.answers > 500, "that was no load");
    let keys = fleet.store.partners().keys(None).await.unwrap();
    for (id, _) in &healthy {
        assert!(keys.iter().any(|key| key.id == *id && key.last_used_at.is_some()), "a use is lost");
    }
    fleet.store.close().await;
}

impl Fleet {
    async fn key(&self, organization: &str) -> (String, String) {
        let scopes = every_scope().filter(|name| *name != "recordings:read");
        let key = issue(&self.store, &KeyTerms::of(organization).with_scopes(scopes)).await;
        (key.id().to_owned(), key.reveal())
    }

    async fn round(&mut self, round: usize, figures: &mut Figures) {
        // A key is revoked.
        let (id, key) = self.key(NORTHWIND).await;
        let revoked = self.load.add(Subject::until_changed(&id, &key, 401));
        let (other_id, other) = self.key(LAKESIDE).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let mut change = self.store.partners().begin().await.unwrap();
        change.revoke_key(&id).await.unwrap();
        revoked.changes(BOUND);
        change.commit().await.unwrap();
        revoked.changed();

        // A route is disabled.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let disabled = self.load.add(Subject::until_changed(&other_id, &other, 403));
        tokio::time::sleep(Duration::from_millis(500)).await;
        let route = EnabledRoute::from(("GET", LIST));
        let mut change = self.store.partners().begin().await.unwrap();
        change.disable(LAKESIDE, &route).await.unwrap();
        disabled.changes(BOUND);
        change.commit().await.unwrap();
        disabled.changed();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        figures.revoked.push(revoked.last_allowed());
        figures.disabled.push(disabled.last_allowed());
        self.load.remove(&disabled);
        let mut change = self.store.partners().begin().await.unwrap();
        change.enable(LAKESIDE, [("GET", LIST)]).await.unwrap();
        change.commit().await.unwrap();

        self.kill_a_node(round % 3, figures).await;
        self.kill_the_database(figures).await;
        self.load.remove(&revoked);
    }

    /// Kills a server, and starts another in its place. What it had written of uses is there.
    async fn kill_a_node(&mut self, number: usize, figures: &mut Figures) {
        let (old, young) = (self.key(NORTHWIND).await, self.key(NORTHWIND).await);
        let node = self.nodes[number].take().unwrap();
        assert_eq!(node.get(LIST, Some(&old.1)).status, 200);
        tokio::time::sleep(WRITTEN_IN).await;
        assert_eq!(node.get(LIST, Some(&young.1)).status, 200);
        self.load.down(number);
        node.kill();
        let keys = self.store.partners().keys(None).await.unwrap();
        let is_noted = |id: &str| keys.iter().any(|key| key.id == id && key.last_used_at.is_some());
        assert!(is_noted(&old.0), "a use that was written is lost");
        figures.uses_young += 1;
        figures.uses_lost += usize::from(!is_noted(&young.0));
        // The others go on meanwhile; every answer of theirs is judged.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let node = Server::start(&self.folder);
        self.load.up(number, node.address());
        self.nodes[number] = Some(node);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    /// Kills the database, and starts it again. A key is revoked before any server listens again.
    async fn kill_the_database(&mut self, figures: &mut Figures) {
        let (id, key) = self.key(NORTHWIND).await;
        let revoked = self.load.add(Subject::until_changed(&id, &key, 401));
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        self.load.outage_begins();
        self.postgres.kill();
        tokio::time::sleep(GONE).await;
        self.postgres.run();
        let mut beside = PgConnection::connect(&self.folder.database()).await.unwrap();
        revoked.changes(LONGEST_BOUND);
        let statement = "UPDATE keys SET revoked_at = 1 WHERE id = $1";
        sqlx::query(statement).bind(&id).execute(&mut beside).await.unwrap();
        revoked.changed();
        let returned = Instant::now();
        self.load.outage_ends();
        let allowed = self.load.told().allowed;
        while self.load.told().allowed < allowed + 10 {
            assert!(returned.elapsed() < Duration::from_secs(30), "nothing is allowed again");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        figures.returned.push(returned.elapsed());
        tokio::time::sleep(Duration::from_secs(2)).await;
        figures.after_return.push(revoked.last_allowed());
        self.load.remove(&revoked);
    }
}

fn print(what: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let (median, longest) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    println!("    {what} {median:.1?}; at worst {longest:.1?}");
}
