//! Paths and their operations.

use std::rc::Rc;

use policy_core::owned::RequirementFacts;

use crate::combine::combine;
use crate::context::Context;
use crate::emit::Editable;
use crate::extension::required;
use crate::keys::{Place, check_keys, is_method};
use crate::model::{OperationModel, SchemeKind};
use crate::names::{Kind as NameKind, rust_name};
use crate::path_examples::path_examples;
use crate::path_key::{PathKey, path_key};
use crate::public::Public;
use crate::query::{QueryParameter, allow_list, parameters, unsupported};
use crate::requirement::{Requirements, requirements};
use crate::schemes::Schemes;
use crate::server::Base;
use crate::source::Span;
use crate::tree::{Entry, Kind, Node};
use crate::unserved;
use crate::version::Version;

/// What holds for the whole document.
pub(crate) struct Shared<'d> {
    pub(crate) version: Version,
    pub(crate) schemes: &'d Schemes,
    /// The document's own `security`. `Some(None)` if it cannot be read, so that nobody knows what operations inherit.
    pub(crate) security: Option<Option<&'d Requirements>>,
    /// Where it stands.
    pub(crate) root_security: Option<Span>,
    pub(crate) base: &'d Base,
}

/// The operations of the document in its order.
#[derive(Default)]
pub(crate) struct Operations {
    pub(crate) models: Vec<OperationModel>,
    /// Where the path key of each stands.
    pub(crate) templates: Vec<Span>,
    /// Where the `operationId` of each stands.
    pub(crate) ids: Vec<Option<Span>>,
    /// Where the text of each can be edited.
    pub(crate) editable: Vec<Editable>,
    /// Every scope that is required somewhere, with its places in document order.
    pub(crate) required: Vec<(String, Span)>,
    /// Whether an operation inherits the document's own `security`.
    inherits: bool,
    /// What the configuration says of operations.
    public: Public,
    /// Every method and template, also of operations with errors. A follow-up to one of those is not reported as a second error.
    pub(crate) declared: Vec<Declared>,
}

/// The method, the template and the `operationId` of an operation.
pub(crate) type Declared = (String, String, Option<String>);

/// What the operations of a path item share.
struct PathItem<'p> {
    key: &'p Entry,
    path: PathKey<'p>,
    base: String,
    parameters: Vec<Rc<QueryParameter>>,
    examples: Vec<(String, String)>,
}

/// Reads `paths`.
pub(crate) fn operations(context: &mut Context<'_>, root: &Node, shared: &Shared<'_>) -> Operations {
    let mut operations = Operations { public: Public::new(context), ..Operations::default() };
    let nothing = || Rc::new(Node::new(root.span, Kind::Mapping(Vec::new())));
    let paths = root.get("paths").cloned().unwrap_or_else(nothing);
    let Some(entries) = context.entries(&paths, "`paths`", "a mapping of path templates to path items") else {
        return operations;
    };
    check_keys(context, &paths, Place::Paths, shared.version);
    for entry in entries {
        if entry.key.starts_with("x-") {
            unserved::check_path(context, entry, shared.version);
            continue;
        }
        if context.is_reference(entry, "`paths`", "refer from each path, as in `/notes: { $ref: 'notes.yaml' }`") {
            continue;
        }
        match path_key(context, &entry.key, entry.key_span) {
            Some(path) => path_item(context, entry, path, shared, &mut operations),
            None => context.left_out = true,
        }
    }
    let known: Vec<(String, String)> =
        operations.declared.iter().map(|(method, template, _)| (method.clone(), template.clone())).collect();
    operations.public.tell_unknown(context, &known, &paths);
    operations
}

fn path_item(
    context: &mut Context<'_>,
    key: &Entry,
    path: PathKey<'_>,
    shared: &Shared<'_>,
    operations: &mut Operations,
) {
    let Some(item) = context.follow_beside(&key.value, "a path item") else { return };
    if item.is_null() {
        return;
    }
    let Some(entries) = context.entries(&item, "the path item", "a mapping of methods to operations") else { return };
    // Many paths can refer to one item.
    if !context.grow(entries.len(), key.key_span) {
        return;
    }
    check_keys(context, &item, Place::PathItem, shared.version);
    let Some(parameters) = parameters(context, item.get("parameters"), shared.version) else { return };
    // An item that several paths refer to is looked at once.
    if context.told.insert(item.span) {
        unserved::check_item(context, &key.key, entries, shared.version);
    }
    let examples = path_examples(context, item.get("parameters"));
    let shares = PathItem { key, path, base: shared.base.of(context, item.get("servers")), parameters, examples };
    for entry in entries {
        if is_method(&entry.key, shared.version) {
            operation(context, entry.key.to_ascii_uppercase(), entry, &shares, shared, operations);
        } else if entry.key == "additionalOperations" && shared.version >= Version::OpenApi32 {
            additional(context, entry, &shares, shared, operations);
        }
    }
}

/// `additionalOperations`: methods that have no key of their own, with their case preserved [OpenAPI 3.2, Path Item Object].
fn additional(
    context: &mut Context<'_>,
    entry: &Entry,
    item: &PathItem<'_>,
    shared: &Shared<'_>,
    operations: &mut Operations,
) {
    let Some(entries) = context.entries(&entry.value, "`additionalOperations`", "a mapping of methods to operations")
    else {
        return;
    };
    for entry in entries {
        if context.is_reference(entry, "`additionalOperations`", "refer from each operation") {
            continue;
        }
        let own_key =
            is_method(&entry.key.to_ascii_lowercase(), shared.version) && entry.key == entry.key.to_ascii_uppercase();
        if own_key || !policy_router::is_method(&entry.key) {
            context.left_out = true;
            let help = if own_key {
                "this method has a key of its own in the path item"
            } else {
                "write an HTTP method, such as `COPY`"
            };
            context.report(
                crate::finding::Finding::error(
                    crate::finding::Code::InvalidShape,
                    entry.key_span,
                    format!("`{}` cannot be an additional operation", entry.key.escape_debug()),
                )
                .help(help),
            );
            continue;
        }
        operation(context, entry.key.clone(), entry, item, shared, operations);
    }
}

fn operation(
    context: &mut Context<'_>,
    method: String,
    entry: &Entry,
    item: &PathItem<'_>,
    shared: &Shared<'_>,
    operations: &mut Operations,
) {
    let key = format!("{method} {}", item.key.key);
    let Some(node) = context.follow_alone(&entry.value, "an operation") else { return };
    let Some(entries) = context.entries(&node, &format!("`{key}`"), "a mapping") else { return };
    /// How many values an operation counts in the model's budget.
    const OPERATION: usize = 16;
    if !context.grow(OPERATION + entries.len(), entry.key_span) {
        return;
    }
    check_keys(context, &node, Place::Operation, shared.version);
    // An empty list means the same as no list.
    let servers = node.get("servers").filter(|servers| servers.items().is_none_or(|items| !items.is_empty()));
    let base = match servers {
        Some(servers) => shared.base.of(context, Some(servers)),
        None => item.base.clone(),
    };
    let (operation_id, summary) = (text(context, &node, "operationId"), text(context, &node, "summary"));
    let own = node
        .entry("security")
        .map(|entry| requirements(context, &entry.value, entry.key_span, shared.schemes, shared.version));
    let extension = required(context, &node);
    let unsupported = unsupported(context, &node).ok_or(());
    let Some(query) = parameters(context, node.get("parameters"), shared.version) else { return };
    operations.declared.push((method.clone(), item.key.key.clone(), operation_id.clone().unwrap_or_default()));
    if let Ok(Some(required)) = &extension {
        operations.required.extend(required.all().cloned());
    }
    let security = match &own {
        Some(own) => Some(own.as_ref()),
        None => shared.security,
    };
    let declaration = match (node.entry("security"), shared.root_security, &extension) {
        (Some(own), ..) => Some(("by `security` here", own.key_span)),
        (None, Some(inherited), _) => Some(("by `security`, which it inherits, here", inherited)),
        (None, None, Ok(Some(required))) => Some(("by its scopes here", required.span)),
        (None, None, Err(())) => Some(("by its scopes, which cannot be read", entry.key_span)),
        (None, None, Ok(None)) => None,
    };
    let public = operations.public.reason(context, (&key, entry.key_span), declaration);
    if let Some(Some(security)) = security {
        // The scopes of the inherited `security` are added once, whatever the number of operations that inherit it.
        if own.is_some() || !std::mem::replace(&mut operations.inherits, true) {
            operations.required.extend(security.scopes.iter().cloned());
        }
    }
    // After an error in one of them, the operation is left out.
    let read = (extension, security.map(|read| read.ok_or(())).transpose(), operation_id, summary, unsupported);
    let (Ok(required), Ok(security), Ok(operation_id), Ok(summary), Ok(unsupported)) = read else {
        context.left_out = true;
        return;
    };
    let decided = match &public {
        Some(_) => Some((RequirementFacts::Public, Vec::new())),
        None => combine(context, (&key, entry.key_span), security, required.as_ref(), shared.schemes),
    };
    let Some((requirement, alternative_spans)) = decided else {
        context.left_out = true;
        return;
    };
    let named = requirement.alternatives().iter().flat_map(|alternative| alternative.schemes());
    let credentials = named.filter_map(|(scheme, _)| match &shared.schemes.find(scheme)?.kind {
        Some(SchemeKind::ApiKeyQuery(name)) => Some(name.clone()),
        _ => None,
    });
    let keys: usize = item.parameters.iter().chain(&query).map(|parameter| parameter.len()).sum();
    let keys = keys + item.path.query.len();
    // Each key becomes a string of its own in the model.
    if !context.grow(2 * keys, entry.key_span) {
        return;
    }
    let own = own.as_ref().and_then(Option::as_ref);
    let (public_reason, stated) = public.unzip();
    let written = required.as_ref().map(|required| required.span);
    let scopes_location = written.or(own.map(|own| own.span)).map(|span| context.location(span));
    operations.models.push(OperationModel {
        method,
        path: format!("{base}{}", item.path.route),
        template: item.key.key.clone(),
        operation_id,
        rust_name: rust_name(context, &node, NameKind::Operation),
        summary,
        query: allow_list(&item.parameters, &query, credentials.chain(item.path.query.iter().cloned()), unsupported),
        requirement,
        alternative_spans,
        location: context.location(entry.key_span),
        scopes_location,
        reasons: written.into_iter().chain(security.map(|security| security.span)).chain(stated).collect(),
        spans: [entry.key_span, node.span, item.key.key_span].into_iter().chain(node.written_elsewhere()).collect(),
        public_reason,
        before_overlays: None,
        // What the operation says of a parameter stands before what its path item says.
        path_examples: path_examples(context, node.get("parameters"))
            .into_iter()
            .chain(item.examples.clone())
            .collect(),
    });
    operations.templates.push(item.key.key_span);
    operations.editable.push(Editable::of(&node));
    operations.ids.push(node.get("operationId").map(|id| id.span));
}

/// The text of a key that holds a string, if it is there. `Err` after an error.
fn text(context: &mut Context<'_>, node: &Node, key: &str) -> Result<Option<String>, ()> {
    let Some(value) = node.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    match value.text() {
        Some(text) => Ok(Some(text.to_owned())),
        None => {
            let value = Rc::clone(value);
            context.invalid(&value, &format!("`{key}`"), "a string");
            Err(())
        }
    }
}
