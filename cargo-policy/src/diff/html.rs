//! The difference as a page: every route with both states side by side, and what changed. It is the page of the audit, with its search,
//! its filters and its style. A reader without scripts has all of it as tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_spec::{Danger, InWords, OperationModel, PolicyModel};
use serde::Serialize;

use super::Report;
use super::entry::Entry;
use super::github::level;
use super::groups::{Group, groups};
use super::rows::{Row, rows};
use crate::audit::html::{Page, marked, page};
use crate::audit::json::{Operation, Scope, unwritable};
use crate::escape::html as text;
use crate::failure::Failure;

/// What the page calls a route of which nothing is told.
const UNCHANGED: (&str, &str) = ("unchanged", "Nothing is told of the operation.");

/// The routes and the changes, in the form of the audit's JSON.
#[derive(Serialize)]
struct States<'r> {
    operations: Vec<Operation<'r>>,
    findings: Vec<Change<'r>>,
    scopes: Vec<Scope<'r>>,
    overlays: [(); 0],
    scope_map: [(); 0],
    as_nobody: [(); 0],
}

/// What is told, in the form of a finding.
#[derive(Serialize)]
struct Change<'r> {
    code: &'static str,
    level: &'static str,
    message: String,
    help: Option<()>,
    waived: Option<()>,
    labels: Vec<Place<'r>>,
    operations: Vec<String>,
    /// What else a reader has to see, each with a name.
    facts: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct Place<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    text: &'static str,
}

/// What the page has besides.
#[derive(Serialize)]
struct Beside<'r> {
    /// Both states of each route.
    states: Vec<State<'r>>,
    /// The kinds of change, the most dangerous first, each with what it means.
    dangers: Vec<(&'static str, &'static str)>,
    schemes: Vec<(&'r str, String)>,
    webhooks: [(); 0],
    summaries: Vec<Option<&'r str>>,
    before: [(); 0],
    removed: [(); 0],
    about: Vec<&'r [usize]>,
}

#[derive(Serialize)]
struct State<'r> {
    before: Option<Operation<'r>>,
    after: Option<Operation<'r>>,
    dangers: Vec<&'static str>,
}

pub(super) fn html(report: &Report<'_>) -> Result<String, Failure> {
    let (before, after) = (report.old.model()?, report.new.model()?);
    let rows = rows(report, &before.operations, &after.operations);
    let fingerprint = |print: Option<String>| print.unwrap_or_else(|| "none".to_owned());
    let facts = format!(
        "<span>before <code>{}</code></span><span>fingerprint <code>{}</code></span>\
         <span>after <code>{}</code></span><span>fingerprint <code>{}</code></span>",
        text(&report.old.name),
        fingerprint(report.old.fingerprint()),
        text(&report.new.name),
        fingerprint(report.new.fingerprint())
    );
    let shown = || rows.iter().filter_map(Row::shown);
    let states = States {
        operations: shown().map(Operation::by_path).collect(),
        findings: report.entries.iter().map(|entry| change(report, entry)).collect(),
        scopes: scopes(before, after, &rows),
        overlays: [],
        scope_map: [],
        as_nobody: [],
    };
    let dangers = Danger::ALL.into_iter().map(|danger| (danger.as_str(), danger.summary()));
    let beside = Beside {
        states: rows.iter().map(|row| state(report, row)).collect(),
        dangers: dangers.chain([UNCHANGED]).collect(),
        schemes: after.schemes.iter().map(|scheme| (scheme.name.as_str(), scheme.kind.to_string())).collect(),
        webhooks: [],
        summaries: shown().map(|operation| operation.summary.as_deref()).collect(),
        before: [],
        removed: [],
        about: rows.iter().map(|row| row.entries.as_slice()).collect(),
    };
    Ok(page(&Page {
        title: if after.title.is_empty() { &before.title } else { &after.title },
        version: "",
        subject: "what changes in who may call what",
        class: "compared",
        findings: ("Changes", "change"),
        facts,
        check_order: after.check_order.iter().map(|stage| stage.as_str()).collect(),
        caveats: report.caveats(),
        plain: format!("<p class=\"plain\">{}\n{}{}", marked(&report.summary()), sections(report), routes(&rows)),
        audit: serde_json::to_string(&states).map_err(unwritable)?,
        beside: serde_json::to_string(&beside).map_err(unwritable)?,
    }))
}

fn state<'r>(report: &Report<'_>, row: &Row<'r>) -> State<'r> {
    let mut dangers: Vec<&'static str> = row.dangers(report).into_iter().map(Danger::as_str).collect();
    if dangers.is_empty() {
        dangers.push(UNCHANGED.0);
    }
    State { before: row.before.map(Operation::by_path), after: row.after.map(Operation::by_path), dangers }
}

fn change<'r>(report: &Report<'_>, entry: &'r Entry) -> Change<'r> {
    let place = entry.new_place.as_ref().or(entry.old_place.as_ref());
    let was = entry.old_place.as_ref().filter(|_| entry.new_place.is_some()).map(ToString::to_string);
    let said = [("Before", entry.before.clone()), ("After", entry.after.clone()), ("Was at", was)];
    let said = said.into_iter().filter_map(|(name, said)| Some((name, said?)));
    let proofs = entry.proofs().into_iter().map(|proof| ("Witness", proof));
    let refused = report.is_refused(entry).then(|| ("Refused", "by `--fail-on`".to_owned()));
    Change {
        code: entry.change,
        level: level(report, entry).as_str(),
        message: entry.sentence(),
        help: None,
        waived: None,
        labels: place
            .map(|place| Place { file: &place.file, line: place.line, column: place.column, text: "" })
            .into_iter()
            .collect(),
        operations: entry.operation.iter().map(|(method, path)| format!("{method} {path}")).collect(),
        facts: said.chain(proofs).chain(entry.notes.iter().map(|note| ("Note", note.clone()))).chain(refused).collect(),
    }
}

/// The scopes of both states, with the routes that name them in the state that is shown.
fn scopes<'r>(before: &'r PolicyModel, after: &'r PolicyModel, rows: &[Row<'r>]) -> Vec<Scope<'r>> {
    let mut all: BTreeMap<&str, Scope<'_>> = BTreeMap::new();
    for scope in after.scopes.iter().chain(&before.scopes) {
        let (name, description) = (scope.name.as_str(), scope.description.as_deref());
        let new = Scope { name, description, declared: scope.declared, operations: Vec::new() };
        all.entry(name).or_insert(new);
    }
    for operation in rows.iter().filter_map(Row::shown) {
        for scope in operation.alternatives().iter().flat_map(|one| one.scopes()) {
            let key = operation.served_key();
            if let Some(known) = all.get_mut(scope.as_str()).filter(|known| known.operations.last() != Some(&key)) {
                known.operations.push(key);
            }
        }
    }
    all.into_values().collect()
}

fn sections(report: &Report<'_>) -> String {
    let mut out = String::new();
    let mut danger = None;
    for group in groups(&report.entries) {
        if danger != Some(group.danger) {
            if danger.is_some() {
                out.push_str("</section>\n");
            }
            danger = Some(group.danger);
            let _ = writeln!(out, "<section class=\"plain {}\">\n<h2>{}</h2>", group.danger, group.danger.title());
        }
        table(report, &group, &mut out);
    }
    if danger.is_some() {
        out.push_str("</section>\n");
    }
    out
}

fn table(report: &Report<'_>, group: &Group<'_>, out: &mut String) {
    let is_refused = group.entries.iter().any(|entry| report.is_refused(entry));
    let class = if is_refused { " class=\"refused\"" } else { "" };
    let _ = writeln!(out, "<div{class}>\n<h3>{}</h3>", marked(&group.sentence()));
    out.push_str("<table class=\"plain\"><thead><tr><th scope=\"col\">What<th scope=\"col\">Before<th scope=\"col\">After<th scope=\"col\">Witness</thead>\n<tbody>\n");
    for entry in &group.entries {
        let place = |place: &Option<policy_spec::Location>| {
            place
                .as_ref()
                .map(|place| format!("<p class=\"quiet\">{}</p>", text(&place.to_string())))
                .unwrap_or_default()
        };
        let said = |said: &Option<String>| said.as_deref().map(marked).unwrap_or_default();
        let proofs: String =
            entry.proofs().iter().chain(&entry.notes).map(|proof| format!("<p>{}</p>", marked(proof))).collect();
        let (old, new) = (place(&entry.old_place), place(&entry.new_place));
        let (before, after) = (said(&entry.before), said(&entry.after));
        let _ = writeln!(out, "<tr><td>{}<td>{before}{old}<td>{after}{new}<td>{proofs}", marked(&entry.name));
    }
    out.push_str("</tbody></table></div>\n");
}

/// Every route of both states, those that differ marked.
fn routes(rows: &[Row<'_>]) -> String {
    let mut table = String::from(
        "<section class=\"plain\">\n<h2>All routes, before and after</h2>\n<table class=\"plain routes\"><thead><tr><th scope=\"col\">Route\
         <th scope=\"col\">Access before<th scope=\"col\">Requires before<th scope=\"col\">Access after<th scope=\"col\">Requires after</thead>\n<tbody>\n",
    );
    for Row { before, after, .. } in rows {
        let (old, new) = (*before, *after);
        let Some(shown) = new.or(old) else { continue };
        let access = |one: Option<&OperationModel>| one.map_or("—", |one| one.requirement.access_word());
        let requires = |one: Option<&OperationModel>| one.map(requirement).unwrap_or_default();
        let differs = if requires(old) == requires(new) { "" } else { " class=\"differs\"" };
        let _ = writeln!(
            table,
            "<tr><td><code>{}</code><td{differs}>{}<td{differs}>{}<td{differs}>{}<td{differs}>{}",
            text(&shown.served_key()),
            access(old),
            requires(old),
            access(new),
            requires(new)
        );
    }
    table.push_str("</tbody></table>\n</section>\n");
    table
}

fn requirement(operation: &OperationModel) -> String {
    let code = |name: &str| format!("<code>{}</code>", text(name));
    InWords::new(&code).requirement(&operation.requirement).join("<br>or ")
}
