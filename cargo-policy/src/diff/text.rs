//! The difference for people.

use std::fmt::Write as _;

use policy_spec::Location;

use super::Report;
use super::entry::Entry;
use super::groups::{Group, groups};
use crate::escape::visible;
use crate::failure::{BLUE, BOLD, GREEN, OFF, RED};

/// How many operations of a group are named.
const MOST_NAMED: usize = 10;

/// With ANSI colours.
pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(report, &mut text);
    text
}

fn write(report: &Report<'_>, text: &mut String) -> std::fmt::Result {
    for caveat in report.caveats() {
        writeln!(text, "{RED}attention{OFF}{BOLD}: {}{OFF}\n", visible(&caveat))?;
    }
    let mut danger = None;
    for group in groups(&report.entries) {
        if danger != Some(group.danger) {
            danger = Some(group.danger);
            writeln!(text, "{BOLD}{} ({}){OFF}", group.danger.title(), group.danger)?;
        }
        write_group(report, &group, text)?;
    }
    if let Some(hint) = &report.hint {
        writeln!(text, "{BOLD}help{OFF}: {}\n", visible(hint))?;
    }
    let refused = report.refused();
    let (style, level) = if report.exit() == crate::exit::Exit::Clean { (GREEN, "ok") } else { (RED, "error") };
    writeln!(text, "{style}{level}{OFF}{BOLD}: {}{OFF}", visible(&report.summary()))?;
    if refused > 0 {
        writeln!(text, "  {BLUE}={OFF} {refused} refused because of `--fail-on`")?;
    }
    Ok(())
}

fn write_group(report: &Report<'_>, group: &Group<'_>, text: &mut String) -> std::fmt::Result {
    let Some(first) = group.first() else { return Ok(()) };
    let is_refused = group.entries.iter().any(|entry| report.is_refused(entry));
    let mark = if is_refused { format!("{RED}✗{OFF}") } else { "·".to_owned() };
    writeln!(text, "{mark} {BOLD}{}{OFF}", visible(&group.sentence()))?;
    if let [entry] = group.entries.as_slice() {
        for place in places(entry) {
            writeln!(text, "    {place}")?;
        }
        let proofs = entry.proofs();
        write_facts(entry.before.as_deref(), entry.after.as_deref(), &proofs, &entry.notes, text)?;
        return text.write_str("\n");
    }
    let most = if report.all { usize::MAX } else { MOST_NAMED };
    for entry in group.entries.iter().take(most) {
        let name = entry.bare_name();
        writeln!(text, "    {}  {BLUE}{}{OFF}", visible(&name), places(entry).join(", "))?;
    }
    if group.entries.len() > most {
        writeln!(text, "    … and {} more; `--all` names them", group.entries.len() - most)?;
    }
    let (before, after) = (group.common(|entry| entry.before.as_deref()), group.common(|entry| entry.after.as_deref()));
    let example = first.bare_name();
    let proofs: Vec<String> = first.proofs().iter().map(|proof| format!("{proof} (`{example}`)")).collect();
    let notes: Vec<String> = first.notes.iter().map(|note| format!("{note} (`{example}`)")).collect();
    write_facts(before, after, &proofs, &notes, text)?;
    text.write_str("\n")
}

fn write_facts(
    before: Option<&str>,
    after: Option<&str>,
    proofs: &[String],
    notes: &[String],
    text: &mut String,
) -> std::fmt::Result {
    for (what, said) in [("before", before), ("after", after)] {
        if let Some(said) = said {
            writeln!(text, "    {BLUE}={OFF} {BOLD}{what}{OFF}: {}", visible(said))?;
        }
    }
    for (what, said) in proofs.iter().map(|said| ("witness", said)).chain(notes.iter().map(|said| ("note", said))) {
        writeln!(text, "    {BLUE}={OFF} {BOLD}{what}{OFF}: {}", visible(said))?;
    }
    Ok(())
}

/// Where it stands, in the new document and in the old one.
fn places(entry: &Entry) -> Vec<String> {
    let shown = |place: &Option<Location>, when: &str| {
        place.as_ref().map(|place| format!("{when}{}", visible(&place.to_string())))
    };
    shown(&entry.new_place, "").into_iter().chain(shown(&entry.old_place, "was ")).collect()
}
