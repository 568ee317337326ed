//! The scopes for people.

use std::fmt::Write as _;

use policy_spec::OperationModel;

use super::{Report, Set};
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::{BLUE, BOLD, GREEN, OFF, RED};

/// How many operations are named as the reason of a scope.
const MOST_NAMED: usize = 3;

/// With ANSI colours.
pub(super) fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(report, &mut text);
    text
}

fn write(report: &Report<'_>, text: &mut String) -> std::fmt::Result {
    for set in report.sets.iter().filter(|set| !set.grant.0.is_empty()) {
        writeln!(text, "{BOLD}{}{OFF}", visible(&phrase(set)))?;
        for (scheme, scope, operations) in &set.because {
            let what = if scope.is_empty() { scheme } else { scope };
            let named: Vec<String> = operations.iter().take(MOST_NAMED).map(|operation| place(operation)).collect();
            let more = operations.len().saturating_sub(MOST_NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            writeln!(text, "  {BLUE}={OFF} {}: {}{more}", visible(what), named.join(", "))?;
        }
        text.write_str("\n")?;
    }
    for operation in &report.nobody {
        writeln!(text, "{RED}error{OFF}{BOLD}: nobody may call {}{OFF}\n", place(operation))?;
    }
    if let Some(compared) = &report.compared {
        for (scheme, scope) in &compared.missing {
            let what = scope.as_ref().map_or("a credential".to_owned(), |scope| format!("`{}`", visible(scope)));
            writeln!(text, "{BOLD}missing{OFF}: {what} of `{}`", visible(scheme))?;
        }
        for (scheme, scope) in &compared.excess {
            let of = scheme.as_ref().map(|scheme| format!(" of `{}`", visible(scheme))).unwrap_or_default();
            writeln!(text, "{BOLD}excess{OFF}: `{}`{of} is held and needed for nothing", visible(scope))?;
        }
    }
    let (style, level) = if report.exit() == Exit::Clean { (GREEN, "ok") } else { (RED, "error") };
    writeln!(text, "{style}{level}{OFF}{BOLD}: {}{OFF}", visible(&report.summary()))
}

/// `OAuth2` with `files:read`, and `Key`.
pub(super) fn phrase(set: &Set<'_>) -> String {
    let quoted = |name: &String| format!("`{}`", name.replace('`', "'"));
    let schemes = set.grant.0.iter().map(|(scheme, scopes)| match scopes.len() {
        0 => quoted(scheme),
        _ => format!("{} with {}", quoted(scheme), scopes.iter().map(quoted).collect::<Vec<_>>().join(", ")),
    });
    schemes.collect::<Vec<_>>().join(", and ")
}

/// An operation with its place: where its scopes are written, or else where it stands.
fn place(operation: &OperationModel) -> String {
    let at = operation.scopes_location.as_ref().unwrap_or(&operation.location);
    visible(&format!("{} ({at})", operation.served_key())).into_owned()
}
