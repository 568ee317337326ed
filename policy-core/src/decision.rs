//! The rules of the four stages. They are written only here. The typed pipeline uses them, and so do policies that are built at run
//! time.

use crate::as_nobody::{AsNobody, Stale};
use crate::definition::Access;
use crate::denial::{AuthenticationFailure, EnablementFailure, Reason};
use crate::requirement::{Alternative, Requirement};

/// What a caller was granted, scheme by scheme.
///
/// Invariant *a grant belongs to the scheme that gave it*: a scope is always looked up together with its scheme, except for
/// alternatives that name no scheme.
pub(crate) trait Granted {
    /// Whether there is no caller at all.
    fn is_anonymous(&self) -> bool;
    /// Whether the scheme with this index is satisfied, whatever it granted.
    fn satisfies(&self, scheme: u16) -> bool;
    /// Whether the scheme is satisfied and granted the scope.
    fn grants(&self, scheme: u16, scope: u16) -> bool;
    /// Whether any satisfied scheme granted the scope.
    fn any_grants(&self, scope: u16) -> bool;

    /// Whether the scheme is satisfied and granted all of these scopes.
    #[inline]
    fn grants_all(&self, scheme: u16, scopes: &[u16]) -> bool {
        self.satisfies(scheme) && scopes.iter().all(|scope| self.grants(scheme, *scope))
    }
}

/// What an operation requires of its caller.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'t> {
    pub(crate) access: Access,
    pub(crate) requirement: Requirement<'t>,
}

impl Rule<'_> {
    /// The rule of an operation that does not exist. Invariant *closed*: it requires what nobody can have.
    pub(crate) const NOWHERE: Self = Self { access: Access::Required, requirement: Requirement::NONE };
}

/// Whether somebody is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Nobody,
    Somebody,
}

/// The first stage. `Ok(None)` says that the request carries no credential.
///
/// A credential that fails is denied even if an anonymous caller would pass, since its sender wanted to be known.
#[inline]
pub(crate) fn authentication(
    rule: Rule<'_>,
    found: Result<Option<&impl Granted>, AuthenticationFailure>,
) -> Result<Known, Reason<'static>> {
    match (rule.access, found) {
        (Access::Public, _) | (Access::Optional, Ok(None) | Err(AuthenticationFailure::Missing)) => Ok(Known::Nobody),
        (_, Ok(Some(granted))) if !granted.is_anonymous() => {
            let opens = |one: Alternative<'_>| one.is_anonymous() || schemes_satisfied(one, granted);
            let is_open = match rule.requirement.sole() {
                Some(sole) => granted.satisfies(sole.scheme),
                None => rule.requirement.alternatives().any(opens),
            };
            if is_open { Ok(Known::Somebody) } else { Err(Reason::SchemeNotSatisfied) }
        }
        (_, Ok(_)) => Err(Reason::Authentication(AuthenticationFailure::Missing)),
        (_, Err(failure)) => Err(Reason::Authentication(failure)),
    }
}

/// Whether a request with such a credential is decided like one without any. The caller of this function makes sure that no other
/// credential of the request was refused.
#[inline]
pub(crate) fn counts_as_nobody(access: Access, as_nobody: AsNobody, stale: Stale) -> bool {
    access == Access::Optional && as_nobody.contains(stale)
}

/// Whether the operation is enabled for its caller. An anonymous caller has no organization, so that only the document decides for
/// it.
#[inline]
pub(crate) fn enablement(known: Known, enabled: Result<bool, EnablementFailure>) -> Result<(), Reason<'static>> {
    match (known, enabled) {
        (Known::Nobody, _) | (Known::Somebody, Ok(true)) => Ok(()),
        (Known::Somebody, Ok(false)) => Err(Reason::NotEnabled),
        (Known::Somebody, Err(failure)) => Err(Reason::Enablement(failure)),
    }
}

/// The alternative that the caller meets: the first in document order. An anonymous one counts only if no other is met.
#[inline]
pub(crate) fn scopes(rule: Rule<'_>, granted: &impl Granted) -> Result<usize, Reason<'static>> {
    if rule.access == Access::Public {
        return Ok(0);
    }
    if let Some(sole) = rule.requirement.sole() {
        let is_met = !granted.is_anonymous() && granted.grants_all(sole.scheme, sole.scopes);
        return if is_met { Ok(0) } else { Err(Reason::InsufficientScope) };
    }
    first_met(rule, granted)
}

fn first_met(rule: Rule<'_>, granted: &impl Granted) -> Result<usize, Reason<'static>> {
    let mut anonymous = None;
    for (at, alternative) in rule.requirement.alternatives().enumerate() {
        if alternative.is_anonymous() {
            anonymous = anonymous.or(Some(at));
        } else if is_met(alternative, granted) {
            return Ok(at);
        }
    }
    anonymous.ok_or(Reason::InsufficientScope)
}

/// Whether the caller holds everything that the alternative asks for.
///
/// Only the required scopes are looked up, so that the cost does not grow with the number of the policy's scopes.
#[inline]
fn is_met(alternative: Alternative<'_>, granted: &impl Granted) -> bool {
    if let Some(sole) = alternative.sole_scheme() {
        return !granted.is_anonymous() && granted.grants_all(sole.scheme, sole.scopes);
    }
    !granted.is_anonymous()
        && alternative.schemes().all(|one| granted.grants_all(one.scheme, one.scopes))
        && alternative.extension().iter().all(|scope| grants_extension(alternative, granted, *scope))
}

/// Whether a scope of the extension was granted. Any scheme of the alternative may have granted it (invariant *a grant belongs to the
/// scheme that gave it*). If the alternative names no scheme, any scheme that authenticated the caller may have.
fn grants_extension(alternative: Alternative<'_>, granted: &impl Granted, scope: u16) -> bool {
    if alternative.names_no_scheme() {
        return granted.any_grants(scope);
    }
    alternative.schemes().any(|one| granted.grants(one.scheme, scope))
}

/// Whether the caller satisfied every scheme of the alternative, whatever was granted.
#[inline]
fn schemes_satisfied(alternative: Alternative<'_>, granted: &impl Granted) -> bool {
    !granted.is_anonymous() && alternative.schemes().all(|one| granted.satisfies(one.scheme))
}

/// The alternative that a denied caller comes closest to: of those whose schemes are satisfied, the first that lacks the
/// fewest scopes.
pub(crate) fn closest<'t>(requirement: Requirement<'t>, granted: &impl Granted) -> Option<(usize, Alternative<'t>)> {
    let mut satisfied = requirement.alternatives().enumerate().filter(|(_, one)| schemes_satisfied(*one, granted));
    let first = satisfied.next()?;
    // Most requirements have one alternative. Then nothing is compared.
    let Some(second) = satisfied.next() else { return Some(first) };
    // Of several that lack as many, `min_by_key` takes the first.
    [first, second].into_iter().chain(satisfied).min_by_key(|(_, one)| distinct(missing(*one, granted)))
}

/// The scopes of an alternative that were not granted. A scope that the alternative names twice may come twice.
pub(crate) fn missing<'t>(alternative: Alternative<'t>, granted: &impl Granted) -> impl Iterator<Item = u16> + Clone {
    let by_scheme = alternative
        .schemes()
        .flat_map(move |one| one.scopes.iter().copied().filter(move |scope| !granted.grants(one.scheme, *scope)));
    let by_any = alternative.extension().iter().copied();
    by_scheme.chain(by_any.filter(move |scope| !grants_extension(alternative, granted, *scope)))
}

/// How many different scopes there are. Requirements are short, so comparing each scope with those before it is cheaper than a set.
fn distinct(scopes: impl Iterator<Item = u16> + Clone) -> usize {
    let is_new = |(at, scope): &(usize, u16)| !scopes.clone().take(*at).any(|before| before == *scope);
    scopes.clone().enumerate().filter(is_new).count()
}
