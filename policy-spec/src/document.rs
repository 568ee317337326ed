//! The whole document: its parts in the order in which they need each other.

use std::collections::BTreeMap;

use policy_core::is_scope_token;

use crate::context::Context;
use crate::emit::Editable;
use crate::keys::{Place, check_keys};
use crate::lints::lints;
use crate::model::{PolicyModel, ScopeEntry};
use crate::names;
use crate::operations::{Operations, Shared, operations};
use crate::order::order;
use crate::overlap::check_overlaps;
use crate::requirement::requirements;
use crate::schemes::{Schemes, schemes};
use crate::server::base;
use crate::tree::Node;
use crate::unserved;
use crate::version::version;
use crate::webhooks::webhooks;
use crate::{as_nobody, scope_map};

/// The model, as far as it could be read, and where each of its operations can be edited.
pub(crate) fn lower(context: &mut Context<'_>, root: &Node) -> Option<(PolicyModel, Vec<Editable>)> {
    let (version, openapi) = version(context, root)?;
    check_keys(context, root, Place::Root, version);
    unserved::check_root(context, root, version);
    let check_order = order(context, root);
    let base = base(context, root, version);
    let schemes = schemes(context, root, version);
    let security =
        root.entry("security").map(|entry| requirements(context, &entry.value, entry.key_span, &schemes, version));
    let root_security = root.entry("security").map(|entry| entry.key_span);
    let shared = Shared {
        version,
        schemes: &schemes,
        security: security.as_ref().map(Option::as_ref),
        root_security,
        base: &base,
    };
    let operations = operations(context, root, &shared);
    // A document beyond the budget is refused already. Comparing and naming two million operations would add nothing to that.
    let compared = !context.is_too_large();
    if compared {
        check_overlaps(context, &operations);
    }
    let webhooks = webhooks(context, root, &operations, &base.path, version);
    lints(context, root, &operations, &schemes);
    let info = |key: &str| root.get("info").and_then(|info| info.get(key)?.text()).unwrap_or_default().to_owned();
    let (title, version) = (info("title"), info("version"));
    let mut model = PolicyModel {
        title,
        version,
        base_path: base.path.clone(),
        check_order: check_order.unwrap_or(policy_core::Stage::ALL),
        schemes: schemes.models(context),
        scopes: scopes(context, &schemes, &operations),
        operations: operations.models,
        webhooks,
        openapi,
        overlays: Vec::new(),
        removed: Vec::new(),
        scope_map: Vec::new(),
    };
    as_nobody::apply(context, &mut model.schemes, &model.operations);
    model.scope_map = scope_map::entries(context, &model.schemes, &model.scopes);
    if compared {
        names::apply(context, &mut model, &operations.declared);
        names::report(context, &model, &schemes.all(), &operations.required);
    }
    Some((model, operations.editable))
}

/// Declared and required scopes, by name. Where several catalogues declare a scope, the first description counts. A string of a
/// catalogue that is no scope token is left out, unless an operation requires it.
fn scopes(context: &Context<'_>, schemes: &Schemes, operations: &Operations) -> Vec<ScopeEntry> {
    let mut scopes: BTreeMap<String, ScopeEntry> = BTreeMap::new();
    for scheme in schemes.all() {
        let listed = scheme.catalogue.iter().flat_map(|catalogue| &catalogue.scopes);
        let well_formed =
            |name: &str| is_scope_token(name) || operations.required.iter().any(|(other, _)| other == name);
        for (name, (description, span)) in listed.filter(|(name, _)| well_formed(name)) {
            let entry = scopes.entry(name.clone()).or_insert_with(|| ScopeEntry {
                name: name.clone(),
                description: None,
                declared: true,
                rust_name: None,
                location: context.location(*span),
            });
            entry.description = entry.description.take().or_else(|| description.clone());
        }
    }
    for (name, span) in &operations.required {
        scopes.entry(name.clone()).or_insert_with(|| ScopeEntry::new(name, context.location(*span)));
    }
    scopes.into_values().collect()
}
