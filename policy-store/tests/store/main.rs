//! What is stored of keys and organizations, what a guard is told of it, and when a change counts: the same on each database.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use std::time::Duration;

use policy_http::KeyFormat;
use policy_store::sqlx::{self, AssertSqlSafe, Connection as _};
use policy_store::{Missing, Store};

/// Each behaviour by its name, for a macro that makes tests of them.
macro_rules! behaviours {
    ($each:ident) => {
        $each! {
            a_guard_is_told_what_a_key_is_and_in_which_state
            a_key_is_bound_to_the_environment_it_was_issued_in
            a_guard_is_told_what_is_enabled
            what_is_not_committed_is_not_done_and_what_cannot_be_says_why
            a_change_by_whomever_is_seen_by_the_next_look_up_and_a_use_changes_nothing
            once_the_database_is_gone_nothing_that_was_read_of_it_holds
            a_look_up_is_one_statement_that_finds_all_by_indexes
            a_successor_takes_the_place_of_a_key_and_both_are_good_for_the_overlap
            a_receiver_is_approved_for_what_is_enabled_and_stays_one_by_its_successors
            receivers_that_an_application_had_before_are_kept
            the_least_is_issued_where_it_is_the_only_one_and_allowed
            what_a_database_lacks_is_told_and_nothing_is_changed_in_it
            tables_that_an_application_had_before_are_taken_over_and_its_own_stay
        }
    };
}
pub(crate) use behaviours;

mod behaviour;
#[path = "../../../policy-core/tests/fixture/mod.rs"]
#[allow(
    dead_code,
    unused_macros,
    unreachable_pub,
    missing_docs,
    clippy::allow_attributes_without_reason,
    reason = "the fixture serves several tests"
)]
mod files;
mod million;
mod plan;
mod postgres;
mod receivers;
mod server;
mod sqlite;

/// An empty database of one test.
pub(crate) struct Database {
    url: String,
    kind: Kind,
}

pub(crate) enum Kind {
    Sqlite(#[expect(dead_code, reason = "it removes the file at the end")] sqlite::File),
    Postgres,
}

impl Database {
    fn url(&self) -> &str {
        &self.url
    }

    async fn open(&self) -> Store {
        Store::open(&self.url, format(), Missing::Create).await.unwrap()
    }

    /// Runs a statement as another program could, whatever state the tables are in.
    async fn execute(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.kind {
            Kind::Sqlite(_) => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query(statement).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::query(statement).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// How long it may take until another process knows of a change.
    fn notice(&self) -> Duration {
        match self.kind {
            Kind::Sqlite(_) if cfg!(unix) => Duration::ZERO,
            Kind::Sqlite(_) => Duration::from_millis(1_100),
            Kind::Postgres => Duration::from_millis(300),
        }
    }

    /// So many numbers from zero as a table `numbers`, a number as the id of a key, and 32 bytes, in the database's SQL.
    fn numbers(&self, count: u32) -> (String, &'static str, &'static str) {
        let (numbers, id) = match self.kind {
            Kind::Sqlite(_) => (
                format!(
                    "(WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {count}) SELECT n FROM n) numbers"
                ),
                "printf('%016x', n)",
            ),
            Kind::Postgres => (format!("generate_series(0, {count} - 1) AS numbers (n)"), "lpad(to_hex(n), 16, '0')"),
        };
        (numbers, id, self.zeros())
    }

    /// 32 bytes, as the database's SQL writes them.
    fn zeros(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite(_) => "zeroblob(32)",
            Kind::Postgres => "decode(repeat('00', 32), 'hex')",
        }
    }
}

fn format() -> KeyFormat {
    KeyFormat::new("acme_sk").unwrap()
}
