//! Webhooks, and the operations that their receivers call afterwards.

use std::collections::{BTreeMap, HashMap};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::keys::{Place, check_keys, is_method};
use crate::likely::did_you_mean;
use crate::model::WebhookModel;
use crate::operations::Operations;
use crate::requirement::{not_strings, string_list};
use crate::tree::Node;
use crate::version::Version;

/// Reads `webhooks` [OpenAPI 3.1]. Some documents in 3.0 have them as well.
pub(crate) fn webhooks(
    context: &mut Context<'_>,
    root: &Node,
    operations: &Operations,
    base: &str,
    version: Version,
) -> Vec<WebhookModel> {
    let mut webhooks = Vec::new();
    let Some(node) = root.get("webhooks").filter(|_| version > Version::Swagger2) else { return webhooks };
    let Some(entries) = context.entries(node, "`webhooks`", "a mapping of names to path items") else {
        return webhooks;
    };
    let named = names(operations, base);
    for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-")) {
        if context.is_reference(entry, "`webhooks`", "refer from each webhook") {
            continue;
        }
        if !context.grow(1 + entry.value.entries().map_or(0, <[_]>::len), entry.key_span) {
            return webhooks;
        }
        let Some(item) = context.follow_beside(&entry.value, "a webhook") else { continue };
        check_keys(context, &item, Place::Webhook, version);
        let mut webhook =
            WebhookModel { name: entry.key.clone(), summary: text(&item, "summary"), follow_up: Vec::new() };
        if let Some(list) = item.get("x-follow-up") {
            follow_up(context, list, &named, &mut webhook.follow_up);
        }
        for method in item.entries().unwrap_or_default().iter().filter(|entry| is_method(&entry.key, version)) {
            let Some(operation) = context.follow_alone(&method.value, "an operation") else { continue };
            check_keys(context, &operation, Place::WebhookOperation, version);
            webhook.summary = webhook.summary.or_else(|| text(&operation, "summary"));
            if let Some(list) = operation.get("x-follow-up") {
                follow_up(context, list, &named, &mut webhook.follow_up);
            }
        }
        webhooks.push(webhook);
    }
    webhooks
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.text().map(str::to_owned)
}

/// Every name of every operation, with the operation's index in the model. `None` if an error kept it out of the model.
type Names = BTreeMap<String, Option<usize>>;

/// The names of an operation are `METHOD /template`, with and without the base path, and the `operationId`. A name that several have
/// means the first of them.
fn names(operations: &Operations, base: &str) -> Names {
    let mut indices: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, model) in operations.models.iter().enumerate() {
        indices.entry((model.method.as_str(), model.template.as_str())).or_insert(at);
    }
    let mut names = Names::new();
    for (method, template, id) in &operations.declared {
        let index = indices.get(&(method.as_str(), template.as_str())).copied();
        for name in [format!("{method} {template}"), format!("{method} {base}{template}")].into_iter().chain(id.clone())
        {
            names.entry(name).or_insert(index);
        }
    }
    names
}

fn follow_up(context: &mut Context<'_>, list: &Node, named: &Names, found: &mut Vec<usize>) {
    let items = match string_list(list) {
        Ok(items) => items,
        Err(node) => {
            let finding = not_strings("x-follow-up", list, node, "operations");
            context.report(finding.help("write `[\"GET /path\"]`, or the operations' `operationId`s"));
            return;
        }
    };
    for (item, span) in items {
        let Some(index) = named.get(&item) else {
            let near = context.likely(&item, named.keys().map(String::as_str));
            context.report(
                Finding::error(
                    Code::UnknownFollowUp,
                    span,
                    format!("the follow-up `{}` is no operation of this document", item.escape_debug()),
                )
                .label(did_you_mean(near, "not found"))
                .help("name it as `METHOD /template`, as under `paths`, or by its `operationId`"),
            );
            continue;
        };
        if let Some(index) = index.filter(|index| !found.contains(index)) {
            found.push(index);
        }
    }
}
