//! The audit as JSON, by version 1 of its schema. `docs/audit.schema.json` is the schema, and `docs/audit.md` explains it.

use policy_spec::{
    AlternativeFacts, AsNobody, BeforeOverlays, OperationModel, QueryFacts, RemovedOperation, RequirementFacts,
    ScopeMapping,
};
use serde::Serialize;

use super::view::View;
use crate::failure::Failure;
use crate::finding_json::{FindingJson, findings};

/// The version of the schema. It is raised when a field changes its meaning or is removed, and not when one is added.
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

pub(crate) fn unwritable(error: serde_json::Error) -> Failure {
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
    scope_map: &'v [ScopeMapping],
    as_nobody: Vec<CountsAsNobody<'v>>,
}

/// A scheme of which some credentials count as nobody.
#[derive(Serialize)]
struct CountsAsNobody<'v> {
    scheme: &'v str,
    credentials: AsNobody,
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
            scope_map: &view.model.scope_map,
            as_nobody: view
                .as_nobody()
                .map(|scheme| CountsAsNobody { scheme: &scheme.name, credentials: scheme.as_nobody })
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Operation<'v> {
    method: &'v str,
    path: &'v str,
    template: &'v str,
    operation_id: Option<&'v str>,
    access: &'static str,
    alternatives: &'v [AlternativeFacts],
    query: &'v QueryFacts,
    public_reason: Option<&'v str>,
    before_overlays: Option<Before<'v>>,
}

impl<'v> Operation<'v> {
    /// For a page with routes of two documents, of which only the paths as they are served tell one from another.
    pub(crate) fn by_path(operation: &'v OperationModel) -> Self {
        Self { template: &operation.path, ..Self::of(operation) }
    }

    fn of(operation: &'v OperationModel) -> Self {
        Self {
            method: &operation.method,
            path: &operation.path,
            template: &operation.template,
            operation_id: operation.operation_id.as_deref(),
            access: operation.requirement.access_word(),
            alternatives: operation.alternatives(),
            query: &operation.query,
            public_reason: operation.public_reason.as_deref(),
            before_overlays: operation.before_overlays.as_ref().map(Before::of),
        }
    }
}

/// What the document says without its overlays.
#[derive(Serialize)]
struct Before<'v> {
    /// `None` if the document has no such operation.
    access: Option<&'static str>,
    alternatives: &'v [AlternativeFacts],
}

impl<'v> Before<'v> {
    fn of(before: &'v BeforeOverlays) -> Self {
        match before {
            BeforeOverlays::Absent => Self { access: None, alternatives: &[] },
            BeforeOverlays::Declared(requirement) => Self::declared(requirement),
        }
    }

    fn declared(requirement: &'v RequirementFacts) -> Self {
        Self { access: Some(requirement.access_word()), alternatives: requirement.alternatives() }
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
        Self { method, template, before_overlays: Before::declared(&removed.before) }
    }
}

#[derive(Serialize)]
pub(crate) struct Scope<'v> {
    pub(crate) name: &'v str,
    pub(crate) description: Option<&'v str>,
    pub(crate) declared: bool,
    pub(crate) operations: Vec<String>,
}
