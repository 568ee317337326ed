//! The difference for the comment of a pull request.
//!
//! A comment has at most 65,536 characters. What does not fit is left out from the least dangerous end, and is counted.

use std::fmt::Write as _;

use policy_spec::Location;

use super::Report;
use super::entry::Entry;
use super::groups::{Group, groups};
use crate::escape::html;
use crate::markdown::{MOST_OF_A_COMMENT, code, marked};

/// What is kept for the lines that say what was left out.
const KEPT_BYTES: usize = 600;
/// How long the text of one cell may be.
const MOST_OF_A_CELL: usize = 400;
/// How many operations of a group have a row, and how many where there is little room.
const ROWS: [usize; 3] = [100, 8, 1];

/// Headings and folded tables.
pub(super) fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "### Who may call what: {}\n", marked(&report.summary()))?;
    for caveat in report.caveats() {
        writeln!(out, "> **Attention:** {}\n", marked(&short(&caveat)))?;
    }
    if report.refused() > 0 {
        writeln!(out, "**{} refused** by `--fail-on`.\n", report.refused())?;
    }
    if let Some(hint) = &report.hint {
        writeln!(out, "{}\n", marked(&short(hint)))?;
    }
    let groups = groups(&report.entries);
    let most = MOST_OF_A_COMMENT - KEPT_BYTES;
    let parts = ROWS.map(|rows| groups.iter().map(|group| part(report, group, rows)).collect::<Vec<_>>());
    let total = |parts: &[String]| parts.iter().map(|part| part.len() + 120).sum::<usize>() + out.len();
    let parts = parts.iter().find(|parts| total(parts) <= most).or(parts.last());
    let (mut danger, mut left_out) = (None, 0);
    for (group, part) in groups.iter().zip(parts.into_iter().flatten()) {
        if left_out > 0 || out.len() + part.len() + 120 > most {
            left_out += group.entries.len();
            continue;
        }
        if danger != Some(group.danger) {
            danger = Some(group.danger);
            writeln!(out, "#### {}\n", group.danger.title())?;
        }
        out.push_str(part);
    }
    if left_out > 0 {
        writeln!(out, "{left_out} more differences do not fit here; `cargo policy diff` shows all.")?;
    }
    Ok(())
}

/// A group: a folded table. What is refused, or opens something, is not folded.
fn part(report: &Report<'_>, group: &Group<'_>, rows: usize) -> String {
    let mut out = String::new();
    let is_refused = group.entries.iter().any(|entry| report.is_refused(entry));
    let open = if is_refused || group.danger <= policy_spec::Danger::Incomparable { " open" } else { "" };
    let mark = if is_refused { "❌ " } else { "" };
    let _ = writeln!(out, "<details{open}><summary>{mark}{}</summary>\n", summary(&short(&group.sentence())));
    let _ = writeln!(out, "| | Before | After | Witness | Lines |\n|---|---|---|---|---|");
    for entry in group.entries.iter().take(rows) {
        let _ = writeln!(out, "{}", row(entry));
    }
    if group.entries.len() > rows {
        let _ = writeln!(out, "\n… and {} more.", group.entries.len() - rows);
    }
    out.push_str("\n</details>\n\n");
    out
}

fn row(entry: &Entry) -> String {
    let said = |said: &Option<String>| said.as_deref().map(|said| marked(&short(said))).unwrap_or_default();
    let proofs: Vec<String> = entry.proofs().iter().chain(&entry.notes).map(|proof| marked(&short(proof))).collect();
    let place = |place: &Option<Location>, when: &str| {
        place.as_ref().map(|place| format!("{when}{}", code(&short(&format!("{}:{}", place.file, place.line)))))
    };
    let places: Vec<String> = place(&entry.new_place, "").into_iter().chain(place(&entry.old_place, "was ")).collect();
    format!(
        "| {} | {} | {} | {} | {} |",
        marked(&short(&entry.name)),
        said(&entry.before),
        said(&entry.after),
        proofs.join("<br>"),
        places.join("<br>")
    )
}

/// A sentence within HTML. What stands in backticks becomes code, in which nobody is mentioned.
fn summary(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts
        .map(|(at, part)| match at % 2 {
            1 => format!("<code>{}</code>", html(part)),
            _ => html(part).replace('@', "&#64;"),
        })
        .collect()
}

/// The text, cut where it is longer than a cell may be.
fn short(text: &str) -> String {
    if text.chars().count() <= MOST_OF_A_CELL {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MOST_OF_A_CELL).collect();
    // A name that was cut within its backticks is closed.
    let end = if cut.matches('`').count() % 2 == 1 { "…`" } else { "…" };
    format!("{cut}{end}")
}
