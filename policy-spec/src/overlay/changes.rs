//! Which operations overlays changed. Each is reported with what it required before and what it requires now.

use std::collections::HashMap;
use std::rc::Rc;

use policy_core::Access;

use crate::compare::{Change, Difference, Subject, Witness, compare};
use crate::context::Context;
use crate::document;
use crate::emit::Editable;
use crate::finding::{Code, Finding, Level};
use crate::model::{BeforeOverlays, OperationModel, PolicyModel, RemovedOperation};
use crate::source::{FileId, Span};
use crate::tree::Node;

/// Reports what overlays changed, and notes it in the model. `editable` says where each operation of the model is written.
pub(crate) fn tell_changes(
    context: &mut Context<'_>,
    original: &Rc<Node>,
    model: &mut PolicyModel,
    editable: &[Editable],
) {
    let names = context.files.overlays().map(|path| path.to_string_lossy().replace('\\', "/"));
    model.overlays = names.collect();
    let Some(mut before) = read_without(context, original) else { return };
    if before.base_path != model.base_path {
        let named = |path: &str| if path.is_empty() { "`/`".to_owned() } else { format!("`{path}`") };
        let message = format!("overlays move the API from {} to {}", named(&before.base_path), named(&model.base_path));
        let span = changed(context, &["servers"]).or(changed(context, &["basePath"])).unwrap_or(START);
        context.report(of(Level::Warning, span, message));
    }
    // An operation that only moved to another base path is still the same one.
    let served: HashMap<String, &String> =
        model.operations.iter().map(|operation| (operation.key(), &operation.path)).collect();
    for operation in &mut before.operations {
        if let Some(path) = served.get(&operation.key()) {
            operation.path.clone_from(path);
        }
    }
    for difference in compare(model, &before) {
        match difference.subject {
            Subject::CheckOrder => {
                let order = |model: &PolicyModel| model.check_order.map(|stage| stage.as_str()).join(", ");
                let message = format!("overlays change the check order from {} to {}", order(&before), order(model));
                let span = changed(context, &["x-check-order"]).unwrap_or(START);
                context.report(of(Level::Warning, span, message));
            }
            Subject::Scheme(name) => {
                let span = changed(context, &["components", "securitySchemes", &name])
                    .or(changed(context, &["securityDefinitions", &name]))
                    .unwrap_or(START);
                let message = format!("overlays make the scheme `{name}` one of another kind");
                context.report(of(Level::Warning, span, message));
            }
            // Overlays change the document, and the map is the configuration's.
            Subject::ScopeMap(..) => {}
            Subject::Operation(Some(here), there) => {
                let there = there.and_then(|there| before.operations.get(there));
                let Some(operation) = model.operations.get(here) else { continue };
                let finding = changed_operation(context, operation, there, &difference, editable.get(here));
                context.report(finding);
                let before =
                    there.map_or(BeforeOverlays::Absent, |there| BeforeOverlays::Declared(there.requirement.clone()));
                if let Some(operation) = model.operations.get_mut(here).filter(|_| !is_query(difference.change)) {
                    operation.before_overlays = Some(before);
                }
            }
            Subject::Operation(None, there) => {
                let Some(operation) = there.and_then(|there| before.operations.get(there)) else { continue };
                let span =
                    changed(context, &["paths", &operation.template]).or(changed(context, &["paths"])).unwrap_or(START);
                let written = operation.spans.first().copied().unwrap_or(span);
                let message = format!("overlays remove `{}`", operation.key());
                let finding = of(Level::Note, written, message).label(format!("before: {}", operation.requirement));
                context.report(finding.also(span, "by this action, or by one before it"));
                model.removed.push(RemovedOperation { key: operation.key(), before: operation.requirement.clone() });
            }
        }
    }
}

const START: Span = Span { file: FileId(0), start: 0, end: 0 };

/// The model of the document without its overlays, as far as it can be read. Its findings are dropped.
fn read_without(context: &mut Context<'_>, original: &Rc<Node>) -> Option<PolicyModel> {
    let mut other = Context::empty(context.settings);
    let overlaid = context.root()?;
    std::mem::swap(&mut other.sources, &mut context.sources);
    std::mem::swap(&mut other.files, &mut context.files);
    other.files.set_root(Rc::clone(original));
    let read = document::lower(&mut other, original);
    std::mem::swap(&mut other.sources, &mut context.sources);
    std::mem::swap(&mut other.files, &mut context.files);
    context.files.set_root(overlaid);
    read.map(|(model, _)| model)
}

/// Where overlays changed the value at this path of keys. `None` if no such value is there.
fn changed(context: &Context<'_>, path: &[&str]) -> Option<Span> {
    let mut node = context.root()?;
    let mut last = node.changed_by();
    for key in path {
        let entry = node.entry(key)?.clone();
        last = if context.files.is_overlay(entry.key_span.file) {
            Some(entry.key_span)
        } else if context.files.is_overlay(entry.value.span.file) {
            Some(entry.value.span)
        } else {
            entry.value.changed_by().or(last)
        };
        node = entry.value;
    }
    last
}

fn of(level: Level, span: Span, message: String) -> Finding {
    Finding { level, ..Finding::new(Code::OverlayChangesRequirement, span, message) }
}

fn is_query(change: Change) -> bool {
    matches!(change, Change::QueryWidened | Change::QueryNarrowed | Change::QueryIncomparable)
}

fn changed_operation(
    context: &Context<'_>,
    operation: &OperationModel,
    before: Option<&OperationModel>,
    difference: &Difference,
    editable: Option<&Editable>,
) -> Finding {
    let key = operation.key();
    let undeclared = before.is_none_or(|before| before.access().is_none());
    let level = match difference.change {
        Change::Narrowed | Change::QueryNarrowed | Change::QueryWidened | Change::QueryIncomparable => Level::Note,
        // Before, nobody could call the operation. Now callers with a credential can.
        Change::Added | Change::Widened if undeclared && operation.access() == Some(Access::Required) => Level::Note,
        _ => Level::Warning,
    };
    let message = match difference.change {
        Change::Added => format!("overlays add `{key}`"),
        Change::Widened if undeclared => format!("overlays declare who may call `{key}`"),
        Change::Widened => format!("overlays let more callers use `{key}`"),
        Change::Narrowed => format!("overlays let fewer callers use `{key}`"),
        Change::Incomparable => format!("overlays let other callers use `{key}`"),
        Change::QueryWidened => format!("overlays let `{key}` take more query keys"),
        Change::QueryNarrowed => format!("overlays let `{key}` take fewer query keys"),
        Change::QueryIncomparable => format!("overlays let `{key}` take other query keys"),
        _ => format!("overlays change what `{key}` requires"),
    };
    let span = operation.spans.first().copied().unwrap_or(START);
    let finding = of(level, span, message);
    let finding = match (is_query(difference.change), before) {
        (true, _) => finding,
        (false, None) => finding.label(format!("now: {}", operation.requirement)),
        (false, Some(before)) => {
            finding.label(format!("before: {}; now: {}", before.requirement, operation.requirement))
        }
    };
    let told = |witness: &Option<Witness>, what: &str| {
        witness.as_ref().filter(|_| !undeclared).map(|witness| format!("{witness} is {what} now"))
    };
    let verbs = if is_query(difference.change) { ("taken", "refused") } else { ("let in", "refused") };
    let proofs = [told(&difference.gained, verbs.0), told(&difference.lost, verbs.1)];
    let proofs: Vec<String> = proofs.into_iter().flatten().collect();
    let label = if proofs.is_empty() { "by this action".to_owned() } else { proofs.join("; ") };
    match cause(context, operation, editable) {
        Some(cause) if cause != span => finding.also(cause, label),
        _ => finding,
    }
}

/// What an overlay wrote of the requirement, or the action that changed the operation.
fn cause(context: &Context<'_>, operation: &OperationModel, editable: Option<&Editable>) -> Option<Span> {
    let written = operation.alternative_spans.iter().chain(&operation.reasons);
    let in_overlay = |span: &&Span| context.files.is_overlay(span.file);
    written
        .filter(in_overlay)
        .copied()
        .next()
        .or_else(|| editable.and_then(|editable| editable.changed_by))
        .or_else(|| changed(context, &["security"]))
}
