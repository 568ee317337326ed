//! The difference as a page: what changed by its danger, then every route with both states side by side.
//!
//! The page has no script, and loads nothing. Its style is that of the audit's page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_spec::{InWords, OperationModel};

use super::Report;
use super::groups::{Group, groups};
use crate::audit::html::{STYLE, filled, hash};
use crate::escape::html as text;
use crate::failure::Failure;

const PAGE: &str = include_str!("page.html");

pub(super) fn html(report: &Report<'_>) -> Result<String, Failure> {
    let style = format!("{STYLE}{}", include_str!("page.css"));
    let (before, after) = (report.old.model()?, report.new.model()?);
    let title = if after.title.is_empty() { &before.title } else { &after.title };
    let fingerprint = |print: Option<String>| print.unwrap_or_else(|| "none".to_owned());
    let parts = [
        ("style-hash", hash(&style)),
        ("style", style),
        ("title", text(&crate::escape::one_line(title))),
        ("old", text(&report.old.name)),
        ("new", text(&report.new.name)),
        ("old-fingerprint", fingerprint(report.old.fingerprint())),
        ("new-fingerprint", fingerprint(report.new.fingerprint())),
        ("summary", marked(&report.summary())),
        ("caveats", report.caveats().iter().map(|caveat| format!("<p>{}</p>", marked(caveat))).collect()),
        ("sections", sections(report)),
        ("routes", routes(&before.operations, &after.operations)),
    ];
    Ok(filled(PAGE, &parts))
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
            let _ = writeln!(out, "<section class=\"{}\">\n<h2>{}</h2>", group.danger, group.danger.title());
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

/// An operation as it was and as it is, where it is there.
type Both<'m> = (Option<&'m OperationModel>, Option<&'m OperationModel>);

/// Every route of both states, those that differ marked.
fn routes(before: &[OperationModel], after: &[OperationModel]) -> String {
    let mut all: BTreeMap<(String, String), Both<'_>> = BTreeMap::new();
    // By path first, so that the methods of one stand together.
    let key = |operation: &OperationModel| {
        let route = operation.route();
        let (method, path) = route.split_once(' ').unwrap_or(("", &route));
        (path.to_owned(), method.to_owned())
    };
    for operation in before {
        all.entry(key(operation)).or_default().0.get_or_insert(operation);
    }
    for operation in after {
        all.entry(key(operation)).or_default().1.get_or_insert(operation);
    }
    let mut rows = String::new();
    for (old, new) in all.into_values() {
        let Some(shown) = new.or(old) else { continue };
        let access = |one: Option<&OperationModel>| one.map_or("—", |one| one.requirement.access_word());
        let requires = |one: Option<&OperationModel>| one.map(requirement).unwrap_or_default();
        let differs = if requires(old) == requires(new) { "" } else { " class=\"differs\"" };
        let _ = writeln!(
            rows,
            "<tr><td><code>{}</code><td{differs}>{}<td{differs}>{}<td{differs}>{}<td{differs}>{}",
            text(&shown.served_key()),
            access(old),
            requires(old),
            access(new),
            requires(new)
        );
    }
    rows
}

fn requirement(operation: &OperationModel) -> String {
    let code = |name: &str| format!("<code>{}</code>", text(name));
    InWords::new(&code).requirement(&operation.requirement).join("<br>or ")
}

/// A sentence. What stands in backticks becomes code.
fn marked(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", text(part)) } else { text(part) }).collect()
}
