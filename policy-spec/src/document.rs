//! The whole document: its version, and its parts in the order in which they need each other.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::keys::{Place, check_keys};
use crate::model::{PolicyModel, ScopeEntry};
use crate::operations::{Operations, Shared, operations};
use crate::order::order;
use crate::requirement::requirements;
use crate::schemes::{Schemes, schemes};
use crate::server::base_path;
use crate::tree::Node;
use crate::webhooks::webhooks;

/// The model, as far as it could be read; the caller drops it when an error was found.
pub(crate) fn lower(context: &mut Context<'_>, root: &Node) -> Option<PolicyModel> {
    let openapi = version(context, root)?;
    check_keys(context, root, Place::Root);
    let check_order = order(context, root);
    let base = base_path(context, root);
    let schemes = schemes(context, root);
    let security =
        root.entry("security").map(|entry| requirements(context, &entry.value, entry.key_span, &schemes, &openapi));
    let shared = Shared {
        openapi: &openapi,
        schemes: &schemes,
        security: security.as_ref().and_then(Option::as_ref),
        base: &base,
    };
    if matches!(security, Some(None)) {
        // What the operations inherit is unknown, and was reported.
        return None;
    }
    let operations = operations(context, root, &shared);
    let webhooks = webhooks(context, root, &operations, &base.path);
    let info = |key: &str| root.get("info").and_then(|info| info.get(key)?.text()).unwrap_or_default().to_owned();
    let (title, version) = (info("title"), info("version"));
    Some(PolicyModel {
        title,
        version,
        base_path: base.path.clone(),
        check_order: check_order?,
        schemes: schemes.models(context),
        scopes: scopes(context, &schemes, &operations),
        operations: operations.models,
        webhooks,
        openapi,
    })
}

/// The version that decides how the document is read. A reader for another one starts here.
fn version(context: &mut Context<'_>, root: &Node) -> Option<String> {
    if root.entries().is_none() {
        context.invalid(root, "the document", "a mapping that starts with `openapi:`");
        return None;
    }
    let help = "OpenAPI 3.0 and 3.1 are read";
    let Some(entry) = root.entry("openapi").or_else(|| root.entry("swagger")) else {
        let finding = Finding::error(Code::UnknownVersion, root.span, "the document has no `openapi` version");
        context.error(finding.help("start it with `openapi: 3.1.0`"));
        return None;
    };
    let written = entry.value.text().unwrap_or_default();
    let is = |line: &str| written == line || written.strip_prefix(line).is_some_and(|rest| rest.starts_with('.'));
    if entry.key == "openapi" && (is("3.0") || is("3.1")) {
        return Some(written.to_owned());
    }
    let known = entry.key == "openapi" && is("3.2") || entry.key == "swagger" && is("2.0");
    let (code, what) =
        if known { (Code::UnsupportedVersion, "is not read yet") } else { (Code::UnknownVersion, "is not known") };
    let title = if entry.key == "openapi" { "OpenAPI" } else { "Swagger" };
    context.error(Finding::error(code, entry.value.span, format!("{title} `{written}` {what}")).help(help));
    None
}

/// Declared and required scopes, by name. Where several catalogues declare one, the first description counts.
fn scopes(context: &Context<'_>, schemes: &Schemes, operations: &Operations) -> Vec<ScopeEntry> {
    let mut scopes: BTreeMap<String, ScopeEntry> = BTreeMap::new();
    for (name, (description, span)) in
        schemes.list.iter().filter_map(|scheme| scheme.catalogue.as_ref()).flat_map(|catalogue| &catalogue.scopes)
    {
        let entry = scopes.entry(name.clone()).or_insert_with(|| ScopeEntry {
            name: name.clone(),
            description: None,
            declared: true,
            location: context.location(*span),
        });
        entry.description = entry.description.take().or_else(|| description.clone());
    }
    for (name, span) in &operations.required {
        scopes.entry(name.clone()).or_insert_with(|| ScopeEntry {
            name: name.clone(),
            description: None,
            declared: false,
            location: context.location(*span),
        });
    }
    scopes.into_values().collect()
}
