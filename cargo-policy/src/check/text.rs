//! The report for people: each finding as `rustc` would print it, and a line that sums up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use policy_spec::{Finding, Level, Told};

use super::against::Against;
use super::{Counts, Deny, Report};
use crate::failure::{BOLD, OFF, RED};

/// How many findings of one code are shown. Findings that say the same count as one.
const MOST_OF_A_CODE: usize = 20;
const YELLOW: &str = "\x1b[1m\x1b[33m";
const GREEN: &str = "\x1b[1m\x1b[92m";
const BLUE: &str = "\x1b[1m\x1b[94m";

/// The report, with ANSI colours if asked.
pub(super) fn text(report: &Report<'_>, all: bool, color: bool) -> String {
    let mut text = String::new();
    let hidden = findings(report, all, color, &mut text);
    if let Some(against) = report.against {
        differences(report, against, all, &mut text);
    }
    summary(report, hidden, &mut text);
    if color { text } else { anstream::adapter::strip_str(&text).to_string() }
}

/// What was not shown.
struct Hidden {
    notes: usize,
    waived: usize,
    folded: bool,
}

fn findings(report: &Report<'_>, all: bool, color: bool, text: &mut String) -> Hidden {
    let counts = report.counts;
    // Notes are shown only if there is nothing else. Errors, warnings and differences would be hard to find among them.
    let nothing_else = counts.errors + counts.warnings == 0 && report.against.is_none_or(Against::is_clean);
    let notes = all || report.deny == Deny::Notes || nothing_else;
    let shown = |finding: &&Finding| all || finding.waived.is_none() && (notes || finding.level > Level::Note);
    let loaded = &report.read.loaded;
    let findings = loaded.findings.iter().filter(shown);
    let findings = if all { Told::each(findings) } else { Told::once(findings) };
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut explained = BTreeSet::new();
    for finding in &findings {
        let code = finding.finding.code.as_str();
        let count = told.entry(code).or_default();
        *count += 1;
        if all || *count <= MOST_OF_A_CODE {
            let page = format!("docs/findings.md#{code} explains it");
            let note = explained.insert(code).then_some(page.as_str());
            let _ = writeln!(text, "{}\n", finding.render(&loaded.sources, color, note));
        }
    }
    let folded = fold(told, all, text) | findings.iter().any(|finding| finding.count() > 1);
    Hidden { notes: if notes { 0 } else { counts.notes }, waived: if all { 0 } else { counts.waived }, folded }
}

/// Says how many of each were left out.
fn fold(told: BTreeMap<&str, usize>, all: bool, text: &mut String) -> bool {
    let mut folded = false;
    for (code, count) in told.into_iter().filter(|(_, count)| !all && *count > MOST_OF_A_CODE) {
        folded = true;
        let _ = writeln!(text, "… and {} more of `{code}`\n", count - MOST_OF_A_CODE);
    }
    folded
}

fn differences(report: &Report<'_>, against: &Against, all: bool, text: &mut String) {
    let other = &against.other.loaded;
    for finding in Told::once(other.findings.iter().filter(|finding| finding.is_error())).iter().take(MOST_OF_A_CODE) {
        let _ = writeln!(text, "{}\n", finding.render(&other.sources, true, None));
    }
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for difference in against.told(report.read) {
        let count = told.entry(difference.change.as_str()).or_default();
        *count += 1;
        if all || *count <= MOST_OF_A_CODE {
            let _ = writeln!(text, "{}\n", difference.render(&report.name(), &against.name(), true));
        }
    }
    fold(told, all, text);
    if let Some(hint) = against.hint(report.read) {
        let _ = writeln!(text, "{BOLD}help{OFF}: {hint}\n");
    }
}

fn summary(report: &Report<'_>, hidden: Hidden, text: &mut String) {
    let counts = report.counts;
    let name = report.name();
    let mut found: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning"), (counts.notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| plural(count, what))
        .collect();
    if found.is_empty() {
        found.push("no findings".to_owned());
    }
    let (style, level) = match counts {
        Counts { errors: 1.., .. } => (RED, "error"),
        Counts { warnings: 1.., .. } => (YELLOW, "warning"),
        _ => (GREEN, "ok"),
    };
    let policy = match &report.read.loaded.model {
        None => "no policy".to_owned(),
        Some(model) => format!(
            "a policy of {} and {}, fingerprint {}",
            plural(model.operations.len(), "operation"),
            plural(model.scopes.len(), "scope"),
            model.fingerprint()
        ),
    };
    let _ = writeln!(text, "{style}{level}{OFF}{BOLD}: {} in {name}; {policy}{OFF}", found.join(", "));
    if let Some(file) = &report.read.found {
        let _ = writeln!(text, "  {BLUE}={OFF} read as `{}` says", file.display());
    }
    let mut left_out = Vec::new();
    if hidden.notes > 0 {
        left_out.push(plural(hidden.notes, "note"));
    }
    if hidden.waived > 0 {
        left_out.push(format!("{} waived", hidden.waived));
    }
    if hidden.folded {
        left_out.push("more of the same".to_owned());
    }
    if !left_out.is_empty() {
        let _ = writeln!(text, "  {BLUE}={OFF} not shown: {}; `--all` shows everything", left_out.join(", "));
    }
    let raised = counts.errors == 0 && report.is_denied();
    if raised {
        let _ = writeln!(text, "  {BLUE}={OFF} refused because of `--deny {}`", report.deny.as_str());
    }
    let Some(against) = report.against else { return };
    let other = against.name();
    let (style, level, what) = match against.differences.len() {
        _ if !against.compared => (RED, "error", format!("nothing could be compared with {other}")),
        _ if against.errors > 0 => {
            let errors = plural(against.errors, "error");
            let differences = plural(against.differences.len(), "difference");
            (RED, "error", format!("{errors} in {other}, which is no policy; {differences} in what can be read"))
        }
        0 if report.read.loaded.model.is_none() => {
            (RED, "error", format!("no difference from {other} in what can be read"))
        }
        0 => (GREEN, "ok", format!("the same policy as {other}")),
        count => (RED, "error", format!("{} from {other}", plural(count, "difference"))),
    };
    let _ = writeln!(text, "{style}{level}{OFF}{BOLD}: {what}{OFF}");
}

pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
