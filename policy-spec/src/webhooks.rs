//! Webhooks and the operations their receivers call afterwards.

use crate::context::{Context, closest};
use crate::finding::{Code, Finding};
use crate::keys::{Place, check_keys, is_method};
use crate::model::WebhookModel;
use crate::operations::Operations;
use crate::requirement::string_list;
use crate::tree::Node;
use crate::version::Version;

/// Reads `webhooks` [OpenAPI 3.1].
pub(crate) fn webhooks(
    context: &mut Context<'_>,
    root: &Node,
    operations: &Operations,
    base: &str,
    version: Version,
) -> Vec<WebhookModel> {
    let mut webhooks = Vec::new();
    let Some(node) = root.get("webhooks") else { return webhooks };
    let Some(entries) = node.entries() else {
        context.invalid(node, "`webhooks`", "a mapping of names to path items");
        return webhooks;
    };
    for entry in entries.iter().filter(|entry| !entry.key.starts_with("x-")) {
        let Some(item) = context.follow_beside(&entry.value, "a webhook") else { continue };
        check_keys(context, &item, Place::Webhook, version);
        let mut webhook =
            WebhookModel { name: entry.key.clone(), summary: text(&item, "summary"), follow_up: Vec::new() };
        if let Some(list) = item.get("x-follow-up") {
            follow_up(context, list, operations, base, &mut webhook.follow_up);
        }
        for method in item.entries().unwrap_or_default().iter().filter(|entry| is_method(&entry.key, version)) {
            let Some(operation) = context.follow_alone(&method.value, "an operation") else { continue };
            check_keys(context, &operation, Place::WebhookOperation, version);
            webhook.summary = webhook.summary.or_else(|| text(&operation, "summary"));
            if let Some(list) = operation.get("x-follow-up") {
                follow_up(context, list, operations, base, &mut webhook.follow_up);
            }
        }
        webhooks.push(webhook);
    }
    webhooks
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key)?.text().map(str::to_owned)
}

/// Each item is `METHOD /template`, with or without the base path, or an `operationId`.
fn follow_up(context: &mut Context<'_>, list: &Node, operations: &Operations, base: &str, found: &mut Vec<usize>) {
    let Some(items) = string_list(list) else {
        context.report(
            Finding::error(Code::UnreadableExtension, list.span, format!("`x-follow-up` is {}", list.what()))
                .label("expected a list of operations as strings")
                .help("write `[\"GET /path\"]`, or the operations' `operationId`s"),
        );
        return;
    };
    let names = |(method, template, id): &(String, String, Option<String>)| {
        let mut names = vec![format!("{method} {template}"), format!("{method} {base}{template}")];
        names.extend(id.clone());
        names
    };
    for (item, span) in items {
        let named = operations.declared.iter().position(|declared| names(declared).contains(&item));
        let Some((method, template, _)) = named.and_then(|index| operations.declared.get(index)) else {
            let all: Vec<String> = operations.declared.iter().flat_map(names).collect();
            let near = closest(&item, all.iter().map(String::as_str));
            context.report(
                Finding::error(
                    Code::UnknownFollowUp,
                    span,
                    format!("the follow-up `{item}` is no operation of this document"),
                )
                .label(near.map_or_else(|| "not found".to_owned(), |near| format!("did you mean `{near}`?")))
                .help("name it as `METHOD /template`, as under `paths`, or by its `operationId`"),
            );
            continue;
        };
        let index = operations.models.iter().position(|model| model.method == *method && model.template == *template);
        if let Some(index) = index.filter(|index| !found.contains(index)) {
            found.push(index);
        }
    }
}
