//! How two scope maps differ: what one grants for something that was issued, and the other does not.

use policy_core::ScopeMapping;

use super::{Subject, Witness};
use crate::model::PolicyModel;

/// The entries of either that are about the same and say something else, with whether the first policy grants more and whether it grants
/// less. An entry without a last day outlasts every other. That a day has passed is not looked at.
pub(super) fn pairs(policy: &PolicyModel, against: &PolicyModel) -> Vec<(Subject, bool, bool)> {
    let is_same = |one: &ScopeMapping, other: &ScopeMapping| {
        one.scheme == other.scheme && one.claim == other.claim && one.from == other.from
    };
    let mut found = Vec::new();
    for (at, here) in policy.scope_map.iter().enumerate() {
        let other = against.scope_map.iter().position(|there| is_same(here, there));
        let there = other.and_then(|other| against.scope_map.get(other));
        let is_wider = there.is_none_or(|there| grants_beyond(here, there));
        let is_narrower = there.is_some_and(|there| grants_beyond(there, here));
        found.push((Subject::ScopeMap(Some(at), other), is_wider, is_narrower));
    }
    for (at, there) in against.scope_map.iter().enumerate() {
        if !policy.scope_map.iter().any(|here| is_same(here, there)) {
            found.push((Subject::ScopeMap(None, Some(at)), false, true));
        }
    }
    found
}

/// Whether the first grants a scope that the other does not, or for longer.
fn grants_beyond(one: &ScopeMapping, other: &ScopeMapping) -> bool {
    let outlasts = match (one.until, other.until) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    };
    outlasts || one.to.iter().any(|scope| !other.to.contains(scope))
}

/// Whom the entry is about. What a role or a group grants is not told by scopes.
pub(super) fn witness(mapping: &ScopeMapping) -> Option<Witness> {
    let holds = || Witness::Credential(vec![(mapping.scheme.clone(), vec![mapping.from.clone()])]);
    mapping.claim.is_empty().then(holds)
}
