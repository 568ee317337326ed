//! What the database answers of the clinical data, and to whom: the same on SQLite and on PostgreSQL. And the program as it ships, with its
//! commands, on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a test"
)]

mod support;

use charthero_api::audio::AudioClaim;
use charthero_api::page::Page;
use charthero_api::policy::operations::{GetAudio, ListEncounters};
use charthero_api::policy::{POLICY, schemes};
use charthero_api::store::{LAKESIDE, Missing, NORTHWIND, Store};
use jiff::Timestamp;
use policy_core::testing::permit;
use policy_core::{Operation, OperationSet, Permit, Principal};
use support::postgres::Server as Postgres;
use support::{Folder, Server, fail, succeed};

fn permit_of<O: Operation<Document = charthero_api::policy::Api>>(organization: &str) -> Permit<O> {
    let all = POLICY.scopes().collect();
    permit::<O>(Principal::new("test").with_tenant(organization).with_grant(schemes::API_KEY, all)).unwrap()
}

fn page(query: &str) -> Page {
    Page::parse(Some(query)).unwrap()
}

async fn demo(database: &str) -> Store {
    let store = Store::open(database, Missing::Create).await.unwrap();
    store.seed_demo().await.unwrap();
    store
}

async fn pages_follow_each_other_without_gap_or_repetition(store: &Store) {
    let permit = permit_of::<ListEncounters>(NORTHWIND);
    let all = store.encounters(&permit, &page("limit=100")).await.unwrap();
    assert_eq!(usize::try_from(all.total).unwrap(), all.items.len());
    let order: Vec<_> = all.items.iter().map(|one| (one.created_at, one.encounter_id.clone())).collect();
    assert!(order.windows(2).all(|pair| pair[0] > pair[1]), "newest first, then by identifier: {order:?}");
    assert!(order.windows(2).any(|pair| pair[0].0 == pair[1].0), "the seed has a tie");

    let mut paged = Vec::new();
    for offset in (0..all.total).step_by(5) {
        let part = store.encounters(&permit, &page(&format!("limit=5&offset={offset}"))).await.unwrap();
        assert_eq!(part.total, all.total);
        paged.extend(part.items.into_iter().map(|one| (one.created_at, one.encounter_id)));
    }
    assert_eq!(paged, order);
    let ascending = store.encounters(&permit, &page("limit=100&sort_order=asc")).await.unwrap().items;
    let mut ascending: Vec<_> = ascending.into_iter().map(|one| (one.created_at, one.encounter_id)).collect();
    ascending.reverse();
    assert_eq!(ascending, order);
}

async fn the_window_includes_its_start_and_excludes_its_end(store: &Store) {
    let permit = permit_of::<ListEncounters>(NORTHWIND);
    let all = store.encounters(&permit, &page("limit=100&sort_order=asc")).await.unwrap();
    let at = all.items[0].created_at;
    let then = u32::try_from(all.items.iter().filter(|one| one.created_at == at).count()).unwrap();
    let total = async |query: String| store.encounters(&permit, &page(&query)).await.unwrap().total;
    assert_eq!(total(format!("start_at={at}")).await, all.total);
    assert_eq!(total(format!("end_at={at}")).await, 0);
    let later = at.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap();
    assert_eq!(total(format!("start_at={later}")).await, all.total - then);
    assert_eq!(total(format!("end_at={later}")).await, then);
}

async fn one_organization_sees_nothing_of_another(store: &Store) {
    let (ours, theirs) = (permit_of::<GetAudio>(NORTHWIND), permit_of::<GetAudio>(LAKESIDE));
    let (our_list, their_list) = (permit_of::<ListEncounters>(NORTHWIND), permit_of::<ListEncounters>(LAKESIDE));
    let encounters = store.encounters(&their_list, &Page::default()).await.unwrap().items;
    let encounter = &encounters[0];
    assert_eq!(store.patients(&their_list, &encounters).await.unwrap().len(), encounters.len());
    let documents = store.document_summaries(&their_list, &encounters).await.unwrap();
    let document = &documents[&encounter.encounter_id][0];
    assert!(store.encounter(&their_list, &encounter.encounter_id).await.unwrap().is_some());
    assert!(store.encounter(&our_list, &encounter.encounter_id).await.unwrap().is_none());
    assert!(store.patients(&our_list, &encounters).await.unwrap().is_empty());
    assert!(store.document_summaries(&our_list, &encounters).await.unwrap().is_empty());
    let (encounter, document) = (&encounter.encounter_id, &document.document_id);
    let found = store.document(&theirs, encounter, document).await.unwrap().unwrap();
    assert_eq!(found.audio.unwrap().duration_seconds, 2);
    assert!(store.document(&ours, encounter, document).await.unwrap().is_none());
    let segments = store.transcript(&theirs, encounter, document).await.unwrap().unwrap().segments;
    assert_eq!(segments.iter().map(|one| one.start_seconds).collect::<Vec<_>>(), [0.0, 4.2, 9.75]);
    assert!(store.transcript(&ours, encounter, document).await.unwrap().is_none());
    let recording = store.recording(&theirs, encounter, document).await.unwrap().unwrap();
    let sound = store.recording_content(&theirs, recording.as_str()).await.unwrap().unwrap();
    assert!(sound.content.starts_with(b"RIFF"));
    assert!(store.recording(&ours, encounter, document).await.unwrap().is_none());
    assert!(store.recording_content(&ours, recording.as_str()).await.unwrap().is_none());
}

/// A new demonstration replaces its keys, also the successors of such, and no others.
async fn a_demonstration_begins_anew(store: &Store) {
    let before = store.seed_demo().await.unwrap();
    let (successor, ..) =
        store.rotate_key(before.northwind.id(), std::time::Duration::from_secs(60), None).await.unwrap();
    let mut change = store.partners().begin().await.unwrap();
    let other = change.issue_key(&policy_store::KeyTerms::of(NORTHWIND)).await.unwrap();
    change.commit().await.unwrap();
    store.seed_demo().await.unwrap();
    for (key, stays) in [(&before.northwind, false), (&successor, false), (&other, true)] {
        assert_eq!(store.partners().key(key.id()).await.unwrap().is_some(), stays, "{key:?}");
    }
}

/// A key's successor is a receiver as the key is.
async fn a_receiver_keeps_its_approval_with_a_new_key(store: &Store) {
    let webhook = POLICY.webhooks().next().unwrap();
    let approved: OperationSet<_> = POLICY.follow_up(webhook).take(1).collect();
    let (key, _) = store.add_receiver(NORTHWIND, webhook.name(), approved, None).await.unwrap();
    let (successor, ..) = store.rotate_key(key.id(), std::time::Duration::from_secs(60), None).await.unwrap();
    let receivers = store.partners().receivers(Some(NORTHWIND)).await.unwrap();
    assert_eq!(receivers.len(), 2);
    assert!(receivers.iter().all(|one| one.operations.len() == 1 && one.webhook == webhook.name()), "{receivers:?}");
    assert!(receivers.iter().any(|one| one.key_id == successor.id()));
}

/// Two nodes on one database sign and verify for each other.
async fn signed_urls_are_of_the_database(store: &Store, database: &str) {
    let other = Store::open(database, Missing::Refuse).await.unwrap();
    let claim = AudioClaim {
        method: "GET".into(),
        recording_id: "r".into(),
        organization: NORTHWIND.into(),
        key_id: "k".into(),
        expires_at: Timestamp::now().as_second() + 60,
    };
    let token = store.audio().sign(&claim).unwrap();
    assert_eq!(other.audio().verify(&token, "GET", Timestamp::now()).unwrap().claim(), &claim);
    other.close().await;
}

async fn every_behaviour(database: &str) {
    let store = demo(database).await;
    pages_follow_each_other_without_gap_or_repetition(&store).await;
    the_window_includes_its_start_and_excludes_its_end(&store).await;
    one_organization_sees_nothing_of_another(&store).await;
    a_demonstration_begins_anew(&store).await;
    a_receiver_keeps_its_approval_with_a_new_key(&store).await;
    signed_urls_are_of_the_database(&store, database).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    every_behaviour(&Folder::new().database()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let Some(postgres) = Postgres::start() else { return };
    every_behaviour(&postgres.url("postgres")).await;
}

/// The program with its commands: two servers that start on an empty database at once, and what is changed by a third process.
#[test]
fn two_servers_share_one_postgres_and_hear_of_what_commands_change() {
    let Some(postgres) = Postgres::start() else { return };
    let folder = Folder::on(postgres.url("postgres"));
    let list = "/external/v1/encounters";
    let nodes = std::thread::scope(|scope| {
        let starting = [(); 2].map(|()| scope.spawn(|| Server::start(&folder)));
        starting.map(|node| node.join().unwrap())
    });
    assert!(fail(&folder, &["key", "issue", "acme"]).contains("unknown organization `acme`"));
    let create = ["organization", "create", "acme", "--enable", "listEncounters", "--allow-scopes"];
    succeed(&folder, &[&create[..], &["encounters:read,patients:read,documents:read"]].concat());
    let key = succeed(&folder, &["key", "issue", "acme", "--least-privilege", "--expires-in", "1d"]);
    let id = key.strip_prefix("ch_sk_").unwrap().split('_').next().unwrap();
    for node in &nodes {
        assert_eq!(node.get(list, Some(&key)).status, 200, "{}", node.log());
        let log = node.log();
        assert!(log.contains("postgres://api@localhost/postgres") && !log.contains("?host="), "{log}");
    }
    let successor = succeed(&folder, &["key", "rotate", id, "--overlap", "1h"]);
    for node in &nodes {
        assert_eq!([node.get(list, Some(&key)).status, node.get(list, Some(&successor)).status], [200, 200]);
    }
    succeed(&folder, &["key", "revoke", id]);
    let until = |node: &Server, key: &str, status: u16| {
        let began = std::time::Instant::now();
        while node.get(list, Some(key)).status != status {
            assert!(began.elapsed() < std::time::Duration::from_secs(1), "a node goes on with what was true before");
        }
        began.elapsed()
    };
    for node in &nodes {
        let heard = until(node, &key, 401);
        println!("revoked: {heard:?}");
        assert_eq!(node.get(list, Some(&successor)).status, 200);
    }
    succeed(&folder, &["organization", "disable", "acme", "listEncounters"]);
    for node in &nodes {
        let heard = until(node, &successor, 403);
        println!("disabled: {heard:?}");
    }
    assert!(succeed(&folder, &["key", "list"]).contains("revoked"));
    for node in nodes {
        let (ended_well, ..) = node.stop();
        assert!(ended_well);
    }
    // What the servers noted was written at their ends.
    assert!(!succeed(&folder, &["key", "list"]).contains("used     never"));
}
