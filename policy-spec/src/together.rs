//! Scopes that are required together and read like alternatives.
//!
//! OpenAPI requires all scopes of a list. Some lists look as if their author meant that one is enough. They have reading beside writing
//! (`files:read`, `files:write`), a wildcard beside what it covers (`files:*`, `files:read`), or the access of a patient beside that
//! of a user.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::finding::{Code, Finding, named};
use crate::model::OperationModel;
use crate::operations::Operations;
use crate::source::Span;

/// The contexts of SMART App Launch 2.2, "Scopes for requesting FHIR Resources". A token has scopes of one context.
const SMART: [&str; 3] = ["patient/", "system/", "user/"];

/// Reports each group of such scopes once, with how many operations require it.
pub(crate) fn read_like_alternatives(context: &mut Context<'_>, operations: &Operations) {
    let mut groups: BTreeMap<Vec<String>, (Span, usize)> = BTreeMap::new();
    for operation in &operations.models {
        for group in groups_of(operation) {
            let Some(span) = operation.reasons.first() else { continue };
            groups.entry(group).or_insert((*span, 0)).1 += 1;
        }
    }
    for (group, (span, count)) in groups {
        let who = if count == 1 { "one operation requires".to_owned() } else { format!("{count} operations require") };
        let quoted: Vec<String> = group.iter().map(|scope| format!("`{scope}`")).collect();
        let both = if group.len() == 2 { " both" } else { "" };
        context.report(
            Finding::new(Code::AndThatReadsLikeOr, span, format!("{who}{both} {}", named(&quoted, quoted.len())))
                .label("all of a list are required; first here")
                .help("where either is enough, write them as alternatives: `- {scheme: [a]}` and `- {scheme: [b]}`"),
        );
    }
}

fn groups_of(operation: &OperationModel) -> Vec<Vec<String>> {
    let mut groups = Vec::new();
    for alternative in operation.alternatives() {
        let lists = alternative.schemes().iter().map(|(_, scopes)| scopes.as_slice()).chain([alternative.extension()]);
        for scopes in lists.filter(|scopes| scopes.len() > 1) {
            for scope in scopes {
                let write = other_half(scope)
                    .and_then(|halves| halves.into_iter().find(|half| scopes.binary_search(half).is_ok()));
                groups.extend(write.map(|write| vec![scope.clone(), write]));
                groups.extend(covered_by(scope, scopes));
                groups.extend(contexts(scope, scopes));
            }
        }
    }
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// For a scope with the word `read`, how the scope for writing may be spelt.
fn other_half(scope: &str) -> Option<Vec<String>> {
    let word = |at: usize| {
        let before = scope.get(..at).and_then(|before| before.chars().next_back());
        let after = scope.get(at + 4..).and_then(|after| after.chars().next());
        [before, after].into_iter().flatten().all(|c| !c.is_ascii_alphanumeric())
    };
    let at = scope.match_indices("read").map(|(at, _)| at).find(|at| word(*at))?;
    let (before, after) = (scope.get(..at)?, scope.get(at + 4..)?);
    let mut halves = vec![format!("{before}write{after}")];
    // Beside `accounting.transactions.read`, plain `accounting.transactions` allows writing.
    let plain = if after.is_empty() { before.strip_suffix(['.', ':', '/', '_', '-']) } else { None };
    halves.extend(plain.map(str::to_owned));
    Some(halves)
}

/// For a scope with a `*`, itself and the others of the list that it covers.
fn covered_by(wildcard: &str, scopes: &[String]) -> Option<Vec<String>> {
    let (first, rest) = wildcard.split_once('*')?;
    let covered = scopes.iter().filter(|scope| *scope != wildcard && matches(first, rest, scope)).cloned();
    let group: Vec<String> = std::iter::once(wildcard.to_owned()).chain(covered).collect();
    (group.len() > 1).then_some(group)
}

/// Whether a scope has the texts around the `*`s, in their order.
fn matches(first: &str, rest: &str, scope: &str) -> bool {
    let Some(mut left) = scope.strip_prefix(first) else { return false };
    let mut parts = rest.split('*');
    let Some(last) = parts.next_back() else { return false };
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.len() > last.len() && left.ends_with(last)
}

/// For `patient/Observation.rs`, itself and the same access in other contexts.
fn contexts(scope: &str, scopes: &[String]) -> Option<Vec<String>> {
    let access = SMART.iter().find_map(|context| scope.strip_prefix(context))?;
    let all = SMART.iter().map(|context| format!("{context}{access}"));
    let group: Vec<String> = all.filter(|other| scopes.binary_search(other).is_ok()).collect();
    (group.len() > 1).then_some(group)
}
