//! The scopes as tables.

use std::fmt::Write as _;

use super::Report;
use super::text::phrase;
use crate::markdown::{code, marked};

/// How many operations are named as the reason of a scope.
const MOST_NAMED: usize = 10;

pub(super) fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(report, &mut out);
    out
}

fn write(report: &Report<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "### {}\n", marked(&report.summary()))?;
    for set in report.sets.iter().filter(|set| !set.grant.0.is_empty()) {
        writeln!(out, "{}\n", marked(&phrase(set)))?;
        writeln!(out, "| Scheme | Scope | Needed for |\n|---|---|---|")?;
        for (scheme, scope, operations) in &set.because {
            let named = operations.iter().take(MOST_NAMED).map(|operation| {
                let at = operation.scopes_location.as_ref().unwrap_or(&operation.location);
                let key = code(&operation.served_key());
                format!("{key} ({})", code(&format!("{}:{}", at.file, at.line)))
            });
            let mut named: Vec<String> = named.collect();
            if operations.len() > MOST_NAMED {
                named.push(format!("and {} more", operations.len() - MOST_NAMED));
            }
            writeln!(out, "| {} | {} | {} |", code(scheme), code(scope), named.join("<br>"))?;
        }
        writeln!(out)?;
    }
    for operation in &report.nobody {
        writeln!(out, "> **Attention:** nobody may call {}\n", code(&operation.served_key()))?;
    }
    let Some(compared) = &report.compared else { return Ok(()) };
    writeln!(out, "| Scope | Scheme | |\n|---|---|---|")?;
    for (scheme, scope) in &compared.missing {
        let scope = scope.as_deref().map(code).unwrap_or_default();
        writeln!(out, "| {scope} | {} | needed and not held |", code(scheme))?;
    }
    for (scheme, scope) in &compared.excess {
        let scheme = scheme.as_deref().map(code).unwrap_or_default();
        writeln!(out, "| {} | {scheme} | **held and needed for nothing** |", code(scope))?;
    }
    if compared.missing.is_empty() && compared.excess.is_empty() {
        writeln!(out, "| | | what is held is what is needed |")?;
    }
    Ok(())
}
