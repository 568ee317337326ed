//! The policy, and its operations.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::decide::{self, Decision, Request};
use super::facts::{FactsError, OperationFacts, PolicyFacts, QueryFacts};
use super::grant::{Grant, GrantedScopes, OwnedScheme, OwnedScopeSet};
use crate::as_nobody::{AsNobody, Stale};
use crate::date::Date;
use crate::decision::{self, Rule};
use crate::definition::{Access, QueryAllowList};
use crate::requirement::{self, Requirement};
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
    as_nobody: Vec<AsNobody>,
    /// Sorted.
    scopes: Vec<Box<str>>,
    scope_index: Vec<u16>,
    rules: Vec<StoredRule>,
    /// Every requirement once, however many operations share it.
    words: Vec<u16>,
    descriptions: Vec<Description>,
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
struct StoredRule {
    start: u32,
    end: u32,
    access: Access,
}

/// What is left of an operation.
#[derive(Debug)]
struct Description {
    method: Box<str>,
    template: Box<str>,
    query: QueryFacts<Box<str>>,
}

impl OwnedPolicy {
    /// The policy that these facts state.
    ///
    /// # Errors
    /// [`FactsError`]: a name that is not in its list, or a repetition.
    pub fn new(facts: PolicyFacts) -> Result<Self, FactsError> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let check_order = stage::check_order(&facts.check_order).map_err(FactsError::CheckOrder)?;
        let mut names = BTreeSet::new();
        if let Some(name) = facts.schemes.iter().find(|name| !names.insert(*name)) {
            return Err(FactsError::RepeatedScheme(name.clone()));
        }
        let mut keys = BTreeSet::new();
        if let Some(operation) = facts.operations.iter().find(|one| !keys.insert((&one.method, &one.template))) {
            return Err(FactsError::RepeatedOperation(key(operation)));
        }
        for (what, count) in [("security schemes", facts.schemes.len()), ("scopes", facts.scopes.len())] {
            if count > usize::from(u16::MAX) {
                return Err(FactsError::TooMany(what));
            }
        }
        let scopes: BTreeSet<String> = facts.scopes.into_iter().collect();
        let mut policy = Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            check_order,
            as_nobody: vec![AsNobody::NONE; facts.schemes.len()],
            schemes: boxed(facts.schemes),
            scope_index: scope_index::scope_index(scopes.iter().map(String::as_str)),
            scopes: boxed(scopes),
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
        let own = issued.tokens().filter_map(|token| self.scope_index(token));
        let mapped = self.scope_map.iter().filter(|entry| {
            let holds = entry.ends_at.is_none_or(|end| unix_seconds < end);
            let is_own = scheme.policy == self.id && entry.scheme == scheme.index;
            let is_issued = |says: &mut dyn FnMut(&[Box<str>], &str) -> bool| match &*entry.claim {
                [] => issued.contains(&entry.from),
                claim => says(claim, &entry.from),
            };
            holds && is_own && is_issued(&mut says)
        });
        let granted: BTreeSet<u16> = own.chain(mapped.flat_map(|entry| entry.to.iter().copied())).collect();
        OwnedScopeSet::new(self.id, self.scopes.len(), granted.into_iter())
    }

    #[inline]
    pub(super) fn scope_name(&self, scope: u16) -> Option<&str> {
        self.scopes.get(usize::from(scope)).map(|name| &**name)
    }

    fn scope_index(&self, name: &str) -> Option<u16> {
        scope_index::find(&self.scope_index, name, |scope| self.scope_name(scope))
    }

    fn scheme_index(&self, name: &str) -> Option<u16> {
        u16::try_from(self.schemes.iter().position(|known| **known == *name)?).ok()
    }
}

impl Description {
    fn of(operation: OperationFacts) -> Self {
        let sorted = |names: Vec<String>| boxed(names.into_iter().collect::<BTreeSet<String>>());
        let QueryFacts { names, prefixes, any, ignores_others } = operation.query;
        let query = QueryFacts { names: sorted(names), prefixes: sorted(prefixes), any, ignores_others };
        Self { method: operation.method.into(), template: operation.template.into(), query }
    }
}

fn number(index: usize) -> Result<u32, FactsError> {
    u32::try_from(index).map_err(|_| FactsError::TooMany("requirements"))
}

fn boxed(names: impl IntoIterator<Item = String>) -> Vec<Box<str>> {
    names.into_iter().map(String::into_boxed_str).collect()
}

fn key(operation: &OperationFacts) -> String {
    format!("{} {}", operation.method, operation.template)
}

/// An operation of an [`OwnedPolicy`]. Displays as `GET /template`.
#[derive(Clone, Copy)]
pub struct OwnedOperation<'p> {
    pub(super) policy: &'p OwnedPolicy,
    rule: StoredRule,
    index: usize,
}

impl<'p> OwnedOperation<'p> {
    /// Its index among the facts.
    #[must_use]
    pub fn index(self) -> usize {
        self.index
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub fn method(self) -> &'p str {
        self.description().map_or("", |said| &said.method)
    }

    /// The path template as it is served.
    #[must_use]
    pub fn template(self) -> &'p str {
        self.description().map_or("", |said| &said.template)
    }

    /// Whom it lets in before scopes are looked at.
    #[must_use]
    pub fn access(self) -> Access {
        self.rule.access
    }

    /// Whether a request whose only credential is such a one of that scheme is decided like one without a credential:
    /// [`Request::caller`] is then `Ok(None)`. That is so only where anybody may call, and the policy's owner said so of the scheme.
    ///
    /// A credential of any other kind is refused: a signature that is wrong, one that is malformed, repeated or revoked, and one that could
    /// not be looked at.
    ///
    /// ```
    /// use policy_core::owned::{AlternativeFacts, OperationFacts, OwnedPolicy, PolicyFacts, RequirementFacts};
    /// use policy_core::{AsNobody, Stale};
    ///
    /// let key = || AlternativeFacts::of("Key", Vec::<String>::new());
    /// let optional = RequirementFacts::AnyOf(vec![key(), AlternativeFacts::Anonymous]);
    /// let operations = vec![
    ///     OperationFacts::new("GET", "/news", optional),
    ///     OperationFacts::new("GET", "/files", RequirementFacts::AnyOf(vec![key()])),
    /// ];
    /// let facts = PolicyFacts::new(vec!["Key".into()], Vec::new(), operations)
    ///     .with_as_nobody(vec![("Key".into(), AsNobody::NONE.with(Stale::Expired))]);
    /// let policy = OwnedPolicy::new(facts)?;
    /// let key = policy.scheme("Key").ok_or("no such scheme")?;
    /// let counts: Vec<bool> = policy.operations().map(|one| one.counts_as_nobody(key, Stale::Expired)).collect();
    /// assert_eq!(counts, [true, false]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn counts_as_nobody(self, scheme: OwnedScheme, stale: Stale) -> bool {
        let own = self.policy.as_nobody.get(usize::from(scheme.index)).filter(|_| scheme.policy == self.policy.id);
        own.is_some_and(|own| decision::counts_as_nobody(self.rule.access, *own, stale))
    }

    /// Takes a request through the stages, in the policy's order, up to the first that denies it.
    #[inline(always)]
    #[must_use]
    pub fn decide<'r>(self, request: &Request<'r>) -> Decision<'p, 'r> {
        decide::decide(self, request)
    }

    #[inline]
    pub(super) fn rule(self) -> Rule<'p> {
        let words = self.policy.words.get(self.rule.start as usize..self.rule.end as usize);
        Rule { access: self.rule.access, requirement: Requirement::from_own_words(words.unwrap_or_default()) }
    }

    #[inline]
    pub(super) fn accepted_query(self) -> QueryAllowList<'p, Box<str>> {
        match self.description() {
            Some(Description { query, .. }) => QueryAllowList {
                ignores_others: query.ignores_others,
                ..QueryAllowList::new(&query.names, &query.prefixes, query.any)
            },
            None => QueryAllowList::NONE,
        }
    }

    fn description(self) -> Option<&'p Description> {
        self.policy.descriptions.get(self.index)
    }
}

impl fmt::Display for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.template())
    }
}

impl fmt::Debug for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedOperation({self})")
    }
}
