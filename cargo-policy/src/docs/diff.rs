//! The difference between a stale page and what it should be, as a unified diff.

use std::path::Path;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const OFF: &str = "\x1b[0m";

/// From the page as it stands to the page as it should be.
pub(crate) fn unified(file: &Path, stands: &str, should: &str) -> String {
    // Two long tables without a common line would take long. After two seconds the diff gets coarser.
    let diff = TextDiff::configure().timeout(Duration::from_secs(2)).diff_lines(stands, should);
    let file = file.display();
    let mut text = format!("{BOLD}--- {file}{OFF}\n{BOLD}+++ {file}, as the document has it{OFF}\n");
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        text.push_str(&format!("{CYAN}{}{OFF}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, color) = match change.tag() {
                ChangeTag::Equal => (" ", ""),
                ChangeTag::Delete => ("-", RED),
                ChangeTag::Insert => ("+", GREEN),
            };
            let line = change.value().trim_end_matches(['\r', '\n']);
            let off = if color.is_empty() { "" } else { OFF };
            text.push_str(&format!("{color}{sign}{line}{off}\n"));
        }
    }
    text
}
