//! The table for programs: one JSON object. Its schema is documented in `docs/scopes.md`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Row, Table};
use crate::check::json::pretty;
use crate::exit::Exit;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct TableJson<'t> {
    schema_version: u32,
    document: &'t str,
    fingerprint: &'t str,
    by: &'static str,
    passed: bool,
    clients: Vec<Value>,
    unread: u64,
    further: u64,
}

pub(crate) fn json(table: &Table<'_>) -> Result<String, Failure> {
    pretty(&TableJson {
        schema_version: SCHEMA_VERSION,
        document: &table.document,
        fingerprint: &table.fingerprint,
        by: table.by.code(),
        passed: table.exit() == Exit::Clean,
        clients: table.rows.iter().map(row).collect(),
        unread: table.unread,
        further: table.further,
    })
}

fn row(row: &Row<'_>) -> Value {
    let operations: Vec<String> = row.facts.operations.iter().map(|operation| operation.served_key()).collect();
    let sets = row.facts.sets.as_ref().map(|sets| sets.iter().map(|set| &set.0).collect::<Vec<_>>());
    let excess = row.excess().iter().map(|(scheme, scope)| json!({ "scheme": scheme, "scope": scope }));
    let missing = row.missing().iter().map(|(scheme, scope)| json!({ "scheme": scheme, "scope": scope }));
    json!({
        "client": row.client,
        "told": row.told.code(),
        "why": row.why,
        "operations": operations,
        "sets": sets,
        "held": row.held().map(|held| &held.0),
        "excess": excess.collect::<Vec<Value>>(),
        "missing": missing.collect::<Vec<Value>>(),
        "lines": row.lines,
        "first_unix_ms": row.first,
        "last_unix_ms": row.last,
    })
}
