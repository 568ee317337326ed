//! The policy, and its operations.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::facts::{FactsError, OperationFacts, PolicyFacts, QueryFacts};
use super::grant::{Grant, GrantedScopes, OwnedScheme, OwnedScopeSet};
use super::operation::OwnedOperation;
use crate::as_nobody::AsNobody;
use crate::date::Date;
use crate::definition::Access;
use crate::requirement;
use crate::scheme_kind::SchemeKind;
use crate::scope_index;
use crate::scope_map::ScopeMapping;
use crate::scope_string::ScopeString;
use crate::stage::{self, Stage};

/// A policy that owns its tables.
#[derive(Debug)]
pub struct OwnedPolicy {
    /// Tells this policy from every other of the process.
    pub(super) id: usize,
    check_order: [Stage; 4],
    schemes: Vec<Box<str>>,
    /// For each scheme, which of its credentials count as nobody where anybody may call.
    pub(super) as_nobody: Vec<AsNobody>,
    /// For each scheme, how its credential travels. Invariant *closed*: where nothing is said, no request has one.
    kinds: Vec<Option<SchemeKind<String>>>,
    /// Sorted.
    scopes: Vec<Box<str>>,
    scope_index: Vec<u16>,
    rules: Vec<StoredRule>,
    /// Every requirement once, however many operations share it.
    pub(super) words: Vec<u16>,
    pub(super) descriptions: Vec<Description>,
    scope_map: Vec<Mapped>,
}

/// An entry of the scope map.
#[derive(Debug)]
struct Mapped {
    scheme: u16,
    claim: Vec<Box<str>>,
    from: Box<str>,
    to: Vec<u16>,
    /// The first second at which it grants nothing any more.
    ends_at: Option<u64>,
}

/// What every decision needs of an operation. It is small and stands apart from the rest, since in a large document each
/// look at memory that is not in the cache costs as much as the decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredRule {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) access: Access,
}

/// What is left of an operation.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) method: Box<str>,
    pub(super) template: Box<str>,
    pub(super) query: QueryFacts<Box<str>>,
}

// What makes a policy is `#[inline]`, so that it is compiled where it is called, in tools and gateways, and not with every service.

impl OwnedPolicy {
    /// The policy that these facts state.
    ///
    /// # Errors
    /// [`FactsError`]: a name that is not in its list, or a repetition.
    #[inline]
    pub fn new(facts: PolicyFacts) -> Result<Self, FactsError> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let check_order = stage::check_order(&facts.check_order).map_err(FactsError::CheckOrder)?;
        let mut names = BTreeSet::new();
        if let Some(name) = facts.schemes.iter().find(|name| !names.insert((name.as_str(), ""))) {
            return Err(FactsError::RepeatedScheme(name.clone()));
        }
        let mut keys = BTreeSet::new();
        let repeated = facts.operations.iter().find(|one| !keys.insert((one.method.as_str(), one.template.as_str())));
        if let Some(operation) = repeated {
            return Err(FactsError::RepeatedOperation(key(operation)));
        }
        for (what, count) in [("security schemes", facts.schemes.len()), ("scopes", facts.scopes.len())] {
            if count > usize::from(u16::MAX) {
                return Err(FactsError::TooMany(what));
            }
        }
        let scopes = sorted(facts.scopes);
        let mut policy = Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            check_order,
            as_nobody: vec![AsNobody::NONE; facts.schemes.len()],
            kinds: vec![None; facts.schemes.len()],
            schemes: boxed(facts.schemes),
            scope_index: scope_index::scope_index(scopes.iter().map(|scope| &**scope)),
            scopes,
            rules: Vec::new(),
            words: Vec::new(),
            descriptions: Vec::new(),
            scope_map: Vec::new(),
        };
        policy.scope_map = facts.scope_map.iter().map(|entry| policy.mapped(entry)).collect::<Result<_, _>>()?;
        for (name, as_nobody) in facts.as_nobody {
            let own = policy.scheme_index(&name).and_then(|index| policy.as_nobody.get_mut(usize::from(index)));
            *own.ok_or(FactsError::UnknownAsNobody(name))? = as_nobody;
        }
        for (name, kind) in facts.scheme_kinds {
            let own = policy.scheme_index(&name).and_then(|index| policy.kinds.get_mut(usize::from(index)));
            *own.ok_or(FactsError::UnknownKind(name))? = Some(kind);
        }
        let mut known = BTreeMap::new();
        for operation in facts.operations {
            let words = policy.requirement(&operation)?;
            let (start, end) = match known.get(&words) {
                Some(index) => *index,
                None => {
                    let start = policy.words.len();
                    policy.words.extend(&words);
                    let index = (number(start)?, number(policy.words.len())?);
                    known.insert(words, index);
                    index
                }
            };
            // Invariant *closed*: what nothing is said about requires a caller, and no alternative that one could meet.
            let access = operation.requirement.access().unwrap_or(Access::Required);
            policy.rules.push(StoredRule { start, end, access });
            policy.descriptions.push(Description::of(operation));
        }
        Ok(policy)
    }

    #[inline]
    fn requirement(&self, operation: &OperationFacts) -> Result<Vec<u16>, FactsError> {
        let scheme = |name: &String| {
            let unknown = || FactsError::UnknownScheme { operation: key(operation), scheme: name.clone() };
            self.scheme_index(name).ok_or_else(unknown)
        };
        let scope = |name: &String| {
            let unknown = || FactsError::UnknownScope { operation: key(operation), scope: name.clone() };
            self.scope_index(name).ok_or_else(unknown)
        };
        let alternatives = operation.requirement.alternatives().iter().map(|one| one.try_named(scheme, scope));
        let alternatives: Vec<_> = alternatives.collect::<Result<_, _>>()?;
        requirement::words(&alternatives).ok_or(FactsError::TooMany("scopes of one operation"))
    }

    #[inline]
    fn mapped(&self, entry: &ScopeMapping) -> Result<Mapped, FactsError> {
        let unknown = |name: &str| FactsError::UnknownInMap(entry.to_string(), name.into());
        let scope = |name: &String| self.scope_index(name).ok_or_else(|| unknown(name));
        Ok(Mapped {
            scheme: self.scheme_index(&entry.scheme).ok_or_else(|| unknown(&entry.scheme))?,
            claim: boxed(entry.claim.iter().cloned()),
            from: entry.from.as_str().into(),
            to: entry.to.iter().map(scope).collect::<Result<_, _>>()?,
            ends_at: entry.until.map(Date::end),
        })
    }

    /// The stages, in the order that requests pass them.
    #[inline]
    #[must_use]
    pub fn check_order(&self) -> [Stage; 4] {
        self.check_order
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The operation at this index among the facts: what a router over the same operations finds.
    #[inline]
    #[must_use]
    pub fn operation(&self, index: usize) -> Option<OwnedOperation<'_>> {
        self.rules.get(index).map(|rule| OwnedOperation { policy: self, rule: *rule, index })
    }

    /// The operations, in the order of the facts.
    pub fn operations(&self) -> impl Iterator<Item = OwnedOperation<'_>> {
        (0..self.len()).filter_map(|index| self.operation(index))
    }

    /// The names of the security schemes.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.schemes.iter().map(|name| &**name)
    }

    /// The names of the scopes, sorted.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(|name| &**name)
    }

    /// Whether the policy knows the scope: case-sensitive (RFC 6749, section 3.3).
    #[must_use]
    pub fn knows_scope(&self, name: &str) -> bool {
        self.scope_index(name).is_some()
    }

    /// The security scheme of this name.
    #[must_use]
    pub fn scheme(&self, name: &str) -> Option<OwnedScheme> {
        Some(OwnedScheme { policy: self.id, index: self.scheme_index(name)? })
    }

    /// What a scheme granted: a scope string as it was issued, or a set that was read before. `None` where the policy has no
    /// such scheme.
    #[inline]
    #[must_use]
    pub fn grant<'g>(&self, scheme: &str, scopes: impl Into<GrantedScopes<'g>>) -> Option<Grant<'g>> {
        Some(self.scheme(scheme)?.grant(scopes))
    }

    /// Reads a scope string once, for many decisions. A scope that the policy does not know grants nothing here.
    #[must_use]
    #[inline]
    pub fn scope_set(&self, scopes: ScopeString<'_>) -> OwnedScopeSet {
        OwnedScopeSet::new(self.id, self.scopes.len(), scopes.tokens().filter_map(|token| self.scope_index(token)))
    }

    /// Reads what a scheme granted, at this second since the Unix epoch: the scopes of the string, and those that the scope map grants
    /// for them. The map has entries about claims that say who somebody is, too: `says` answers whether a claim, which is named from the
    /// outermost object on, holds a text. Whoever has no claims answers `false`.
    ///
    /// A [`ScopeString`] that is handed to [`grant`](Self::grant) as it is counts by its own names alone.
    ///
    /// ```
    /// use policy_core::owned::{OperationFacts, OwnedPolicy, PolicyFacts, RequirementFacts};
    /// use policy_core::{ScopeMapping, ScopeString};
    ///
    /// let facts = PolicyFacts::new(vec!["OAuth".into()], vec!["files:read".into()], Vec::new())
    ///     .with_scope_map(vec![ScopeMapping::new("OAuth", "Files.Read", ["files:read"])]);
    /// let policy = OwnedPolicy::new(facts)?;
    /// let scheme = policy.scheme("OAuth").ok_or("no scheme")?;
    /// let granted = policy.granted(scheme, ScopeString::new("Files.Read")?, 1_800_000_000, |_, _| false);
    /// assert_eq!(granted, policy.scope_set(ScopeString::new("files:read")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn granted(
        &self,
        scheme: OwnedScheme,
        issued: ScopeString<'_>,
        unix_seconds: u64,
        mut says: impl FnMut(&[Box<str>], &str) -> bool,
    ) -> OwnedScopeSet {
        let says = |claim: &[Box<str>], text: &str| Ok::<_, core::convert::Infallible>(says(claim, text));
        match self.granted_by_names(scheme, issued.tokens(), unix_seconds, says) {
            Ok(granted) => granted,
            Err(never) => match never {},
        }
    }

    /// [`granted`](Self::granted), for whoever has the issued scopes one by one, and whose claims may turn out not to be readable.
    ///
    /// # Errors
    /// The first that `says` returns.
    pub fn granted_by_names<'n, E>(
        &self,
        scheme: OwnedScheme,
        issued: impl Iterator<Item = &'n str> + Clone,
        unix_seconds: u64,
        mut says: impl FnMut(&[Box<str>], &str) -> Result<bool, E>,
    ) -> Result<OwnedScopeSet, E> {
        let own = issued.clone().filter_map(|name| self.scope_index(name));
        let mut granted = OwnedScopeSet::new(self.id, self.scopes.len(), own);
        let is_own = |entry: &&Mapped| {
            let holds = entry.ends_at.is_none_or(|end| unix_seconds < end);
            holds && scheme.policy == self.id && entry.scheme == scheme.index
        };
        for entry in self.scope_map.iter().filter(is_own) {
            let is_issued = match &*entry.claim {
                [] => issued.clone().any(|name| *name == *entry.from),
                claim => says(claim, &entry.from)?,
            };
            if is_issued {
                granted.insert(entry.to.iter().copied());
            }
        }
        Ok(granted)
    }

    /// The security schemes, in document order.
    pub fn scheme_handles(&self) -> impl Iterator<Item = OwnedScheme> + Clone + use<> {
        let (policy, count) = (self.id, u16::try_from(self.schemes.len()).unwrap_or(u16::MAX));
        (0..count).map(move |index| OwnedScheme { policy, index })
    }

    /// The name of a scheme. Empty for a scheme of another policy.
    #[must_use]
    pub fn scheme_name(&self, scheme: OwnedScheme) -> &str {
        self.own(scheme, &self.schemes).map_or("", |name| name)
    }

    /// How a scheme's credential travels. `None` where nothing says so, and for a scheme of another policy: no request has one.
    #[must_use]
    pub fn scheme_kind(&self, scheme: OwnedScheme) -> Option<SchemeKind<&str>> {
        self.own(scheme, &self.kinds)?.as_ref().map(SchemeKind::as_deref)
    }

    fn own<'t, T>(&self, scheme: OwnedScheme, table: &'t [T]) -> Option<&'t T> {
        table.get(usize::from(scheme.index)).filter(|_| scheme.policy == self.id)
    }

    /// The names of the scopes in a set, sorted. None of a set of another policy.
    pub fn scope_names<'s>(&'s self, set: &'s OwnedScopeSet) -> impl Iterator<Item = &'s str> {
        let is_own = set.is_of(self.id);
        let all = self.scopes.iter().enumerate().filter(move |_| is_own);
        all.filter(|(index, _)| u16::try_from(*index).is_ok_and(|index| set.contains(index))).map(|(_, name)| &**name)
    }

    /// Takes every scope out of a set for whose name this is false.
    pub fn retain(&self, set: &mut OwnedScopeSet, mut keep: impl FnMut(&str) -> bool) {
        let kept: Vec<u16> =
            self.scope_names(set).filter(|name| keep(name)).filter_map(|name| self.scope_index(name)).collect();
        *set = OwnedScopeSet::new(self.id, self.scopes.len(), kept.into_iter());
    }

    #[inline]
    pub(super) fn scope_name(&self, scope: u16) -> Option<&str> {
        self.scopes.get(usize::from(scope)).map(|name| &**name)
    }

    #[inline]
    fn scope_index(&self, name: &str) -> Option<u16> {
        scope_index::find(&self.scope_index, name, |scope| self.scope_name(scope))
    }

    #[inline]
    fn scheme_index(&self, name: &str) -> Option<u16> {
        u16::try_from(self.schemes.iter().position(|known| **known == *name)?).ok()
    }
}

impl Description {
    #[inline]
    fn of(operation: OperationFacts) -> Self {
        let QueryFacts { names, prefixes, any, ignores_others } = operation.query;
        let query = QueryFacts { names: sorted(names), prefixes: sorted(prefixes), any, ignores_others };
        Self { method: operation.method.into(), template: operation.template.into(), query }
    }
}

#[inline]
fn number(index: usize) -> Result<u32, FactsError> {
    u32::try_from(index).map_err(|_| FactsError::TooMany("requirements"))
}

/// Each name once, in order.
#[inline]
fn sorted(mut names: Vec<String>) -> Vec<Box<str>> {
    names.sort_unstable();
    names.dedup();
    boxed(names)
}

#[inline]
fn boxed(names: impl IntoIterator<Item = String>) -> Vec<Box<str>> {
    names.into_iter().map(String::into_boxed_str).collect()
}

#[inline]
fn key(operation: &OperationFacts) -> String {
    format!("{} {}", operation.method, operation.template)
}
