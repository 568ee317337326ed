//! The audit as JSON, by version 1 of its schema: `docs/audit.schema.json` states it, `docs/audit.md` explains it.

use policy_spec::{AlternativeModel, BeforeOverlays, OperationModel, QueryModel, RemovedOperation};
use serde::{Serialize, Serializer};

use super::view::View;
use crate::failure::Failure;
use crate::finding_json::{FindingJson, findings};

/// Raised when a field changes its meaning or goes away; a field that is added does not raise it.
const SCHEMA_VERSION: u32 = 1;

/// The audit, indented, for files and diffs.
pub(super) fn render(view: &View<'_>) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(&Report::of(view)).map_err(unwritable)?;
    text.push('\n');
    Ok(text)
}

/// The audit in one line.
pub(super) fn compact(view: &View<'_>) -> Result<String, Failure> {
    serde_json::to_string(&Report::of(view)).map_err(unwritable)
}

pub(super) fn unwritable(error: serde_json::Error) -> Failure {
    Failure::new(format!("the audit cannot be written as JSON: {error}"))
}

#[derive(Serialize)]
struct Report<'v> {
    schema_version: u32,
    document: &'v str,
    openapi: &'v str,
    fingerprint: String,
    complete: bool,
    check_order: Vec<&'static str>,
    overlays: &'v [String],
    removed: Vec<Removed<'v>>,
    findings: Vec<FindingJson<'v>>,
    operations: Vec<Operation<'v>>,
    scopes: Vec<Scope<'v>>,
}

impl<'v> Report<'v> {
    fn of(view: &'v View<'_>) -> Self {
        let loaded = view.loaded;
        Self {
            schema_version: SCHEMA_VERSION,
            document: &view.document,
            openapi: &view.model.openapi,
            fingerprint: view.model.fingerprint(),
            complete: loaded.is_complete(),
            check_order: view.check_order(),
            overlays: &view.model.overlays,
            removed: view.model.removed.iter().map(Removed::of).collect(),
            findings: findings(loaded),
            operations: view.model.operations.iter().map(Operation::of).collect(),
            scopes: view
                .scopes()
                .map(|(scope, needed_by)| Scope {
                    name: &scope.name,
                    description: scope.description.as_deref(),
                    declared: scope.declared,
                    operations: needed_by.into_iter().map(OperationModel::key).collect(),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Operation<'v> {
    method: &'v str,
    path: &'v str,
    template: &'v str,
    operation_id: Option<&'v str>,
    access: &'static str,
    alternatives: Vec<Alternative<'v>>,
    query: Query<'v>,
    public_reason: Option<&'v str>,
    before_overlays: Option<Before<'v>>,
}

impl<'v> Operation<'v> {
    fn of(operation: &'v OperationModel) -> Self {
        Self {
            method: &operation.method,
            path: &operation.path,
            template: &operation.template,
            operation_id: operation.operation_id.as_deref(),
            access: operation.access.as_str(),
            alternatives: operation.alternatives.iter().map(Alternative::of).collect(),
            query: Query::of(&operation.query),
            public_reason: operation.public_reason.as_deref(),
            before_overlays: operation.before_overlays.as_ref().map(Before::of),
        }
    }
}

/// What the document says without its overlays.
#[derive(Serialize)]
struct Before<'v> {
    /// Nothing, where the document has no such operation.
    access: Option<&'static str>,
    alternatives: Vec<Alternative<'v>>,
}

impl<'v> Before<'v> {
    fn of(before: &'v BeforeOverlays) -> Self {
        match before {
            BeforeOverlays::Absent => Self { access: None, alternatives: Vec::new() },
            BeforeOverlays::Declared { access, alternatives } => {
                Self { access: Some(access.as_str()), alternatives: alternatives.iter().map(Alternative::of).collect() }
            }
        }
    }
}

#[derive(Serialize)]
struct Removed<'v> {
    method: &'v str,
    template: &'v str,
    before_overlays: Before<'v>,
}

impl<'v> Removed<'v> {
    fn of(removed: &'v RemovedOperation) -> Self {
        let (method, template) = removed.key.split_once(' ').unwrap_or(("", &removed.key));
        Self { method, template, before_overlays: Before::of(&removed.before) }
    }
}

#[derive(Serialize)]
struct Alternative<'v> {
    anonymous: bool,
    #[serde(serialize_with = "in_order")]
    schemes: &'v [(String, Vec<String>)],
    extension: &'v [String],
}

impl<'v> Alternative<'v> {
    fn of(alternative: &'v AlternativeModel) -> Self {
        Self { anonymous: alternative.anonymous, schemes: &alternative.schemes, extension: &alternative.extension }
    }
}

/// A mapping whose keys keep the document's order.
fn in_order<S: Serializer>(schemes: &[(String, Vec<String>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(schemes.iter().map(|(scheme, scopes)| (scheme, scopes)))
}

#[derive(Serialize)]
struct Query<'v> {
    names: &'v [String],
    prefixes: &'v [String],
    any: bool,
}

impl<'v> Query<'v> {
    fn of(query: &'v QueryModel) -> Self {
        Self { names: &query.names, prefixes: &query.prefixes, any: query.any }
    }
}

#[derive(Serialize)]
struct Scope<'v> {
    name: &'v str,
    description: Option<&'v str>,
    declared: bool,
    operations: Vec<String>,
}
