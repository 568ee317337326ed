//! `--dry-run`: what would be sent, and which credentials that needs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_test::matrix::{Caller, Run};

use crate::check::plural;
use crate::escape::visible;

/// The requests, operation by operation, and the credentials that they need.
pub(super) fn text(run: &Run, document: &str, url: &str) -> String {
    let plan = run.plan();
    let operations = &run.engine().served().operations;
    let mut text = format!(
        "{} would be sent to {}, by {}\n",
        plural(plan.cases.len(), "request"),
        visible(url),
        visible(document)
    );
    let mut needed: BTreeMap<String, usize> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let own = plan.cases.iter().filter(|case| case.operation == index);
        let left_out = plan.left_out.iter().filter(|(at, _)| *at == index);
        let mut lines = String::new();
        for case in own {
            let _ = writeln!(
                lines,
                "  {} {}\n    {}; by {}; due: {}",
                visible(&case.method),
                visible(&case.target()),
                visible(&case.check.to_string()),
                visible(&case.caller.to_string()),
                case.expected
            );
            match &case.caller {
                Caller::Holds(grants) => {
                    for (scheme, scopes) in grants {
                        *needed
                            .entry(Caller::Holds(vec![(scheme.clone(), scopes.clone())]).to_string())
                            .or_default() += 1;
                    }
                }
                Caller::Refused { .. } => *needed.entry(case.caller.to_string()).or_default() += 1,
                _ => {}
            }
        }
        for (_, why) in left_out {
            let _ = writeln!(lines, "  not tried: {why}");
        }
        if !lines.is_empty() {
            let key = operation.served_key();
            let _ = write!(text, "\n{}: {}\n{lines}", visible(&key), visible(&operation.requirement.to_string()));
        }
    }
    if !needed.is_empty() {
        text.push_str("\nCredentials:\n");
    }
    for (credential, count) in needed {
        let _ = writeln!(text, "  {} for {}", visible(&credential), plural(count, "request"));
    }
    text
}
