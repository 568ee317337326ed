//! Paths and their operations.

use std::rc::Rc;

use openapiv3::Operation;

use crate::context::Context;
use crate::keys::{METHODS, Place, check_keys};
use crate::model::{OperationModel, SchemeKind};
use crate::query::{QueryParameter, allow_list, parameters};
use crate::requirement::{Requirements, combine, extension, requirements};
use crate::schemes::Schemes;
use crate::server::Base;
use crate::source::Span;
use crate::template;
use crate::tree::{Entry, Kind, Node};

/// What holds for the whole document.
pub(crate) struct Shared<'d> {
    pub(crate) openapi: &'d str,
    pub(crate) schemes: &'d Schemes,
    pub(crate) security: Option<&'d Requirements>,
    pub(crate) base: &'d Base,
}

/// The operations of the document in its order, each with the place of its path key and of its required scopes.
#[derive(Default)]
pub(crate) struct Operations {
    pub(crate) models: Vec<OperationModel>,
    pub(crate) templates: Vec<Span>,
    /// Every scope that is required somewhere, with a place.
    pub(crate) required: Vec<(String, Span)>,
    /// Every method and template, those with errors too, so that a follow-up to one of them is not a second error.
    pub(crate) declared: Vec<(String, String, Option<String>)>,
}

/// Reads `paths`.
pub(crate) fn operations(context: &mut Context<'_>, root: &Node, shared: &Shared<'_>) -> Operations {
    let mut operations = Operations::default();
    let Some(paths) = root.get("paths").cloned() else { return operations };
    let Some(entries) = paths.entries() else {
        context.invalid(&paths, "`paths`", "a mapping of path templates to path items");
        return operations;
    };
    check_keys(context, &paths, Place::Paths);
    for entry in entries {
        if entry.key.starts_with("x-") {
            continue;
        }
        if template::check(context, &entry.key, entry.key_span) {
            path_item(context, entry, shared, &mut operations);
        }
    }
    template::check_overlaps(context, &operations.models, &operations.templates);
    operations
}

fn path_item(context: &mut Context<'_>, path: &Entry, shared: &Shared<'_>, operations: &mut Operations) {
    let Some(item) = context.follow_alone(&path.value, "a path item") else { return };
    if item.is_null() {
        return;
    }
    let Some(entries) = item.entries() else {
        context.invalid(&item, "the path item", "a mapping of methods to operations");
        return;
    };
    check_keys(context, &item, Place::PathItem);
    shared.base.check_override(context, item.get("servers"));
    let inherited = parameters(context, item.get("parameters"));
    for entry in entries.iter().filter(|entry| METHODS.contains(&entry.key.as_str())) {
        operation(context, path, entry, &inherited, shared, operations);
    }
}

fn operation(
    context: &mut Context<'_>,
    path: &Entry,
    method: &Entry,
    inherited: &[QueryParameter],
    shared: &Shared<'_>,
    operations: &mut Operations,
) {
    let name = method.key.to_ascii_uppercase();
    let key = format!("{name} {}", path.key);
    let Some(node) = context.follow_alone(&method.value, "an operation") else { return };
    if node.entries().is_none() {
        context.invalid(&node, &format!("`{key}`"), "a mapping");
        return;
    }
    check_keys(context, &node, Place::Operation);
    shared.base.check_override(context, node.get("servers"));
    let typed = typed(context, &node, method.key_span);
    let own = node
        .entry("security")
        .map(|entry| requirements(context, &entry.value, entry.key_span, shared.schemes, shared.openapi));
    let required = node.entry(&context.settings.extension).map(|entry| extension(context, &entry.value));
    let query = parameters(context, node.get("parameters"));
    let operation_id = typed.as_ref().and_then(|typed| typed.operation_id.clone());
    operations.declared.push((name.clone(), path.key.clone(), operation_id.clone()));
    if let Some(Some(required)) = &required {
        operations.required.extend(required.scopes.iter().cloned());
    }
    // After an error in one of them nothing is concluded from the rest.
    let (own, required) = match (own, required) {
        (Some(None), _) | (_, Some(None)) => return,
        (own, required) => (own.flatten(), required.flatten()),
    };
    let security = own.as_ref().or(shared.security);
    if let Some(security) = security {
        let scopes = security
            .alternatives
            .iter()
            .flat_map(|alternative| alternative.schemes.iter().flat_map(|(_, scopes)| scopes));
        operations.required.extend(scopes.map(|scope| (scope.clone(), security.span)));
    }
    let decided = combine(context, (&key, method.key_span), security, required.as_ref(), shared.schemes);
    let (Some(typed), Some((access, alternatives))) = (typed, decided) else { return };
    let credentials = alternatives.iter().flat_map(|alternative| &alternative.schemes).filter_map(|(scheme, _)| {
        match &shared.schemes.find(scheme)?.kind {
            Some(SchemeKind::ApiKeyQuery(name)) => Some(name.clone()),
            _ => None,
        }
    });
    operations.models.push(OperationModel {
        method: name,
        template: path.key.clone(),
        operation_id,
        summary: typed.summary,
        access,
        query: allow_list(inherited, &query, credentials),
        alternatives,
        location: context.location(method.key_span),
        scopes_location: required
            .map(|required| required.span)
            .or(own.map(|own| own.span))
            .map(|span| context.location(span)),
    });
    operations.templates.push(path.key_span);
}

/// The operation without what policy does not need: bodies, responses and callbacks may hold anything.
fn typed(context: &mut Context<'_>, node: &Rc<Node>, span: Span) -> Option<Operation> {
    let responses = Node { span, kind: Kind::Mapping(Vec::new()) };
    let mut kept: Vec<(&str, &Node)> =
        ["operationId", "summary", "deprecated"].into_iter().filter_map(|key| Some((key, &**node.get(key)?))).collect();
    kept.push(("responses", &responses));
    context.typed(span, "the operation", kept)
}
