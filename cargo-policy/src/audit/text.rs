//! The report as plain text, in the layout of `policy_core`'s own audit. It is stable, for snapshots and diffs.

use std::fmt::Write as _;

use policy_spec::{Access, Finding, OperationModel};

use super::view::{View, before, query, written};
use crate::escape::{one_line, visible};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1m\x1b[91m";
const YELLOW: &str = "\x1b[93m";
const DIM: &str = "\x1b[2m";
const OFF: &str = "\x1b[0m";

/// The report with ANSI colours. They are removed when it is written to something that does not show them.
pub(super) fn render(view: &View<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = report(&mut out, view);
    out
}

fn report(out: &mut String, view: &View<'_>) -> std::fmt::Result {
    let model = view.model;
    let title = one_line(&format!("{} {}", model.title, model.version));
    writeln!(out, "policy       {BOLD}{title}{OFF}")?;
    writeln!(out, "document     {} ({})", visible(&view.document), visible(&view.standard()))?;
    writeln!(out, "fingerprint  {}", model.fingerprint())?;
    writeln!(out, "check order  {}", view.check_order().join(" -> "))?;
    if !model.overlays.is_empty() {
        writeln!(out, "overlays     {}", visible(&model.overlays.join(", ")))?;
    }
    writeln!(out, "routes       {}", counted(view))?;
    writeln!(out, "findings     {}", view.counts_in_words())?;
    for caveat in view.caveats() {
        writeln!(out, "{RED}attention    {caveat}{OFF}")?;
    }

    writeln!(out, "\n{BOLD}ROUTES{OFF}")?;
    for (operation, about) in view.operations() {
        route_in_full(out, view, operation)?;
        for finding in view.findings(about) {
            writeln!(out, "    finding   {}", headline(finding))?;
        }
    }
    if model.operations.is_empty() {
        writeln!(out, "none")?;
    }
    for removed in &model.removed {
        let before = removed.before.to_string();
        writeln!(
            out,
            "{}\n    {YELLOW}overlays  removed it; before: {}{OFF}",
            visible(&removed.key),
            visible(&before)
        )?;
    }

    writeln!(out, "\n{BOLD}SCOPES{OFF}")?;
    for (scope, needed_by) in view.scopes() {
        let undeclared = if view.is_undeclared(scope) { "  (not in a catalogue)" } else { "" };
        writeln!(out, "{}{YELLOW}{undeclared}{OFF}", visible(&scope.name))?;
        if let Some(description) = &scope.description {
            writeln!(out, "    allows  {}", one_line(description))?;
        }
        if needed_by.is_empty() {
            writeln!(out, "    needed by no route")?;
        } else if needed_by.len() == model.operations.len() && needed_by.len() > 1 {
            writeln!(out, "    needed by all routes")?;
        } else {
            for operation in needed_by {
                writeln!(out, "    needed by  {}", route(operation))?;
            }
        }
    }
    if model.scopes.is_empty() {
        writeln!(out, "none")?;
    }

    if !model.scope_map.is_empty() {
        writeln!(out, "\n{BOLD}SCOPE MAP{OFF}")?;
    }
    for mapping in &model.scope_map {
        writeln!(out, "{}", one_line(&mapping.to_string()))?;
    }

    if view.as_nobody().next().is_some() {
        writeln!(out, "\n{BOLD}COUNTS AS NOBODY{OFF}  where anybody may call")?;
    }
    for scheme in view.as_nobody() {
        writeln!(out, "{}: {}", visible(&scheme.name), scheme.as_nobody)?;
    }

    if !model.webhooks.is_empty() {
        writeln!(out, "\n{BOLD}WEBHOOKS{OFF}")?;
    }
    for webhook in &model.webhooks {
        writeln!(out, "{}", visible(&webhook.name))?;
        if webhook.follow_up.is_empty() {
            writeln!(out, "    no follow-up is named")?;
        }
        for operation in webhook.follow_up.iter().filter_map(|at| model.operations.get(*at)) {
            writeln!(out, "    follow-up  {}", route(operation))?;
        }
    }

    writeln!(out, "\n{BOLD}FINDINGS{OFF}")?;
    if view.loaded.findings.is_empty() {
        writeln!(out, "none")?;
    }
    for finding in &view.loaded.findings {
        let place = view.loaded.sources.location(finding.primary.span);
        writeln!(out, "{}\n    at    {}", headline(finding), visible(&place.to_string()))?;
        if let Some(help) = &finding.help {
            writeln!(out, "    help  {}", one_line(help))?;
        }
    }
    Ok(())
}

/// Method and path as served.
fn route(operation: &OperationModel) -> String {
    visible(&operation.served_key()).into_owned()
}

fn route_in_full(out: &mut String, view: &View<'_>, operation: &OperationModel) -> std::fmt::Result {
    writeln!(out, "{}", route(operation))?;
    if let Some(template) = written(view.model, operation) {
        writeln!(out, "    written   {}", visible(&template))?;
    }
    match operation.access() {
        Some(Access::Public) => writeln!(out, "    {RED}access    public, no credential is looked at{OFF}")?,
        Some(Access::Optional) => {
            writeln!(out, "    {YELLOW}access    optional, callers without a credential are let in{OFF}")?
        }
        None => writeln!(out, "    {RED}access    undeclared, the document does not say who may call it{OFF}")?,
        Some(Access::Required) => {}
    }
    if let Some(reason) = &operation.public_reason {
        writeln!(out, "    because   {} (`[[public]]`)", one_line(reason))?;
    }
    if let Some(before) = before(operation) {
        writeln!(out, "    {YELLOW}overlays  changed it; before: {}{OFF}", visible(&before))?;
    }
    let mut label = "requires";
    for alternative in operation.alternatives() {
        writeln!(out, "    {label:<8}  {}", visible(&alternative.to_string()))?;
        label = "or";
    }
    writeln!(out, "    {DIM}query     {}{OFF}", visible(&query(operation)))
}

/// `warning[code] message`, with its waiver.
fn headline(finding: &Finding) -> String {
    let color = match (finding.is_error(), finding.waived.is_some()) {
        (true, _) => RED,
        (false, true) => DIM,
        (false, false) => YELLOW,
    };
    let waived = finding.waived.as_ref().map_or_else(String::new, |reason| format!(" (waived: {})", one_line(reason)));
    format!("{color}{}[{}]{OFF} {}{waived}", finding.level.as_str(), finding.code, one_line(&finding.message))
}

/// `5: 4 required, 1 public`.
fn counted(view: &View<'_>) -> String {
    let accesses = view.accesses_in_words();
    let total = view.model.operations.len();
    if accesses.is_empty() { "0".to_owned() } else { format!("{total}: {accesses}") }
}
