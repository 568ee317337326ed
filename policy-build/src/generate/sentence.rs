//! What an operation requires, as a sentence of Markdown.

use policy_spec::Access;

use super::plan::{Alternative, Operation, Plan};
use crate::text::{code, list};

/// `Requires …`, for rustdoc.
pub(super) fn requirement(plan: &Plan<'_>, operation: &Operation<'_>) -> String {
    match (operation.model.access, operation.alternatives.as_slice()) {
        (Access::Public, _) | (_, []) => "Public: no credential is needed.".to_owned(),
        (_, [alternative]) => format!("Requires {}.", self::alternative(plan, alternative)),
        (_, alternatives) => {
            let each: Vec<String> =
                alternatives.iter().map(|alternative| self::alternative(plan, alternative)).collect();
            format!("Requires one of: {}.", each.join("; "))
        }
    }
}

pub(super) fn alternative(plan: &Plan<'_>, alternative: &Alternative) -> String {
    if alternative.anonymous {
        return "no credential".to_owned();
    }
    let scopes = |scopes: &[u16]| {
        let names: Vec<String> = scopes.iter().map(|scope| code(plan.scope_text(*scope))).collect();
        list(&names, " and ")
    };
    // The usual case reads as one phrase: one scheme, and the extension's scopes count from it.
    if let [(scheme, own)] = alternative.schemes.as_slice() {
        let all: Vec<u16> =
            if own.is_empty() { alternative.extension.clone() } else { alternative.scopes.iter().copied().collect() };
        let scheme = code(plan.scheme_text(*scheme));
        return if all.is_empty() {
            format!("a credential of {scheme}")
        } else {
            format!("{} of {scheme}", scopes(&all))
        };
    }
    let mut parts: Vec<String> = alternative
        .schemes
        .iter()
        .map(|(scheme, own)| {
            let scheme = code(plan.scheme_text(*scheme));
            if own.is_empty() { format!("a credential of {scheme}") } else { format!("{} of {scheme}", scopes(own)) }
        })
        .collect();
    if !alternative.extension.is_empty() {
        parts.push(scopes(&alternative.extension));
    }
    list(&parts, ", and ")
}
