//! Webhook receivers and least-privilege issuing, whatever the database.

use std::time::Duration;

use policy_core::Policy;
use policy_http::EnabledRoute;
use policy_store::sqlx::SqlSafeStr as _;
use policy_store::sqlx::migrate::{Migration, MigrationType, Migrator};
use policy_store::{Environment, Error, KeyTerms, Missing, Receiver, Revocation, Store};

use crate::behaviour::{issue, run, with_north};
use crate::files::Api;
use crate::{Database, Kind, format};

const NOTHING: [(&str, &str); 0] = [];

fn shown(receivers: &[Receiver]) -> Vec<(&str, &str, &str, Vec<String>)> {
    let operations = |one: &Receiver| one.operations.iter().map(EnabledRoute::to_string).collect();
    receivers.iter().map(|one| (&*one.key_id, &*one.organization, &*one.webhook, operations(one))).collect()
}

pub(crate) async fn a_receiver_is_approved_for_what_is_enabled_and_stays_one_by_its_successors(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    let mut change = store.begin().await.unwrap();
    change.enable("north", [("PUT", "/v1/files")]).await.unwrap();
    change.create_organization("south", Environment::Test).await.unwrap();
    let read = ["files:read"];
    let nothing = change.add_receiver("north", "file.ready", NOTHING, read, None).await.unwrap_err();
    assert!(matches!(nothing, Error::NothingApproved), "{nothing}");
    let approved = [("GET", "/v1/files"), ("DELETE", "/v1/files"), ("GET", "/v1/other")];
    let refused = change.add_receiver("north", "file.ready", approved, read, None).await.unwrap_err().to_string();
    assert!(
        refused.contains("`DELETE /v1/files`, `GET /v1/other` are not enabled for organization `north`;"),
        "all at once: {refused}"
    );
    let approved = [("GET", "/v1/files"), ("PUT", "/v1/files")];
    let excess = change.add_receiver("north", "file.ready", approved, ["files:admin"], None).await.unwrap_err();
    assert!(matches!(excess, Error::Excess { .. }), "{excess}");
    let unknown = change.add_receiver("west", "file.ready", approved, read, None).await.unwrap_err();
    assert!(matches!(unknown, Error::UnknownOrganization { .. }), "{unknown}");
    let (key, terms) = change.add_receiver("north", "file.ready", approved, read, None).await.unwrap();
    assert_eq!((terms.organization.as_deref(), &*terms.scopes), (Some("north"), ["files:read".to_owned()].as_slice()));
    change.commit().await.unwrap();
    assert_eq!(store.key(key.id()).await.unwrap().unwrap().scopes, "files:read");

    let operations = vec!["GET /v1/files".to_owned(), "PUT /v1/files".to_owned()];
    let first = (key.id(), "north", "file.ready", operations.clone());
    for of in [None, Some("north")] {
        assert_eq!(shown(&store.receivers(of).await.unwrap()), std::slice::from_ref(&first), "{of:?}");
    }
    assert!(store.receivers(Some("south")).await.unwrap().is_empty());
    assert!(matches!(store.receivers(Some("west")).await, Err(Error::UnknownOrganization { .. })));

    // The successor of a receiver's key is one, that of another key is none; a revoked one is still told.
    let other = issue(&store, &KeyTerms::of("north")).await;
    let mut change = store.begin().await.unwrap();
    change.rotate_key(&other, Duration::ZERO, None).await.unwrap();
    let successor = change.rotate_key(key.id(), Duration::ZERO, None).await.unwrap().key;
    assert_eq!(change.revoke_key(successor.id()).await.unwrap(), Revocation::Revoked);
    change.commit().await.unwrap();
    let mut both = vec![first, (successor.id(), "north", "file.ready", operations)];
    both.sort();
    assert_eq!(shown(&store.receivers(None).await.unwrap()), both);
}

/// The tables as the application of this crate's origin made them, with a receiver in them.
pub(crate) async fn receivers_that_an_application_had_before_are_kept(database: Database) {
    let (sql, hash) = match database.kind {
        Kind::Sqlite(_) => (include_str!("../../../migrations/0001_initial.sql"), "zeroblob(32)"),
        Kind::Postgres => {
            (include_str!("../../../migrations/postgres/0001_initial.sql"), "decode(repeat('00', 32), 'hex')")
        }
    };
    let migration = |sql| Migration::new(1, "initial".into(), MigrationType::Simple, sql, false);
    let own = Migrator::with_migrations(vec![migration(sql.into_sql_str())]);
    let store = Store::open_with(database.url(), format(), Missing::Create, &own).await.unwrap();
    for statement in [
        "DROP TABLE receiver_operations",
        "DROP TABLE receivers",
        "DELETE FROM policy_store_migrations WHERE version = 2",
    ] {
        run(&store, statement).await;
    }
    // As before this crate had receivers: the application's own tables, with their rows.
    let tables = sql.split(';').filter(|statement| {
        let statement = statement.rsplit_once("--").map_or(*statement, |(_, after)| after);
        statement.contains("CREATE TABLE receivers") || statement.contains("CREATE TABLE receiver_operations")
    });
    for statement in tables {
        run(&store, statement).await;
    }
    for statement in [
        "INSERT INTO organizations (name, environment, created_at) VALUES ('north', 'production', 1)".to_owned(),
        format!(
            "INSERT INTO keys (id, organization, environment, secret_hash, created_at) VALUES ('0a', 'north', 'production', {hash}, 1)"
        ),
        "INSERT INTO receivers VALUES ('0a', 'north', 'file.ready', 1)".to_owned(),
        "INSERT INTO receiver_operations VALUES ('0a', 'GET', '/v1/files')".to_owned(),
    ] {
        run(&store, &statement).await;
    }
    store.close().await;
    assert_eq!(Store::due_migrations(database.url()).await.unwrap(), [2]);
    let store = Store::open_with(database.url(), format(), Missing::Refuse, &own).await.unwrap();
    assert_eq!(Store::due_migrations(database.url()).await.unwrap(), Vec::<i64>::new());
    let receivers = store.receivers(None).await.unwrap();
    assert_eq!(shown(&receivers), [("0a", "north", "file.ready", vec!["GET /v1/files".to_owned()])]);
}

pub(crate) async fn the_least_is_issued_where_it_is_the_only_one_and_allowed(database: Database) {
    let store = database.open().await;
    let policy = Policy::<Api>::new();
    let mut change = store.begin().await.unwrap();
    change.create_organization("north", Environment::Production).await.unwrap();
    let mut seen = [0, 0];
    for operation in policy.operations() {
        let Ok(least) = policy.least_privilege([operation]) else { continue };
        let issued = change.issue_least_key("north", &least, None).await;
        match least.sole() {
            None => {
                seen[0] += 1;
                let Err(Error::NoSoleMinimum(sets)) = issued else { panic!("{operation}: {issued:?}") };
                assert_eq!(sets.len(), least.sets().len(), "{operation}");
            }
            Some(sole) if sole.is_empty() => assert!(issued.unwrap().1.scopes.is_empty(), "{operation}"),
            Some(sole) => {
                seen[1] += 1;
                assert!(matches!(issued, Err(Error::Excess { .. })), "{operation}: {issued:?}");
                let names: Vec<&str> = sole.iter().map(|scope| scope.name()).collect();
                change.allow_scopes("north", names.clone()).await.unwrap();
                assert_eq!(change.issue_least_key("north", &least, None).await.unwrap().1.scopes, names, "{operation}");
                change.disallow_scopes("north", names).await.unwrap();
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "both kinds of operation: {seen:?}");
}
