//! A replay for people.

use std::fmt::Write as _;

use super::outcome::{Detail, Outcome};
use super::report::{Client, Report, Row, Section};
use super::when::shown;
use crate::escape::visible;
use crate::failure::{BLUE, BOLD, GREEN, OFF, RED};

/// How many clients of an operation are named.
const MOST_NAMED: usize = 10;

/// With ANSI colours.
pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(report, &mut text);
    text
}

fn write(report: &Report<'_>, text: &mut String) -> std::fmt::Result {
    for outcome in Outcome::ALL {
        let lines = report.lines(outcome);
        if lines == 0 || (outcome == Outcome::Unchanged && !report.replay.all) {
            continue;
        }
        writeln!(text, "{BOLD}{} ({lines}){OFF}", outcome.words())?;
        for section in report.of(outcome) {
            write_section(report, section, text)?;
        }
        text.push('\n');
    }
    writeln!(text, "{}", summary(report))?;
    for outcome in Outcome::ALL {
        let split = match outcome {
            Outcome::Unchanged => split(report),
            _ => String::new(),
        };
        writeln!(text, "  {:>12}  {}{split}", report.lines(outcome), outcome.words())?;
    }
    for caveat in report.caveats() {
        writeln!(text, "{BOLD}attention{OFF}: {}", visible(&caveat))?;
    }
    for unread in &report.totals.unread {
        writeln!(text, "  {BLUE}{}:{}{OFF}: {}", visible(&unread.file), unread.line, visible(&unread.why))?;
    }
    let more = report.totals.unreadable + report.totals.other_schema - report.totals.unread.len() as u64;
    if more > 0 {
        writeln!(text, "  … and {more} more lines that were not read")?;
    }
    match report.refused().as_slice() {
        [] if report.replay.fail_on.is_empty() => Ok(()),
        [] => writeln!(text, "{GREEN}ok{OFF}{BOLD}: nothing that `--fail-on` names{OFF}"),
        found => {
            let found: Vec<String> = found.iter().map(|(name, lines)| format!("{lines} {name}")).collect();
            writeln!(text, "{RED}error{OFF}{BOLD}: {}, by `--fail-on`{OFF}", found.join(", "))
        }
    }
}

/// `12 lines from … to …, decided by openapi.yaml`.
pub(super) fn summary(report: &Report<'_>) -> String {
    let totals = report.totals;
    let time =
        totals.time.map_or_else(String::new, |time| format!(" from {} to {}", shown(time.first), shown(time.last)));
    let mut text = format!("{} lines{time}, decided by {}", totals.replayed, visible(&report.document));
    for (count, what) in [
        (totals.outside, "outside of the time"),
        (totals.of_others, "of other documents"),
        (totals.undecided, "that no policy decided"),
    ] {
        if count > 0 {
            // Writing to a string does not fail.
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}

/// How the unchanged lines were decided.
fn split(report: &Report<'_>) -> String {
    let parts = [
        (Detail::Allowed, "allowed"),
        (Detail::Refused, "denied"),
        (Detail::Shadowed, "denied and let through by shadow mode"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(detail, words)| (report.lines_with(Outcome::Unchanged, detail), words))
        .filter(|(lines, _)| *lines > 0)
        .map(|(lines, words)| format!("{lines} {words}"))
        .collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn write_section(report: &Report<'_>, section: &Section<'_>, text: &mut String) -> std::fmt::Result {
    let place =
        section.place.map_or_else(String::new, |place| format!("  {BLUE}{}:{}{OFF}", visible(&place.file), place.line));
    writeln!(text, "  {BOLD}{}{OFF}{place}", visible(&section.name()))?;
    if let Some(hint) = &section.hint {
        writeln!(text, "    {BLUE}={OFF} {}", visible(hint))?;
    }
    let most = if report.replay.all { usize::MAX } else { MOST_NAMED };
    for row in section.rows.iter().take(most) {
        let time = match (shown(row.count.first), shown(row.count.last)) {
            (first, last) if first == last => first,
            (first, last) => format!("{first} to {last}"),
        };
        writeln!(text, "    {:>8}  {}  {time}  {}", row.count.lines, client(row.client), reason(section.outcome, row))?;
    }
    match section.rows.len().saturating_sub(most) {
        0 => Ok(()),
        more => writeln!(text, "    … and {more} more; `--all` names them"),
    }
}

/// A client for people, in one line.
pub(super) fn client(client: Client<'_>) -> String {
    match client {
        Client::Nobody => "(nobody)".to_owned(),
        Client::Further => "(further clients)".to_owned(),
        Client::Named(name) => visible(name).into_owned(),
    }
}

/// Why, with the scopes that the client lacks.
pub(super) fn reason(outcome: Outcome, row: &Row<'_>) -> String {
    match row.missing.as_slice() {
        [] if outcome == Outcome::NewlyAllowed => format!("denied then: {}", row.detail.words()),
        [] => row.detail.words().to_owned(),
        missing => format!("{}: {}", row.detail.words(), visible(&missing.join(" "))),
    }
}
