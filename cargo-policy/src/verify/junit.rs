//! The report as JUnit's XML: each operation a suite, each request a case.

use std::fmt::Write as _;

use policy_test::matrix::{Judged, Outcome};

use super::{Deny, Verified};

pub(super) fn junit(verified: &Verified<'_>) -> String {
    let report = verified.report;
    let (mut suites, mut failed, mut skipped) = (String::new(), 0, 0);
    for (index, operation) in report.operations.iter().enumerate() {
        let own: Vec<&Judged> = report.judged.iter().filter(|judged| judged.case.operation == index).collect();
        if own.is_empty() {
            continue;
        }
        let key = xml(&operation.key);
        let (mut cases, mut own_failed, mut own_skipped) = (String::new(), 0, 0);
        for judged in &own {
            let name = format!("{}, by {}", judged.case.check, judged.caller());
            let name = format!("{} {}: {name}", judged.case.method, judged.case.target());
            let _ = write!(cases, "    <testcase classname=\"{key}\" name=\"{}\"", xml(&name));
            let curl = report.curl(judged).unwrap_or_default();
            match &judged.outcome {
                Outcome::Failed(fault, what) if fault.is_error() || verified.deny == Deny::Warnings => {
                    own_failed += 1;
                    let text = format!("due: {}\n{curl}", judged.case.expected);
                    let (what, text) = (xml(what), xml(&text));
                    let _ = writeln!(
                        cases,
                        ">\n      <failure type=\"{fault}\" message=\"{what}\">{text}</failure>\n    </testcase>"
                    );
                }
                Outcome::CannotTell(why) => {
                    own_skipped += 1;
                    let _ =
                        writeln!(cases, ">\n      <skipped message=\"cannot tell: {}\"/>\n    </testcase>", xml(why));
                }
                // A warning does not fail a run, and is not lost.
                Outcome::Failed(fault, what) => {
                    let what = xml(&format!("warning[{fault}]: {what}\n{curl}"));
                    let _ = writeln!(cases, ">\n      <system-out>{what}</system-out>\n    </testcase>");
                }
                Outcome::Passed => cases.push_str("/>\n"),
            }
        }
        let count = own.len();
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{key}\" tests=\"{count}\" failures=\"{own_failed}\" errors=\"0\" skipped=\"{own_skipped}\">\n{cases}  </testsuite>"
        );
        failed += own_failed;
        skipped += own_skipped;
    }
    let name = xml(&format!("cargo policy verify {}", verified.url));
    let all = report.judged.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{name}\" tests=\"{all}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">\n{suites}</testsuites>\n"
    )
}

/// Text within an element or a quoted attribute. XML 1.0 has no way to write most control characters.
fn xml(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\n' => shown.push_str("&#10;"),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                shown.extend(character.escape_unicode());
            }
            _ => shown.push(character),
        }
    }
    shown
}
