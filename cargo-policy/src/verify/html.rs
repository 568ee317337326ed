//! The report as one HTML page without scripts, which loads nothing from a network. No text of the document or the service becomes markup.

use std::fmt::Write as _;

use policy_test::matrix::{Judged, Outcome};

use super::Verified;
use crate::audit::html::hash;
use crate::escape::html as text;
use crate::exit::Exit;

const STYLE: &str = "\
:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}body{max-width:72rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #8885;vertical-align:top}\
td.n{text-align:right}pre{overflow-x:auto;padding:.6rem;background:#8882}h3{margin-bottom:.2rem}\
.error{color:#c22}.warning,.cannot-tell{color:#a60}.passed{color:#282}code{overflow-wrap:anywhere}";

pub(super) fn html(verified: &Verified<'_>) -> String {
    let report = verified.report;
    let hash = hash(STYLE);
    let (class, conclusion) = match verified.exit() {
        Exit::Clean => ("passed", "The service does what the document says, as far as it was asked."),
        Exit::CannotTell => ("cannot-tell", "Nothing tells of most of what was asked."),
        _ => ("error", "The service does otherwise than the document says."),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{hash}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{url}</title>\n<style>{STYLE}</style>\n\
         <h1>{url}</h1>\n<p class=\"{class}\"><strong>{conclusion}</strong>\n<p>{counts}\n\
         <p>By the document <code>{document}</code>. Statuses that count as a refusal: {refusals}.\n",
        url = text(verified.url),
        counts = report.counts(),
        document = text(&verified.document),
        refusals = verified.refusals(),
    );
    faults(verified, &mut page);
    page.push_str(
        "<h2>Operations</h2>\n<table>\n<thead><tr><th scope=\"col\">Operation<th scope=\"col\">Requires\
         <th scope=\"col\">As said<th scope=\"col\">Errors<th scope=\"col\">Warnings<th scope=\"col\">Cannot tell</thead>\n<tbody>\n",
    );
    let counts = report.by_operation();
    for (index, operation) in report.operations.iter().enumerate() {
        let own = counts.get(&index).copied().unwrap_or_default();
        let left_out: String = report
            .left_out
            .iter()
            .filter(|(at, _)| *at == index)
            .map(|(_, why)| format!("<br>not tried: {}", text(why)))
            .collect();
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code>{left_out}<td>{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}",
            text(&operation.key),
            text(&operation.requirement),
            own.passed,
            own.errors,
            own.warnings,
            own.cannot_tell
        );
    }
    page.push_str("</tbody>\n</table>\n");
    cases(verified, &mut page);
    page
}

fn faults(verified: &Verified<'_>, page: &mut String) {
    let failures = verified.report.failures();
    if failures.is_empty() {
        return;
    }
    page.push_str("<h2>Faults</h2>\n");
    for (fault, judged) in failures {
        let level = if fault.is_error() { "error" } else { "warning" };
        let operation = verified.report.operation(judged);
        let key = operation.map_or("", |operation| operation.key.as_str());
        let place = operation.map(|operation| operation.location.to_string()).unwrap_or_default();
        let _ = writeln!(
            page,
            "<h3><span class=\"{level}\">{level}[{fault}]</span> <code>{}</code></h3>\n<p>{}<br>Tried: {}<br>By: {}<br>Due: {}<br>{}\n<pre>{}</pre>",
            text(key),
            text(judged.outcome.message()),
            text(&judged.case.check.to_string()),
            text(&judged.caller().to_string()),
            text(&judged.case.expected.to_string()),
            text(&place),
            text(&verified.report.curl(judged).unwrap_or_default())
        );
    }
}

fn cases(verified: &Verified<'_>, page: &mut String) {
    page.push_str("<h2>Requests</h2>\n");
    for (index, operation) in verified.report.operations.iter().enumerate() {
        let own: Vec<&Judged> = verified.report.judged.iter().filter(|judged| judged.case.operation == index).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "<details><summary><code>{}</code></summary>\n<table>\n<thead><tr><th scope=\"col\">Request<th scope=\"col\">Tried\
             <th scope=\"col\">By<th scope=\"col\">Due<th scope=\"col\">Status<th scope=\"col\">Outcome</thead>\n<tbody>",
            text(&operation.key)
        );
        for judged in own {
            let case = &judged.case;
            let status = judged.answer.as_ref().map(|answer| answer.status.to_string()).unwrap_or_default();
            let (class, outcome) = match &judged.outcome {
                Outcome::Passed => ("passed", "as the document says".to_owned()),
                Outcome::CannotTell(why) => ("cannot-tell", format!("cannot tell: {why}")),
                Outcome::Failed(fault, what) if fault.is_error() => ("error", what.clone()),
                Outcome::Failed(_, what) => ("warning", what.clone()),
            };
            let _ = writeln!(
                page,
                "<tr><td><code>{} {}</code><td>{}<td>{}<td>{}<td class=\"n\">{status}<td class=\"{class}\">{}",
                text(&case.method),
                text(&case.target()),
                text(&case.check.to_string()),
                text(&judged.caller().to_string()),
                text(&case.expected.to_string()),
                text(&outcome)
            );
        }
        page.push_str("</tbody>\n</table>\n</details>\n");
    }
}
