//! The tables that every policy has, whether its operations are written as rows or as columns.

use std::fmt::Write as _;

use policy_core::__private::scope_index;
use policy_spec::{OperationModel, ScopeMapping};

use super::plan::{DocumentKind, Plan};
use super::router::list;
use crate::text;

/// What differs between the definition with rows and the one with columns. Each field is a piece of Rust source.
pub(super) struct Layout<'l> {
    /// The constructor of the definition.
    pub(super) constructor: &'l str,
    /// The catalogue of scopes.
    pub(super) scopes: &'l str,
    /// The rows of the operations. Columns have none.
    pub(super) operations: &'l str,
    /// The map from method and template to the index of the operation. Columns have none.
    pub(super) index: &'l str,
    /// A further argument of the constructor, after the parts: the columns. Rows have none.
    pub(super) more: &'l str,
}

/// The definition, and the tables that it refers to in both layouts: schemes, webhooks and the hash table of scope
/// names. The fingerprint is that of the whole model, also of what is not served.
pub(super) fn definition(plan: &Plan<'_>, fingerprint: &str, layout: &Layout<'_>) -> String {
    let core = &plan.options.core_path;
    let (title, version, base_path) = (&plan.model.title, &plan.model.version, &plan.model.base_path);
    let source = &plan.options.source;
    let Layout { constructor, scopes, operations, index, more } = layout;
    let (tables, beside) = (tables(plan), beside(plan) + &scope_map(plan));
    let draft = if matches!(plan.kind, DocumentKind::Draft(_)) { ".as_draft()" } else { "" };
    format!(
        "\n{tables}\n#[allow(clippy::unreadable_literal, reason = \"a table of numbers\")]\n\
         static DEFINITION: {core}::PolicyDefinition = {core}::PolicyDefinition::{constructor}(\n    \
         {core}::__private::PolicyParts {{\n        \
         title: {title:?},\n        version: {version:?},\n        source: {source:?},\n        \
         base_path: {base_path:?},\n        fingerprint: {fingerprint:?},\n        \
         scopes: {scopes},\n        scope_index: &SCOPE_INDEX,\n        schemes: &SCHEMES,\n        \
         operations: {operations},\n        webhooks: &WEBHOOKS,\n        index: {index},\n    }},\n{more}){beside}{draft};\n"
    )
}

fn tables(plan: &Plan<'_>) -> String {
    let core = &plan.options.core_path;
    let index = scope_index(plan.model.scopes.iter().map(|scope| scope.name.as_str()));
    let schemes = plan.model.schemes.iter().map(|scheme| {
        // `Debug` of a kind is its Rust expression: `ApiKeyHeader("X-Key")`.
        let as_nobody = scheme.as_nobody.iter().map(|stale| format!(".with_as_nobody({core}::Stale::{stale:?})"));
        let as_nobody: String = as_nobody.collect();
        format!("{core}::SchemeDefinition::new({:?}, {core}::SchemeKind::{:?}){as_nobody}", scheme.name, scheme.kind)
    });
    let webhooks = plan.model.webhooks.iter().map(|webhook| {
        let summary = option(webhook.summary.as_deref().filter(|_| plan.options.notes));
        format!("{core}::WebhookDefinition::new({:?}, {summary}, &{:?})", webhook.name, webhook.follow_up)
    });
    let mut source = String::new();
    // Writing to a string does not fail.
    let _ = write!(source, "static SCOPE_INDEX: [u16; {}] = ", index.len());
    let _ = list(&mut source, "", "[", index.iter().map(u16::to_string), "];");
    source.push_str(&table("SCHEMES", &format!("{core}::SchemeDefinition"), schemes));
    source.push_str(&table("WEBHOOKS", &format!("{core}::WebhookDefinition"), webhooks));
    source
}

/// A table with a row a line.
pub(super) fn table(name: &str, element: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.map(|row| format!("    {row},\n")).collect();
    let (before, after) = if rows.is_empty() { ("", "") } else { ("\n", "") };
    format!("static {name}: [{element}; {}] = [{before}{}{after}];\n", rows.len(), rows.concat())
}

/// `Some("…")` or `None`, by paths that nothing can shadow.
pub(super) fn option(text: Option<&str>) -> String {
    match text {
        Some(text) => format!("::core::option::Option::Some({text:?})"),
        None => "::core::option::Option::None".to_owned(),
    }
}

/// The comment beside the numbers of an operation. It says its route and who may call it, with schemes and scopes by
/// name.
pub(super) fn told(operation: &OperationModel) -> String {
    text::one_line(&format!("{} {}: {}", operation.method, operation.path, operation.requirement))
}

/// The scope map, if the configuration has one. Requests are decided by it, so it is written without notes too.
fn scope_map(plan: &Plan<'_>) -> String {
    let core = &plan.options.core_path;
    if plan.scope_map.is_empty() {
        return String::new();
    }
    let rows = plan.scope_map.iter().map(|entry| {
        let until = match entry.mapping.until {
            Some(until) => format!("::core::option::Option::Some(({}, {}, {}))", until.year(), until.month(), until.day()),
            None => option(None),
        };
        let ScopeMapping { claim, from, .. } = entry.mapping;
        format!(
            "    // {told}\n    {core}::__private::ScopeMapRow {{ scheme: {}, claim: &{claim:?}, from: {from:?}, to: &{:?}, until: {until} }},\n",
            entry.scheme,
            entry.to,
            told = text::one_line(&entry.mapping.to_string()),
        )
    });
    format!("\n.with_scope_map(&[\n{}])", rows.collect::<String>())
}

/// What overlays and `policy.toml` say beside the document, if they say anything. Audits show it, so it is written
/// without notes too.
fn beside(plan: &Plan<'_>) -> String {
    let core = &plan.options.core_path;
    let said = |text: &dyn Fn(&OperationModel) -> Option<String>| -> Vec<(u32, String)> {
        plan.operations.iter().filter_map(|operation| Some((operation.index, text(operation.model)?))).collect()
    };
    let overlays = &plan.model.overlays;
    let public = said(&|operation| operation.public_reason.clone());
    let before = said(&|operation| operation.before_overlays.as_ref().map(ToString::to_string));
    let removed: Vec<(&str, String)> =
        plan.model.removed.iter().map(|removed| (removed.key.as_str(), removed.before.to_string())).collect();
    if overlays.is_empty() && public.is_empty() {
        return String::new();
    }
    format!(
        "\n.with_beside({core}::__private::Beside {{\n    overlays: &{overlays:?},\n    public: &{public:?},\n    \
         before: &{before:?},\n    removed: &{removed:?},\n}})"
    )
}
