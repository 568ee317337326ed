//! The audit as Markdown tables, for a pull request.

use std::fmt::Write as _;

use policy_spec::{Access, OperationModel};

use super::view::{OTHERS_IGNORED, View, before, query, written};
use crate::markdown::{code, marked, prose};

/// How many operations are listed beside a scope. If there are more, they are counted.
const LISTED: usize = 5;

/// Headings and tables.
pub(super) fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = report(&mut out, view);
    out
}

fn report(out: &mut String, view: &View<'_>) -> std::fmt::Result {
    let model = view.model;
    writeln!(out, "# Who may call what: {}\n", prose(&format!("{} {}", model.title, model.version)))?;
    for caveat in view.caveats() {
        writeln!(out, "> **Attention:** {}\n", prose(&caveat))?;
    }
    writeln!(out, "- Document: {} ({})", code(&view.document), prose(&view.standard()))?;
    writeln!(out, "- Fingerprint: {}", code(&model.fingerprint()))?;
    writeln!(out, "- Check order: {}", view.check_order().join(" → "))?;
    if !model.overlays.is_empty() {
        let overlays: Vec<String> = model.overlays.iter().map(|name| code(name)).collect();
        writeln!(out, "- Overlays: {}", overlays.join(", "))?;
    }
    let accesses = view.accesses_in_words();
    writeln!(out, "- Routes: {}", if accesses.is_empty() { "none" } else { &accesses })?;
    writeln!(out, "- Findings: {}", view.counts_in_words())?;

    writeln!(out, "\n## Routes\n")?;
    writeln!(out, "| Route | Access | Requires | Query | Findings |\n|---|---|---|---|---|")?;
    for (operation, about) in view.operations() {
        let mut shown = route(operation);
        if let Some(template) = written(model, operation) {
            write!(shown, "<br>written {}", code(&template))?;
        }
        let findings: Vec<String> = view
            .findings(about)
            .map(|finding| format!("{}: {}", finding.level.as_str(), code(finding.code.as_str())))
            .collect();
        writeln!(
            out,
            "| {shown} | {} | {} | {} | {} |",
            access(operation) + &reason(operation),
            requirement(operation) + &changed(operation),
            keys(operation),
            findings.join("<br>")
        )?;
    }

    if !model.removed.is_empty() {
        writeln!(out, "\n## Removed by overlays\n")?;
        writeln!(out, "| Route | Required before |\n|---|---|")?;
    }
    for removed in &model.removed {
        writeln!(out, "| {} | {} |", code(&removed.key), code(&removed.before.to_string()))?;
    }

    writeln!(out, "\n## Scopes\n")?;
    writeln!(out, "| Scope | Allows | Needed by |\n|---|---|---|")?;
    for (scope, needed_by) in view.scopes() {
        let undeclared = if view.is_undeclared(scope) { "<br>**not in a catalogue**" } else { "" };
        let allows = scope.description.as_deref().map(prose).unwrap_or_default();
        writeln!(out, "| {}{undeclared} | {allows} | {} |", code(&scope.name), users(view, &needed_by))?;
    }

    if !model.scope_map.is_empty() {
        writeln!(out, "\n## Scope map\n")?;
        writeln!(out, "| Scheme | Claim | Issued | Grants | Until |\n|---|---|---|---|---|")?;
    }
    for mapping in &model.scope_map {
        let claim: Vec<String> = mapping.claim.iter().map(|name| code(name)).collect();
        let to: Vec<String> = mapping.to.iter().map(|name| code(name)).collect();
        let until = mapping.until.map(|until| until.to_string()).unwrap_or_default();
        let (scheme, from) = (code(&mapping.scheme), code(&mapping.from));
        writeln!(out, "| {scheme} | {} | {from} | {} | {until} |", claim.join(" → "), to.join("<br>"))?;
    }

    if view.as_nobody().next().is_some() {
        writeln!(out, "\n## Counts as nobody, where anybody may call\n")?;
        writeln!(out, "| Scheme | Credentials |\n|---|---|")?;
    }
    for scheme in view.as_nobody() {
        writeln!(out, "| {} | {} |", code(&scheme.name), scheme.as_nobody)?;
    }

    if !model.webhooks.is_empty() {
        writeln!(out, "\n## Webhooks\n")?;
        writeln!(out, "| Webhook | What its receiver calls next |\n|---|---|")?;
    }
    for webhook in &model.webhooks {
        let next = webhook.follow_up.iter().filter_map(|at| model.operations.get(*at));
        let next: Vec<String> = next.map(route).collect();
        writeln!(out, "| {} | {} |", code(&webhook.name), next.join("<br>"))?;
    }

    writeln!(out, "\n## Findings\n")?;
    if view.loaded.findings.is_empty() {
        return writeln!(out, "None.");
    }
    writeln!(out, "| Level | Code | Where | What | What to do |\n|---|---|---|---|---|")?;
    for finding in &view.loaded.findings {
        let place = view.loaded.sources.location(finding.primary.span);
        let what = marked(&finding.message);
        let level = match &finding.waived {
            Some(reason) => format!("{}<br>waived: {}", finding.level.as_str(), prose(reason)),
            None if finding.is_error() => "**error**".to_owned(),
            None => finding.level.as_str().to_owned(),
        };
        let help = finding.help.as_deref().map(marked).unwrap_or_default();
        writeln!(
            out,
            "| {level} | {} | {} | {what} | {help} |",
            code(finding.code.as_str()),
            code(&place.to_string())
        )?;
    }
    Ok(())
}

/// Method and path as served.
fn route(operation: &OperationModel) -> String {
    code(&operation.served_key())
}

fn access(operation: &OperationModel) -> String {
    let word = operation.requirement.access_word();
    if operation.access() == Some(Access::Required) { word.to_owned() } else { format!("**{word}**") }
}

/// Why the configuration lets anybody call the operation.
fn reason(operation: &OperationModel) -> String {
    operation.public_reason.as_deref().map(|reason| format!("<br>`[[public]]`: {}", prose(reason))).unwrap_or_default()
}

/// What it required before overlays changed it.
fn changed(operation: &OperationModel) -> String {
    before(operation).map(|before| format!("<br>**overlays**, before: {}", code(&before))).unwrap_or_default()
}

fn requirement(operation: &OperationModel) -> String {
    let alternatives: Vec<String> = operation
        .alternatives()
        .iter()
        .map(
            |alternative| {
                if alternative.is_anonymous() { "**anonymous**".to_owned() } else { code(&alternative.to_string()) }
            },
        )
        .collect();
    alternatives.join("<br>or ")
}

fn keys(operation: &OperationModel) -> String {
    let all = query(operation);
    let (listed, others) = all.strip_suffix(OTHERS_IGNORED).map_or((&*all, ""), |listed| (listed, OTHERS_IGNORED));
    let listed = if operation.query.any || listed == "none" { listed.to_owned() } else { code(listed) };
    format!("{listed}{others}")
}

fn users(view: &View<'_>, needed_by: &[&OperationModel]) -> String {
    let total = view.model.operations.len();
    match needed_by.len() {
        0 => "no route".to_owned(),
        count if count == total && count > 1 => "all routes".to_owned(),
        count => {
            let mut listed: Vec<String> =
                needed_by.iter().take(LISTED).map(|operation| code(&operation.served_key())).collect();
            if count > LISTED {
                listed.push(format!("and {} more", count - LISTED));
            }
            listed.join("<br>")
        }
    }
}
