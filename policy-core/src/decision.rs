//! Whether a principal meets an operation's requirement. The one place where alternatives are weighed.

use crate::definition::{Access, Alternative, OperationDefinition};
use crate::policy::Document;
use crate::principal::Principal;
use crate::scope::ScopeSet;

/// Whether the principal holds everything that the alternative asks for.
///
/// Only the ids that are required are looked at, so that the cost does not grow with the policy's scopes.
#[inline]
fn is_met<D: Document>(alternative: &Alternative, principal: &Principal<D>) -> bool {
    !principal.is_anonymous()
        && alternative.schemes.iter().all(|requirement| {
            principal
                .grant_index(requirement.scheme)
                .is_some_and(|granted| requirement.scopes.iter().all(|scope| granted.contains_index(*scope)))
        })
        && alternative.extension.iter().all(|scope| grants_extension(alternative, principal, *scope))
}

/// What an alternative asks for that the principal was not granted.
fn missing<D: Document>(alternative: &Alternative, principal: &Principal<D>) -> ScopeSet<D> {
    let mut missing = ScopeSet::EMPTY;
    for requirement in alternative.schemes {
        let granted = principal.grant_index(requirement.scheme);
        for scope in requirement.scopes {
            if !granted.is_some_and(|granted| granted.contains_index(*scope)) {
                missing.insert_index(*scope);
            }
        }
    }
    for scope in alternative.extension {
        if !grants_extension(alternative, principal, *scope) {
            missing.insert_index(*scope);
        }
    }
    missing
}

/// An extension's scope counts from the alternative's own schemes (invariant *a grant belongs to the scheme that gave
/// it*); where the document names no scheme at all, from whichever authenticated the caller.
fn grants_extension<D: Document>(alternative: &Alternative, principal: &Principal<D>, scope: u16) -> bool {
    if alternative.schemes.is_empty() {
        return principal.all_grants().any(|granted| granted.contains_index(scope));
    }
    alternative
        .schemes
        .iter()
        .filter_map(|requirement| principal.grant_index(requirement.scheme))
        .any(|granted| granted.contains_index(scope))
}

/// Whether the principal satisfied every scheme of the alternative, whatever was granted.
fn schemes_satisfied<D: Document>(alternative: &Alternative, principal: &Principal<D>) -> bool {
    !principal.is_anonymous()
        && alternative.schemes.iter().all(|requirement| principal.grant_index(requirement.scheme).is_some())
}

/// Whether any alternative is open to the principal by its schemes alone.
pub(crate) fn authenticated<D: Document>(operation: &OperationDefinition, principal: &Principal<D>) -> bool {
    operation
        .alternatives()
        .iter()
        .any(|alternative| alternative.is_anonymous() || schemes_satisfied(alternative, principal))
}

/// What a scope check found wanting.
pub(crate) struct Insufficient<D: Document> {
    pub(crate) missing: ScopeSet<D>,
    pub(crate) required: ScopeSet<D>,
}

/// The alternative that the principal meets: the first in document order, an anonymous one only where no other is met.
///
/// A denial names the closest alternative: of those whose schemes are satisfied, the first that lacks the fewest scopes.
pub(crate) fn met<D: Document>(
    operation: &OperationDefinition,
    principal: &Principal<D>,
) -> Result<usize, Insufficient<D>> {
    if operation.access() == Access::Public {
        return Ok(0);
    }
    let alternatives = operation.alternatives();
    let met = |alternative: &Alternative| !alternative.is_anonymous() && is_met(alternative, principal);
    if let Some(at) =
        alternatives.iter().position(met).or_else(|| alternatives.iter().position(Alternative::is_anonymous))
    {
        return Ok(at);
    }
    // Denied: only now is it worth to say by how much.
    let mut closest: Option<(usize, ScopeSet<D>, &Alternative)> = None;
    for alternative in alternatives.iter().filter(|alternative| schemes_satisfied(alternative, principal)) {
        let missing = missing(alternative, principal);
        if closest.is_none_or(|(fewest, ..)| missing.len() < fewest) {
            closest = Some((missing.len(), missing, alternative));
        }
    }
    let (missing, required) = match closest {
        Some((_, missing, alternative)) => (missing, required(alternative)),
        None => (ScopeSet::EMPTY, ScopeSet::EMPTY),
    };
    Err(Insufficient { missing, required })
}

fn required<D: Document>(alternative: &Alternative) -> ScopeSet<D> {
    let mut set = ScopeSet::EMPTY;
    for scope in alternative.scopes() {
        set.insert_index(scope);
    }
    set
}
