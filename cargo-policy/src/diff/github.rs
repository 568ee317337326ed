//! The difference as annotations in GitHub's pull requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_spec::{Danger, Level};

use super::Report;
use super::entry::Entry;
use crate::check::github::{Annotation, commands};
use crate::check::place::{Region, first_line};
use crate::escape::visible;

pub(super) fn github(report: &Report<'_>) -> String {
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    let mut annotations = Vec::new();
    for entry in &report.entries {
        let rank = ranks.entry(entry.change).or_default();
        *rank += 1;
        annotations.push(annotation(report, entry, *rank));
    }
    for caveat in report.caveats() {
        let is_broken = report.old.is_broken() || report.new.is_broken();
        annotations.push(Annotation {
            level: if is_broken { Level::Error } else { Level::Note },
            title: "no-policy".to_owned(),
            message: caveat,
            file: new_file(report),
            region: None,
            rank: 0,
        });
    }
    let mut text = commands(annotations, &report.new.name);
    let _ = writeln!(text, "{}", visible(&report.summary()));
    text
}

/// How grave an entry is: an error where `--fail-on` names it, and a warning where it may let somebody in.
pub(super) fn level(report: &Report<'_>, entry: &Entry) -> Level {
    match entry.danger {
        _ if report.is_refused(entry) => Level::Error,
        Danger::Removed | Danger::Narrowed | Danger::Renamed | Danger::Catalogue => Level::Note,
        _ => Level::Warning,
    }
}

fn annotation(report: &Report<'_>, entry: &Entry, rank: usize) -> Annotation {
    let level = level(report, entry);
    let mut message = entry.sentence();
    for (what, said) in [("before", &entry.before), ("after", &entry.after)] {
        if let Some(said) = said {
            let _ = write!(message, "\n{what}: {said}");
        }
    }
    for proof in entry.proofs().iter().chain(&entry.notes) {
        let _ = write!(message, "\n{proof}");
    }
    let sources = report.new.loaded().map(|loaded| &loaded.sources);
    let region = match (entry.span.zip(sources), &entry.new_place) {
        (Some((span, sources)), _) => Some(first_line(sources, span)),
        (None, Some(place)) => {
            Some(Region { line: place.line, column: place.column, end_line: place.line, end_column: place.column })
        }
        // What is gone has no line in the new document.
        (None, None) => None,
    };
    let file = entry.new_place.as_ref().map_or_else(|| new_file(report), |place| place.file.clone());
    Annotation { level, title: format!("{}: {}", entry.danger, entry.change), message, file, region, rank }
}

/// The new document's file.
fn new_file(report: &Report<'_>) -> String {
    let path = report.new.read.as_ref().map(|read| read.path.to_string_lossy().replace('\\', "/"));
    path.map_or_else(|| report.new.name.clone(), |path| report.new.file(&path))
}
