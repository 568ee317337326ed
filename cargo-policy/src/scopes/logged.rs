//! What the callers of a decision log called and hold, all of them together.

use std::collections::BTreeSet;
use std::io::Write as _;

use policy_spec::{OperationModel, PolicyModel};

use super::Scopes;
use super::held::Held;
use crate::escape::visible;
use crate::failure::Failure;
use crate::replay::{Used, WantedLines, used};

/// What the callers of a log called, and what they hold.
pub(super) struct Called {
    /// As `--operation` takes them.
    pub(super) operations: Vec<String>,
    pub(super) held: Held,
    /// Whether the log does not say all of it.
    pub(super) is_untold: bool,
}

/// The lines of the log that the command line names.
pub(super) fn read(scopes: &Scopes) -> Result<Used, Failure> {
    let most = usize::try_from(scopes.most_groups).unwrap_or(usize::MAX);
    let wanted = WantedLines {
        logs: &scopes.log,
        since: scopes.since,
        until: scopes.until,
        client: scopes.client.as_deref(),
        by: scopes.by,
        most,
    };
    let used = used(&wanted)?;
    if used.unread > 0 {
        let first = used.first_unread.as_deref().unwrap_or_default();
        note(&format!("{} of the log not read; the first is {}", plural_of_lines(used.unread), visible(first)));
    }
    Ok(used)
}

/// All callers of the log as one.
pub(super) fn together(scopes: &Scopes, served: &PolicyModel) -> Result<Called, Failure> {
    let used = read(scopes)?;
    let nothing = || {
        Failure::with_help(
            "the log has no allowed request for an operation of the document",
            "`--client`, `--since` and `--until` say which lines count",
        )
    };
    let client = used.clients.first().ok_or_else(nothing)?;
    let own: BTreeSet<String> = served.operations.iter().map(OperationModel::served_key).collect();
    let named = used.operations(client).into_iter().map(str::to_owned);
    let (operations, unknown): (Vec<String>, Vec<String>) = named.partition(|name| own.contains(name));
    for name in &unknown {
        note(&format!("the document has no operation `{}`, which the log names", visible(name)));
    }
    if client.without_grants > 0 {
        let lines = plural_of_lines(client.without_grants);
        note(&format!("{lines} of the log without what was granted: it has no replay fields"));
    }
    if client.is_cut {
        return Err(Failure::with_help(
            "the log names more operations or grants than there is room for",
            "name one client by `--client`, less time by `--since` and `--until`, or more room by `--most-groups`",
        ));
    }
    if operations.is_empty() {
        return Err(nothing());
    }
    let is_untold = !unknown.is_empty() || client.without_grants > 0 || used.unread > 0;
    Ok(Called { operations, held: Held::granted(used.held(client), scopes.scheme.as_deref()), is_untold })
}

fn note(text: &str) {
    // If standard error is closed, the rest is still wanted.
    let _ = writeln!(anstream::stderr(), "note: {text}");
}

pub(super) fn plural_of_lines(lines: u64) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}
