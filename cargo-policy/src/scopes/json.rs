//! The scopes for programs: one JSON object. Its schema is documented in `docs/scopes.md`.

use policy_spec::OperationModel;
use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use crate::check::json::pretty;
use crate::exit::Exit;
use crate::failure::Failure;

/// The version of the schema. It is raised when a key changes its meaning or is removed, and not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct ScopesJson<'r> {
    schema_version: u32,
    document: &'r str,
    fingerprint: &'r str,
    passed: bool,
    operations: Vec<Value>,
    open: Vec<Value>,
    nobody: Vec<Value>,
    sets: Vec<Value>,
    closest: Option<usize>,
    missing: Vec<Value>,
    excess: Vec<Value>,
}

fn operation(operation: &&OperationModel) -> Value {
    let at = operation.scopes_location.as_ref().unwrap_or(&operation.location);
    json!({
        "operation": operation.served_key(),
        "operation_id": operation.operation_id,
        "file": at.file,
        "line": at.line,
        "column": at.column,
    })
}

pub(super) fn json(report: &Report<'_>) -> Result<String, Failure> {
    let all = |operations: &[&OperationModel]| operations.iter().map(operation).collect::<Vec<Value>>();
    let sets = report.sets.iter().map(|set| {
        let because = set.because.iter().map(|(scheme, scope, operations)| {
            let scope = Some(scope).filter(|scope| !scope.is_empty());
            json!({ "scheme": scheme, "scope": scope, "operations": all(operations) })
        });
        json!({ "schemes": set.grant.0, "because": because.collect::<Vec<Value>>() })
    });
    let missing = report.compared.iter().flat_map(|compared| &compared.missing);
    let excess = report.compared.iter().flat_map(|compared| &compared.excess);
    pretty(&ScopesJson {
        schema_version: SCHEMA_VERSION,
        document: &report.document,
        fingerprint: &report.fingerprint,
        passed: report.exit() == Exit::Clean,
        operations: all(&report.called),
        open: all(&report.open),
        nobody: all(&report.nobody),
        sets: sets.collect(),
        closest: report.compared.as_ref().map(|compared| compared.closest),
        missing: missing.map(|(scheme, scope)| json!({ "scheme": scheme, "scope": scope })).collect(),
        excess: excess.map(|(scheme, scope)| json!({ "scheme": scheme, "scope": scope })).collect(),
    })
}
