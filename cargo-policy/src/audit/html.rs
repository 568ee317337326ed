//! The audit as one HTML page that loads nothing from a network. `cargo policy diff` shows its two states by the same page.
//!
//! The page holds the audit as JSON, exactly as `--format json` gives it, and a script that shows it. No text of the document ever
//! becomes markup. The script only makes text nodes, the page's content security policy enforces that, and what this file writes is
//! escaped.

use std::fmt::Write as _;

use data_encoding::BASE64;
use hmac_sha256::Hash;
use serde::Serialize;

use super::json::{compact, unwritable};
use super::view::{View, before, query};
use crate::escape::{html as text, one_line};
use crate::failure::Failure;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
/// The script, put together from several files.
const SCRIPT: &str = concat!(
    include_str!("html/model.js"),
    include_str!("html/dom.js"),
    include_str!("html/grid.js"),
    include_str!("html/pane.js"),
    include_str!("html/page.js"),
);

/// What fills the page. What is no text of a document is markup already.
pub(crate) struct Page<'p> {
    pub(crate) title: &'p str,
    pub(crate) version: &'p str,
    /// What the page is about, behind the title.
    pub(crate) subject: &'static str,
    /// What of the page's look depends on what it shows: a class, or nothing.
    pub(crate) class: &'static str,
    /// What findings are called, and one of them.
    pub(crate) findings: (&'static str, &'static str),
    /// The line below the title.
    pub(crate) facts: String,
    pub(crate) check_order: Vec<&'static str>,
    /// In sentences, of which names stand in backticks.
    pub(crate) caveats: Vec<String>,
    /// The tables for a reader without scripts.
    pub(crate) plain: String,
    /// The JSON of the audit, and of what the page shows besides.
    pub(crate) audit: String,
    pub(crate) beside: String,
}

/// What the page shows besides the audit's JSON.
#[derive(Serialize)]
struct Beside<'v> {
    /// What `cargo policy diff` has here.
    states: Option<()>,
    dangers: [(); 0],
    schemes: Vec<(&'v str, String)>,
    /// Each webhook, with the indices of the operations that its receiver calls next.
    webhooks: Vec<(&'v str, &'v [usize])>,
    /// The summary of each operation.
    summaries: Vec<Option<&'v str>>,
    /// What each operation required before overlays changed it.
    before: Vec<Option<String>>,
    /// The operations that overlays removed, each with what it required.
    removed: Vec<(&'v str, String)>,
    /// The indices of the findings about each operation.
    about: Vec<&'v [usize]>,
}

/// The page.
pub(super) fn render(view: &View<'_>) -> Result<String, Failure> {
    let model = view.model;
    let beside = Beside {
        states: None,
        dangers: [],
        schemes: model.schemes.iter().map(|scheme| (scheme.name.as_str(), scheme.kind.to_string())).collect(),
        webhooks: model.webhooks.iter().map(|hook| (hook.name.as_str(), hook.follow_up.as_slice())).collect(),
        summaries: model.operations.iter().map(|operation| operation.summary.as_deref()).collect(),
        before: model.operations.iter().map(before).collect(),
        removed: model.removed.iter().map(|one| (one.key.as_str(), one.before.to_string())).collect(),
        about: view.operations().map(|(_, about)| about).collect(),
    };
    let facts = format!(
        "<span><bdi>{}</bdi></span><span>{}</span><span title=\"Changes when what decides changes\">fingerprint <code>{}</code></span>",
        text(&view.document),
        text(&view.standard()),
        model.fingerprint()
    );
    Ok(page(&Page {
        title: &model.title,
        version: &model.version,
        subject: "who may call what",
        class: "",
        findings: ("Findings", "finding"),
        facts,
        check_order: view.check_order(),
        caveats: view.caveats(),
        plain: format!("{}{}", plain(view), plain_configured(view)),
        audit: compact(view)?,
        beside: serde_json::to_string(&beside).map_err(unwritable)?,
    }))
}

/// The page, filled.
pub(crate) fn page(page: &Page<'_>) -> String {
    let class = if page.class.is_empty() { String::new() } else { format!(" class=\"{}\"", page.class) };
    let parts = [
        ("style", STYLE.to_owned()),
        ("script", SCRIPT.to_owned()),
        ("style-hash", hash(STYLE)),
        ("script-hash", hash(SCRIPT)),
        ("title", text(&one_line(page.title))),
        ("version", text(&one_line(page.version))),
        ("subject", page.subject.to_owned()),
        ("body", class),
        ("findings", page.findings.0.to_owned()),
        ("finding", page.findings.1.to_owned()),
        ("facts", page.facts.clone()),
        ("check-order", page.check_order.iter().map(|stage| format!("<li>{stage}</li>")).collect()),
        ("caveats", page.caveats.iter().map(|caveat| format!("<p>{}</p>", marked(caveat))).collect()),
        ("plain", page.plain.clone()),
        ("audit", data(&page.audit)),
        ("beside", data(&page.beside)),
    ];
    filled(PAGE, &parts)
}

/// A sentence. What stands in backticks becomes code.
pub(crate) fn marked(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", text(part)) } else { text(part) }).collect()
}

/// The template with each `{{name}}` replaced. It is done in one pass, so that a `{{name}}` in a document's text is not replaced.
fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, after)) = after.split_once("}}") else { break };
        page.push_str(parts.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text.as_str()));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// The hash by which a content security policy allows a script.
pub(crate) fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Hash::hash(text.as_bytes())))
}

/// JSON for a `script` element. Only a `<` could end the element, so it is escaped.
fn data(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// What `policy.toml` says of grants and credentials, as plain tables.
fn plain_configured(view: &View<'_>) -> String {
    let mut tables = String::new();
    let mut table = |heads: &[&str], rows: Vec<Vec<String>>| {
        if rows.is_empty() {
            return;
        }
        let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}")).collect();
        let _ = writeln!(tables, "  <table class=\"plain\">\n    <thead><tr>{heads}</thead>\n    <tbody>");
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{}", text(cell))).collect();
            let _ = writeln!(tables, "<tr>{cells}");
        }
        tables.push_str("    </tbody>\n  </table>\n");
    };
    let mapped = view.model.scope_map.iter().map(|mapping| {
        let until = mapping.until.map(|until| until.to_string()).unwrap_or_default();
        let (claim, to) = (mapping.claim.join(" → "), mapping.to.join(" "));
        vec![mapping.scheme.clone(), claim, mapping.from.clone(), to, until]
    });
    table(&["Scheme", "Claim", "Issued", "Grants", "Until"], mapped.collect());
    let as_nobody = view.as_nobody().map(|scheme| vec![scheme.name.clone(), scheme.as_nobody.to_string()]);
    table(&["Scheme", "Counts as nobody, where anybody may call"], as_nobody.collect());
    tables
}

/// The routes as a plain table, for a reader without scripts.
fn plain(view: &View<'_>) -> String {
    let mut rows = String::from(
        "  <table class=\"plain routes\">\n    <thead><tr><th scope=\"col\">Method<th scope=\"col\">Route<th scope=\"col\">Access\
         <th scope=\"col\">Requires<th scope=\"col\">Query<th scope=\"col\">Findings</thead>\n    <tbody>\n",
    );
    for (operation, about) in view.operations() {
        let alternatives: Vec<String> =
            operation.alternatives().iter().map(|alternative| text(&alternative.to_string())).collect();
        let reason = operation.public_reason.as_deref();
        let reason = reason.map(|reason| format!("<br>[[public]]: {}", text(&one_line(reason)))).unwrap_or_default();
        let changed = before(operation);
        let changed = changed.map(|before| format!("<br>overlays, before: {}", text(&before))).unwrap_or_default();
        let findings: Vec<String> =
            view.findings(about).map(|finding| format!("{} {}", finding.level.as_str(), finding.code)).collect();
        let _ = writeln!(
            rows,
            "<tr class=\"{0}\"><td>{1}<td>{2}<td>{0}{reason}<td>{3}{changed}<td>{4}<td>{5}",
            operation.requirement.access_word(),
            text(&operation.method),
            text(&operation.path),
            alternatives.join("<br>or "),
            text(&query(operation)),
            findings.join("<br>")
        );
    }
    rows.push_str("    </tbody>\n  </table>\n");
    rows
}
