//! The report for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_test::matrix::{Fault, Judged, Outcome};

use super::Verified;
use crate::check::plural;
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::{BOLD, OFF, RED};

const YELLOW: &str = "\x1b[1m\x1b[33m";
const GREEN: &str = "\x1b[1m\x1b[32m";
/// How many cases of one fault and one check are shown.
const SHOWN: usize = 3;

/// The faults, the worst first; what nothing tells of; the operations; and the conclusion.
pub(super) fn text(verified: &Verified<'_>, colors: bool) -> String {
    let paint = |color: &'static str| if colors { color } else { "" };
    let report = verified.report;
    let mut text = String::new();
    let mut groups: BTreeMap<(Fault, &str), Vec<&Judged>> = BTreeMap::new();
    for (fault, judged) in report.failures() {
        groups.entry((fault, judged.case.check.code())).or_default().push(judged);
    }
    for ((fault, _), group) in &groups {
        let shown = if verified.all { group.len() } else { SHOWN };
        for judged in group.iter().take(shown) {
            let (word, color) = if fault.is_error() { ("error", paint(RED)) } else { ("warning", paint(YELLOW)) };
            let key = report.operation(judged).map_or("", |operation| operation.key.as_str());
            let (off, bold) = (paint(OFF), paint(BOLD));
            let what = visible(judged.outcome.message());
            let _ = writeln!(text, "{color}{word}[{fault}]{off}{bold}: `{}`: {what}{off}", visible(key));
            if let Some(operation) = report.operation(judged) {
                let _ = writeln!(text, "  --> {}", visible(&operation.location.to_string()));
            }
            for (label, value) in [
                ("tried", judged.case.check.to_string()),
                ("by", judged.caller().to_string()),
                ("due", judged.case.expected.to_string()),
            ] {
                let _ = writeln!(text, "  = {bold}{label}{off}: {}", visible(&value));
            }
            if let Some(curl) = report.curl(judged) {
                let _ = writeln!(text, "  = {bold}again{off}: {}", visible(&curl));
            }
            text.push('\n');
        }
        if let Some(more) = group.len().checked_sub(shown).filter(|more| *more > 0) {
            let _ = writeln!(text, "... and {} like this; `--all` shows them\n", plural(more, "case"));
        }
    }
    untold(verified, &mut text);
    operations(verified, &mut text);
    let counts = report.counts();
    let (color, conclusion) = match verified.exit() {
        Exit::Clean => (paint(GREEN), "ok: the service does what the document says, as far as it was asked"),
        Exit::CannotTell => (paint(YELLOW), "cannot tell: nothing tells of most of what was asked"),
        _ => (paint(RED), "error: the service does otherwise than the document says"),
    };
    let off = paint(OFF);
    let _ = writeln!(text, "{color}{conclusion}{off}");
    let _ = writeln!(text, "  = {} by {}: {counts}", visible(verified.url), visible(&verified.document));
    if let (missing @ 1.., told) = report.missing_scopes() {
        let _ = writeln!(text, "  = scopes that were left out in turn: {missing}, of which {told} tell something");
    }
    let _ = writeln!(text, "  = statuses that count as a refusal: {}", verified.refusals());
    text
}

/// Why nothing tells, with how many cases it is so of.
fn untold(verified: &Verified<'_>, text: &mut String) {
    let mut reasons: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for judged in &verified.report.judged {
        if let Outcome::CannotTell(why) = &judged.outcome {
            reasons.entry(why).or_default().push(judged);
        }
    }
    for (why, cases) in reasons {
        let _ = writeln!(text, "cannot tell of {}: {}", plural(cases.len(), "case"), visible(why));
        let shown = if verified.all { cases.len() } else { SHOWN };
        for judged in cases.iter().take(shown) {
            let key = verified.report.operation(judged).map_or("", |operation| operation.key.as_str());
            let _ = writeln!(text, "  {}: {}", visible(key), visible(&judged.case.check.to_string()));
        }
        if let Some(more) = cases.len().checked_sub(shown).filter(|more| *more > 0) {
            let _ = writeln!(text, "  ... and {more} more");
        }
        text.push('\n');
    }
}

fn operations(verified: &Verified<'_>, text: &mut String) {
    let report = verified.report;
    let counts = report.by_operation();
    for (index, operation) in report.operations.iter().enumerate() {
        let left_out: Vec<&str> = report.left_out.iter().filter(|(at, _)| *at == index).map(|(_, why)| *why).collect();
        let Some(own) = counts.get(&index) else {
            if !left_out.is_empty() {
                let _ = writeln!(text, "{}: not tried: {}", visible(&operation.key), left_out.join("; "));
            }
            continue;
        };
        let _ = writeln!(text, "{}: {own}", visible(&operation.key));
        for why in left_out {
            let _ = writeln!(text, "  not tried: {why}");
        }
    }
    text.push('\n');
}
