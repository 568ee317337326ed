//! What every store does, whatever its database.

use std::time::{Duration, Instant, SystemTime};

use policy_http::{EnabledRoute, EnablementStore, KeyState, KeyStore, Organization, StoredKey};
use policy_store::sqlx::migrate::{Migration, MigrationType, Migrator};
use policy_store::sqlx::{self, AssertSqlSafe, SqlSafeStr as _};
use policy_store::{Connection, Environment, Error, KeyTerms, Missing, NoSuccessor, Pool, Revocation, Store};

pub(crate) use crate::receivers::{
    a_receiver_is_approved_for_what_is_enabled_and_stays_one_by_its_successors,
    receivers_that_an_application_had_before_are_kept, the_least_is_issued_where_it_is_the_only_one_and_allowed,
};
use crate::{Database, Kind, format, plan};

const DAY: Duration = Duration::from_secs(86_400);

/// Runs a statement by the connections of a store, as an application or another program could.
pub(crate) async fn run(store: &Store, statement: &str) {
    let query = AssertSqlSafe(statement.to_owned());
    match store.pool() {
        Pool::Sqlite(pool) => sqlx::query(query).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::query(query).execute(pool).await.map(drop),
        other => panic!("{other:?}"),
    }
    .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The store with one organization, one route and two scopes.
pub(crate) async fn with_north(store: &Store) {
    let mut change = store.begin().await.unwrap();
    change.create_organization("north", Environment::Production).await.unwrap();
    change.enable("north", [("GET", "/v1/files")]).await.unwrap();
    change.allow_scopes("north", ["files:read", "files:write"]).await.unwrap();
    change.commit().await.unwrap();
}

pub(crate) async fn issue(store: &Store, terms: &KeyTerms) -> String {
    let mut change = store.begin().await.unwrap();
    let id = change.issue_key(terms).await.unwrap().id().to_owned();
    change.commit().await.unwrap();
    id
}

pub(crate) async fn found(store: &Store, id: &str) -> StoredKey {
    store.key(id).await.unwrap().unwrap()
}

async fn said(store: &Store, name: &str) -> Organization {
    EnablementStore::organization(store, name).await.unwrap()
}

pub(crate) fn revision(store: &Store) -> Option<u64> {
    KeyStore::revision(store)
}

/// The revision, once it is known. It is when the file was not written for a moment.
pub(crate) async fn known(store: &Store) -> u64 {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if let Some(revision) = revision(store) {
            return revision;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the revision is never known");
}

pub(crate) async fn a_guard_is_told_what_a_key_is_and_in_which_state(database: Database) {
    let store = database.open().await.with_key_inactivity(DAY);
    with_north(&store).await;
    let terms = KeyTerms::of("north").with_scopes(["files:read", "files:write"]);
    let id = issue(&store, &terms.clone().with_expiry(SystemTime::UNIX_EPOCH + 3 * DAY)).await;
    let key = found(&store, &id).await;
    assert_eq!((key.tenant.as_deref(), key.state, key.expires_at), (Some("north"), KeyState::Active, Some(3 * 86_400)));
    assert_eq!(key.scopes, "files:read files:write");
    assert!(store.key("0123456789abcdef").await.unwrap().is_none());

    let mut change = store.begin().await.unwrap();
    assert!(change.set_key_active(&id, false).await.unwrap());
    assert!(!change.set_key_active("0123456789abcdef", false).await.unwrap());
    change.disallow_scopes("north", ["files:write"]).await.unwrap();
    change.commit().await.unwrap();
    let key = found(&store, &id).await;
    assert_eq!((key.state, &*key.scopes), (KeyState::Inactive, "files:read"));

    let mut change = store.begin().await.unwrap();
    assert_eq!(change.revoke_key(&id).await.unwrap(), Revocation::Revoked);
    assert_eq!(change.revoke_key(&id).await.unwrap(), Revocation::Before);
    assert_eq!(change.revoke_key("0123456789abcdef").await.unwrap(), Revocation::Unknown);
    change.commit().await.unwrap();
    assert_eq!(found(&store, &id).await.state, KeyState::Revoked);

    let forgotten = issue(&store, &KeyTerms::new()).await;
    assert_eq!(found(&store, &forgotten).await.state, KeyState::Active);
    assert_eq!(found(&store, &forgotten).await.tenant, None);
    run(&store, "UPDATE keys SET created_at = created_at - 86401000000").await;
    assert_eq!(found(&store, &forgotten).await.state, KeyState::Inactive);
    let mut change = store.begin().await.unwrap();
    assert!(change.set_key_active(&forgotten, true).await.unwrap(), "to activate it counts as a use");
    change.commit().await.unwrap();
    assert_eq!(found(&store, &forgotten).await.state, KeyState::Active);
}

pub(crate) async fn a_key_is_bound_to_the_environment_it_was_issued_in(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    let id = issue(&store, &KeyTerms::of("north")).await;
    for (environment, tenant) in [("test", None), ("production", Some("north"))] {
        run(&store, &format!("UPDATE organizations SET environment = '{environment}'")).await;
        assert_eq!(found(&store, &id).await.tenant.as_deref(), tenant, "{environment}");
    }
}

pub(crate) async fn a_guard_is_told_what_is_enabled(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    assert_eq!(said(&store, "north").await, Organization::Enabled(vec![("GET", "/v1/files").into()]));
    assert_eq!(said(&store, "south").await, Organization::Unknown);
    let mut change = store.begin().await.unwrap();
    assert!(change.disable("north", &("GET", "/v1/files").into()).await.unwrap());
    assert!(!change.disable("north", &("GET", "/v1/files").into()).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(said(&store, "north").await, Organization::Enabled(Vec::new()));
    let mut change = store.begin().await.unwrap();
    change.set_organization_active("north", false).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(said(&store, "north").await, Organization::Inactive);
    store.close().await;
    assert!(EnablementStore::organization(&store, "north").await.is_err(), "503, and not what was true before");
}

pub(crate) async fn what_is_not_committed_is_not_done_and_what_cannot_be_says_why(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    let mut change = store.begin().await.unwrap();
    change.create_organization("south", Environment::Test).await.unwrap();
    drop(change);
    let names: Vec<String> = store.organizations().await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["north"]);

    let mut change = store.begin().await.unwrap();
    for name in ["", " north", "north\n", &"n".repeat(65)] {
        let error = change.create_organization(name, Environment::Test).await.unwrap_err();
        assert!(matches!(error, Error::OrganizationName(_)), "{name:?}: {error}");
    }
    let error = change.create_organization("north", Environment::Test).await.unwrap_err();
    assert_eq!(error.to_string(), "there is an organization `north` already");
    let error = change.enable("nroth", [("GET", "/v1/files")]).await.unwrap_err();
    assert!(matches!(&error, Error::UnknownOrganization { known, .. } if *known == ["north"]), "{error}");
    let terms = KeyTerms::of("north").with_scopes(["files:read", "admin"]);
    let error = change.issue_key(&terms).await.unwrap_err();
    assert_eq!(error.to_string(), "keys of organization `north` may not hold `admin`");
    for scope in ["", "a b", "\""] {
        let error = change.allow_scopes("north", [scope]).await.unwrap_err();
        assert!(matches!(error, Error::ScopeName(_)), "{error}");
        let error = change.issue_key(&KeyTerms::new().with_scopes([scope])).await.unwrap_err();
        assert!(matches!(error, Error::ScopeName(_)), "{error}");
    }
}

pub(crate) async fn a_change_by_whomever_is_seen_by_the_next_look_up_and_a_use_changes_nothing(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    let id = issue(&store, &KeyTerms::of("north").with_scopes(["files:read"])).await;
    // Another node, which tells the first nothing by itself.
    let beside = database.open().await;

    let mut last = known(&store).await;
    for change in [
        "UPDATE keys SET revoked_at = 1",
        "UPDATE keys SET active = FALSE",
        "UPDATE keys SET expires_at = 1",
        "UPDATE keys SET organization = NULL",
        "INSERT INTO key_scopes (key, scope) SELECT id, 'files:write' FROM keys",
        "UPDATE key_scopes SET scope = 'files:list' WHERE scope = 'files:write'",
        "DELETE FROM key_scopes",
        "INSERT INTO enabled_routes VALUES ('north', 'PUT', '/v1/files')",
        "UPDATE enabled_routes SET method = 'POST' WHERE method = 'PUT'",
        "DELETE FROM enabled_routes",
        "DELETE FROM allowed_scopes WHERE scope = 'files:write'",
        "INSERT INTO allowed_scopes VALUES ('north', 'files:list')",
        "UPDATE organizations SET active = FALSE",
        "UPDATE organizations SET environment = 'test'",
        "DELETE FROM keys",
        "DELETE FROM organizations",
        "INSERT INTO organizations (name, environment, created_at) VALUES ('south', 'test', 1)",
    ] {
        run(&beside, change).await;
        // The file system tells of a write at once, and PostgreSQL after its notice has come.
        tokio::time::sleep(database.notice()).await;
        assert_ne!(revision(&store), Some(last), "{change}: the next look-up repeats nothing");
        let next = known(&store).await;
        assert_ne!(next, last, "{change}: nor does any later one");
        last = next;
    }

    let hash = database.zeros();
    let key = "INSERT INTO keys (id, environment, secret_hash, created_at)";
    run(&beside, &format!("{key} VALUES ('{id}', 'test', {hash}, 1)")).await;
    assert_eq!(known(&store).await, last, "nobody keeps that a key was not there");
    KeyStore::accepted(&store, &id);
    store.begin().await.unwrap().commit().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(store.keys(None).await.unwrap().pop().unwrap().last_used_at.is_some(), "the use was written");
    assert_eq!(known(&store).await, last, "a use drops nothing that is kept");
    // By this process: at once, also where the file system tells nothing.
    with_north(&store).await;
    assert_ne!(revision(&store), Some(last));
    store.close().await;
}

pub(crate) async fn once_the_database_is_gone_nothing_that_was_read_of_it_holds(database: Database) {
    let store = database.open().await;
    known(&store).await;
    store.close().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(revision(&store), None);
}

pub(crate) async fn what_a_database_lacks_is_told_and_nothing_is_changed_in_it(database: Database) {
    let due = async || Store::due_migrations(database.url()).await.map_err(|error| error.to_string());
    for _ in 0..2 {
        match (&database.kind, due().await) {
            (Kind::Sqlite(_), Err(error)) => assert!(error.contains("there is no database"), "{error}"),
            (Kind::Postgres, Ok(due)) => assert_eq!(due, [1, 2], "and still so: no table was made"),
            (_, other) => panic!("{other:?}"),
        }
    }
    let store = database.open().await;
    assert_eq!(due().await, Ok(Vec::new()), "while it is open");
    run(&store, "DELETE FROM policy_store_migrations").await;
    assert_eq!(due().await, Ok(vec![1, 2]));
    store.close().await;
    let closed = due().await;
    assert_eq!(closed, Ok(vec![1, 2]));

    let zeros = database.zeros();
    let newer = format!(
        "INSERT INTO policy_store_migrations (version, description, success, checksum, execution_time) \
         VALUES (7, 'newer', TRUE, {zeros}, 1)"
    );
    for (change, said) in [
        (&*newer, "has the migration 7, which this version does not know"),
        ("UPDATE policy_store_migrations SET version = 1", "migration 1 was previously applied but has been modified"),
        ("UPDATE policy_store_migrations SET success = FALSE", "migration 1 is partially applied"),
    ] {
        database.execute(change).await;
        let told = due().await.unwrap_err();
        assert!(told.contains(said), "{told}");
    }
}

pub(crate) async fn tables_that_an_application_had_before_are_taken_over_and_its_own_stay(database: Database) {
    const OWN: &str = "CREATE TABLE organizations (name TEXT NOT NULL PRIMARY KEY, environment TEXT NOT NULL, \
                       active BOOLEAN NOT NULL DEFAULT TRUE, created_at BIGINT NOT NULL, sector TEXT); \
                       INSERT INTO organizations VALUES ('north', 'production', TRUE, 1, 'health'); \
                       CREATE TABLE visits (organization TEXT NOT NULL REFERENCES organizations (name));";
    let own = |sql: &'static str| {
        let own = Migration::new(1, "own".into(), MigrationType::Simple, sql.into_sql_str(), false);
        Migrator::with_migrations(vec![own])
    };
    for _ in 0..2 {
        let store = Store::open_with(database.url(), format(), Missing::Create, &own(OWN)).await.unwrap();
        assert_eq!(store.organization("north").await.unwrap().environment, Environment::Production);
        let mut change = store.begin().await.unwrap();
        change.enable("north", [("GET", "/v1/files")]).await.unwrap();
        let visit = "INSERT INTO visits VALUES ('north')";
        match change.connection() {
            Connection::Sqlite(connection) => sqlx::query(visit).execute(connection).await.map(drop),
            Connection::Postgres(connection) => sqlx::query(visit).execute(connection).await.map(drop),
            other => panic!("{other:?}"),
        }
        .unwrap();
        change.commit().await.unwrap();
        let routes: Vec<EnabledRoute> = store.organization("north").await.unwrap().routes;
        assert_eq!(routes.first().unwrap().to_string(), "GET /v1/files");
        store.close().await;
    }
    let changed = own("CREATE TABLE visits (organization TEXT)");
    let error = Store::open_with(database.url(), format(), Missing::Create, &changed).await.unwrap_err();
    assert!(matches!(error, Error::Migration { .. }), "a migration that was applied must not change: {error}");
}

pub(crate) async fn a_look_up_is_one_statement_that_finds_all_by_indexes(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    issue(&store, &KeyTerms::of("north").with_scopes(["files:read"])).await;
    for statement in plan::STATEMENTS {
        let plan = plan::of(&store, statement, plan::Rows::Few).await;
        assert!(plan::is_by_indexes(&plan), "{statement}\n{plan}");
    }
    let all = plan::of(&store, "SELECT id FROM keys WHERE environment = $1", plan::Rows::Few).await;
    assert!(!plan::is_by_indexes(&all), "this would notice a scan: {all}");
}

pub(crate) async fn a_successor_takes_the_place_of_a_key_and_both_are_good_for_the_overlap(database: Database) {
    let store = database.open().await;
    with_north(&store).await;
    let terms = KeyTerms::of("north").with_scopes(["files:read", "files:write"]);
    let in_a_day = SystemTime::now() + DAY;
    let id = issue(&store, &terms.clone().with_expiry(in_a_day)).await;
    let mut last = known(&store).await;

    let mut change = store.begin().await.unwrap();
    change.disallow_scopes("north", ["files:write"]).await.unwrap();
    let rotation = change.rotate_key(&id, DAY / 2, None).await.unwrap();
    change.commit().await.unwrap();
    assert_ne!(revision(&store), Some(last), "the old key's end is news");
    let (old, new) = (found(&store, &id).await, found(&store, rotation.key.id()).await);
    let seconds = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!((old.state, old.expires_at), (KeyState::Active, Some(seconds(rotation.predecessor_ends_at))));
    let overlap = rotation.predecessor_ends_at.duration_since(SystemTime::now()).unwrap();
    assert!(overlap <= DAY / 2 && overlap > DAY / 2 - Duration::from_secs(60), "{overlap:?}");
    assert_eq!((&*new.scopes, new.tenant.as_deref()), ("files:read", Some("north")), "what is still allowed");
    let lifetime = rotation.terms.expires_at.unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(lifetime <= DAY && lifetime > DAY - Duration::from_secs(60), "as long as the old one: {lifetime:?}");

    // Its own end is not put off, and an end that is asked for counts.
    let mut change = store.begin().await.unwrap();
    let later = in_a_day + 9 * DAY;
    let next = change.rotate_key(rotation.key.id(), 90 * DAY, Some(later)).await.unwrap();
    assert_eq!(next.terms.expires_at, Some(later));
    assert!(next.predecessor_ends_at <= in_a_day + Duration::from_secs(60));
    // Without an overlap, the old one ends at once.
    let over = change.rotate_key(next.key.id(), Duration::ZERO, None).await.unwrap();
    assert!(over.predecessor_ends_at <= SystemTime::now());
    let why = |error: Error| match error {
        Error::NoSuccessor(why) => why,
        other => panic!("{other}"),
    };
    let refused = change.rotate_key(next.key.id(), DAY, None).await.unwrap_err();
    assert_eq!(why(refused), NoSuccessor::Expired);
    change.set_key_active(over.key.id(), false).await.unwrap();
    assert_eq!(why(change.rotate_key(over.key.id(), DAY, None).await.unwrap_err()), NoSuccessor::Inactive);
    change.revoke_key(over.key.id()).await.unwrap();
    assert_eq!(why(change.rotate_key(over.key.id(), DAY, None).await.unwrap_err()), NoSuccessor::Revoked);
    let unknown = change.rotate_key("acme_sk_0123456789abcdef_whole", DAY, None).await.unwrap_err();
    assert!(matches!(unknown, Error::UnknownKey) && !unknown.to_string().contains("whole"), "{unknown}");
    change.commit().await.unwrap();
    last = known(&store).await;

    // A trial's key has no successor for the real thing.
    run(&store, "UPDATE organizations SET environment = 'test'").await;
    tokio::time::sleep(database.notice()).await;
    assert_ne!(known(&store).await, last);
    let mut change = store.begin().await.unwrap();
    assert_eq!(why(change.rotate_key(&id, DAY, None).await.unwrap_err()), NoSuccessor::AnotherEnvironment);
    // A key of nobody has one all the same.
    let nobodys = change.issue_key(&KeyTerms::new()).await.unwrap().id().to_owned();
    assert_eq!(change.rotate_key(&nobodys, DAY, None).await.unwrap().terms.expires_at, None);
}
