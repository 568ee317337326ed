//! The policy, and its operations.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::decide::{self, AtEnablement, Decision, Request};
use super::facts::{FactsError, OperationFacts, PolicyFacts, QueryFacts};
use super::grant::{Caller, Grant, GrantedScopes, OwnedScheme, OwnedScopeSet};
use crate::as_nobody::{AsNobody, Stale};
use crate::date::Date;
use crate::decision::{self, Rule};
use crate::definition::{Access, QueryAllowList};
use crate::denial::AuthenticationFailure;
use crate::requirement::{self, Requirement};
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
    as_nobody: Vec<AsNobody>,
    /// For each scheme, how its credential travels. Invariant *closed*: where nothing is said, no request has one.
    kinds: Vec<Option<SchemeKind<String>>>,
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
            kinds: vec![None; facts.schemes.len()],
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
        let mut granted: BTreeSet<u16> = issued.clone().filter_map(|name| self.scope_index(name)).collect();
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
                granted.extend(&entry.to);
            }
        }
        Ok(OwnedScopeSet::new(self.id, self.scopes.len(), granted.into_iter()))
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

    /// The policy that it belongs to.
    #[must_use]
    pub fn policy(self) -> &'p OwnedPolicy {
        self.policy
    }

    /// Whom it lets in before scopes are looked at.
    #[must_use]
    pub fn access(self) -> Access {
        self.rule.access
    }

    /// The schemes that any alternative names, each once, in document order of the schemes.
    pub fn schemes(self) -> impl Iterator<Item = OwnedScheme> + Clone + use<'p> {
        let policy = self.policy.id;
        self.rule().requirement.schemes().iter().map(move |index| OwnedScheme { policy, index: *index })
    }

    /// Whether some alternative requires authentication without naming a scheme, so that any scheme of the document is enough.
    #[must_use]
    pub fn accepts_any_scheme(self) -> bool {
        self.rule().requirement.accepts_any_scheme()
    }

    /// Whether a caller with these grants meets some alternative, by its schemes and its scopes.
    #[must_use]
    pub fn is_met_by(self, grants: &[Grant<'_>]) -> bool {
        let (rule, caller) = (self.rule(), Caller { policy: self.policy, grants: Some(grants) });
        decision::authentication(rule, Ok(Some(&caller))).is_ok() && decision::scopes(rule, &caller).is_ok()
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
        match decide::to_enablement(self, request.caller) {
            Ok(pending) => pending.finish(request.enabled, || request.query),
            Err(denied) => denied,
        }
    }

    /// Takes a request through the stages before enablement, for whoever asks what is enabled only about a caller who came so far.
    ///
    /// # Errors
    /// A stage denied.
    #[inline(always)]
    pub fn to_enablement<'r>(
        self,
        caller: Result<Option<&'r [Grant<'r>]>, AuthenticationFailure>,
    ) -> Result<AtEnablement<'p, 'r>, Decision<'p, 'r>> {
        decide::to_enablement(self, caller)
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
