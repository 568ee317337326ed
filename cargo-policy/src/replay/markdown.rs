//! A replay for the comment of a pull request.

use super::outcome::Outcome;
use super::report::{Report, Section};
use super::text::{client, reason, summary};
use super::when::shown;
use crate::markdown::{MOST_OF_A_COMMENT, code, marked, prose};

/// How long it is without the last lines.
const MOST: usize = MOST_OF_A_COMMENT - 4_096;

/// The comment, never longer than one may be.
pub(super) fn markdown(report: &Report<'_>) -> String {
    let mut text = format!("**{}**\n\n| | lines |\n|---|--:|\n", prose(&summary(report)));
    for outcome in Outcome::ALL {
        text.push_str(&format!("| {} | {} |\n", outcome.words(), report.lines(outcome)));
    }
    for caveat in report.caveats() {
        text.push_str(&format!("\n> {}\n", marked(&caveat)));
    }
    let mut left_out = 0;
    for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Unchanged || report.replay.all) {
        if report.of(outcome).next().is_none() {
            continue;
        }
        text.push_str(&format!(
            "\n<details><summary>{} ({})</summary>\n\n| operation | client | lines | first | last | why |\n|---|---|--:|---|---|---|\n",
            outcome.words(),
            report.lines(outcome)
        ));
        for row in report.of(outcome).flat_map(rows) {
            if text.len() + row.len() > MOST {
                left_out += 1;
            } else {
                text.push_str(&row);
            }
        }
        text.push_str("\n</details>\n");
    }
    if left_out > 0 {
        text.push_str(&format!("\n{left_out} rows are not shown: a comment has no room for them.\n"));
    }
    for unread in report.totals.unread.iter().take(10) {
        text.push_str(&format!("- {}: {}\n", code(&format!("{}:{}", unread.file, unread.line)), marked(&unread.why)));
    }
    text
}

fn rows(section: &Section<'_>) -> Vec<String> {
    let place =
        section.place.map_or_else(String::new, |place| format!(" {}", code(&format!("{}:{}", place.file, place.line))));
    let hint = section.hint.as_ref().map_or_else(String::new, |hint| format!("; {}", marked(hint)));
    let rows = section.rows.iter().map(|row| {
        format!(
            "| {}{place} | {} | {} | {} | {} | {}{hint} |\n",
            code(&section.name()),
            code(&client(row.client)),
            row.count.lines,
            shown(row.count.first),
            shown(row.count.last),
            prose(&reason(section.outcome, row)),
        )
    });
    rows.collect()
}
