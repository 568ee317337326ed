//! What a caller was granted, for a policy that was built at run time.

use alloc::boxed::Box;
use alloc::vec;

use super::policy::OwnedPolicy;
use crate::decision::Granted;
use crate::scope_string::ScopeString;

/// What one scheme granted. [`OwnedScheme::grant`] or [`OwnedPolicy::grant`] make it. Another policy than theirs ignores it.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'g> {
    pub(super) policy: usize,
    pub(super) scheme: u16,
    pub(super) scopes: GrantedScopes<'g>,
}

/// A security scheme of one [`OwnedPolicy`], from [`OwnedPolicy::scheme`]. Look it up once, so that no request needs a look-up by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedScheme {
    pub(super) policy: usize,
    pub(super) index: u16,
}

impl OwnedScheme {
    /// Its index among the schemes of its policy, for tables that live as long as the policy.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.index)
    }

    /// What the scheme granted: a scope string as it was issued, or a set that was read before.
    #[inline]
    #[must_use]
    pub fn grant<'g>(self, scopes: impl Into<GrantedScopes<'g>>) -> Grant<'g> {
        Grant { policy: self.policy, scheme: self.index, scopes: scopes.into() }
    }
}

/// Scopes in the form that the caller has.
#[derive(Clone, Copy, Debug)]
pub enum GrantedScopes<'g> {
    /// As they were issued.
    Issued(ScopeString<'g>),
    /// Read before.
    Set(&'g OwnedScopeSet),
}

impl<'g> From<ScopeString<'g>> for GrantedScopes<'g> {
    fn from(scopes: ScopeString<'g>) -> Self {
        Self::Issued(scopes)
    }
}

impl<'g> From<&'g OwnedScopeSet> for GrantedScopes<'g> {
    fn from(scopes: &'g OwnedScopeSet) -> Self {
        Self::Set(scopes)
    }
}

/// A set of scopes of one [`OwnedPolicy`], from [`OwnedPolicy::scope_set`].
///
/// Invariant *indices never leave the process*, and neither do they leave their policy. Another policy ignores the set. So a gateway
/// that has loaded a new document cannot misread sets of the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedScopeSet {
    policy: usize,
    words: Box<[u64]>,
}

impl OwnedScopeSet {
    pub(super) fn new(policy: usize, scopes: usize, indices: impl Iterator<Item = u16>) -> Self {
        let mut set = Self { policy, words: vec![0; scopes.div_ceil(64)].into_boxed_slice() };
        set.insert(indices);
        set
    }

    pub(super) fn insert(&mut self, indices: impl Iterator<Item = u16>) {
        for index in indices {
            if let Some(word) = self.words.get_mut(usize::from(index / 64)) {
                *word |= 1 << (index % 64);
            }
        }
    }

    /// Adds the scopes of another set of the same policy. Those of another policy are ignored.
    pub fn add(&mut self, other: &Self) {
        if self.policy == other.policy {
            for (word, added) in self.words.iter_mut().zip(&other.words) {
                *word |= added;
            }
        }
    }

    pub(super) fn is_of(&self, policy: usize) -> bool {
        self.policy == policy
    }

    #[inline]
    pub(super) fn contains(&self, scope: u16) -> bool {
        self.words.get(usize::from(scope / 64)).is_some_and(|word| word >> (scope % 64) & 1 != 0)
    }
}

/// The grants of a caller. `None` for nobody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'p, 'r> {
    pub(super) policy: &'p OwnedPolicy,
    pub(super) grants: Option<&'r [Grant<'r>]>,
}

impl Caller<'_, '_> {
    #[inline]
    fn own(&self) -> impl Iterator<Item = &Grant<'_>> {
        self.grants.unwrap_or_default().iter().filter(|grant| grant.policy == self.policy.id)
    }

    #[inline]
    fn holds(&self, grant: &Grant<'_>, scope: u16) -> bool {
        match &grant.scopes {
            GrantedScopes::Set(set) => set.policy == self.policy.id && set.contains(scope),
            GrantedScopes::Issued(string) => self.policy.scope_name(scope).is_some_and(|name| string.contains(name)),
        }
    }
}

impl Granted for Caller<'_, '_> {
    #[inline]
    fn is_anonymous(&self) -> bool {
        self.grants.is_none()
    }

    #[inline]
    fn satisfies(&self, scheme: u16) -> bool {
        self.own().any(|grant| grant.scheme == scheme)
    }

    #[inline]
    fn grants(&self, scheme: u16, scope: u16) -> bool {
        self.own().any(|grant| grant.scheme == scheme && self.holds(grant, scope))
    }

    #[inline]
    fn any_grants(&self, scope: u16) -> bool {
        self.own().any(|grant| self.holds(grant, scope))
    }

    #[inline]
    fn grants_all(&self, scheme: u16, scopes: &[u16]) -> bool {
        let mut grants = self.own().filter(|grant| grant.scheme == scheme);
        let Some(first) = grants.next() else { return false };
        let is_met = match &first.scopes {
            GrantedScopes::Set(set) => set.policy == self.policy.id && scopes.iter().all(|scope| set.contains(*scope)),
            GrantedScopes::Issued(string) => {
                scopes.iter().all(|scope| self.policy.scope_name(*scope).is_some_and(|name| string.contains(name)))
            }
        };
        // Several grants of one scheme add to each other.
        is_met || grants.next().is_some() && scopes.iter().all(|scope| self.grants(scheme, *scope))
    }
}
