//! How a database finds what a look-up asks for.

use policy_store::sqlx::{self, AssertSqlSafe};
use policy_store::{Pool, Store};

/// What a guard asks: of a key, and of an organization.
pub(crate) const STATEMENTS: [&str; 2] =
    [include_str!("../../src/statements/key.sql"), include_str!("../../src/statements/enabled.sql")];

/// How full the tables are. PostgreSQL reads a table of few rows as a whole, whatever indexes there are, unless it is told not to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Few,
    Many,
}

/// The plan of a statement, in the database's own words.
pub(crate) async fn of(store: &Store, statement: &str, rows: Rows) -> String {
    let steps: Vec<String> = match store.pool() {
        Pool::Sqlite(pool) => {
            let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan).bind("x").fetch_all(pool).await.unwrap();
            steps.into_iter().map(|step| step.3).collect()
        }
        Pool::Postgres(pool) => {
            let mut begun = pool.begin().await.unwrap();
            if rows == Rows::Few {
                sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *begun).await.unwrap();
            }
            let plan = AssertSqlSafe(format!("EXPLAIN {}", statement.replace("$1", "'x'")));
            sqlx::query_scalar(plan).fetch_all(&mut *begun).await.unwrap()
        }
        other => panic!("{other:?}"),
    };
    steps.join("\n")
}

/// Whether no table is read as a whole.
pub(crate) fn is_by_indexes(plan: &str) -> bool {
    !plan.contains("SCAN ") && !plan.contains("Seq Scan") && (plan.contains("SEARCH ") || plan.contains("Index"))
}
