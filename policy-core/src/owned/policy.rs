//! The policy, and its operations.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::decide::{self, Decision, Request};
use super::facts::{AlternativeFacts, FactsError, OperationFacts, PolicyFacts};
use super::grant::{Grant, GrantedScopes, OwnedScopeSet};
use crate::decision::Asked;
use crate::definition::Access;
use crate::query::Accepted;
use crate::requirement::{self, AlternativeParts, Requirement};
use crate::scope_string::ScopeString;
use crate::stage::{self, Stage};

/// A policy that owns its tables.
#[derive(Debug)]
pub struct OwnedPolicy {
    /// Tells this policy from every other of the process.
    pub(super) id: usize,
    check_order: [Stage; 4],
    schemes: Vec<Box<str>>,
    /// Sorted.
    scopes: Vec<Box<str>>,
    operations: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    method: Box<str>,
    template: Box<str>,
    access: Access,
    requirement: Box<[u16]>,
    query_names: Box<[Box<str>]>,
    query_prefixes: Box<[Box<str>]>,
    query_any: bool,
}

impl OwnedPolicy {
    /// The policy that these facts state.
    ///
    /// # Errors
    /// [`FactsError`]: a name that is not in its list, a repetition or a contradiction.
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
            schemes: boxed(facts.schemes),
            scopes: boxed(scopes),
            operations: Vec::new(),
        };
        policy.operations = facts.operations.into_iter().map(|one| policy.row(one)).collect::<Result<_, _>>()?;
        Ok(policy)
    }

    fn row(&self, operation: OperationFacts) -> Result<Row, FactsError> {
        let anonymous = operation.alternatives.iter().any(|one| one.anonymous);
        let agrees = match operation.access {
            Access::Public => operation.alternatives.is_empty(),
            Access::Optional => anonymous,
            Access::Required => !anonymous,
        };
        let asks = |one: &AlternativeFacts| !one.schemes.is_empty() || !one.extension.is_empty();
        if !agrees || operation.alternatives.iter().any(|one| one.anonymous && asks(one)) {
            return Err(FactsError::Contradiction(key(&operation)));
        }
        let parts: Vec<AlternativeParts> =
            operation.alternatives.iter().map(|one| self.parts(&operation, one)).collect::<Result<_, _>>()?;
        let requirement = requirement::words(&parts).ok_or(FactsError::TooMany("scopes of one operation"))?;
        let sorted = |names: Vec<String>| boxed(names.into_iter().collect::<BTreeSet<String>>()).into_boxed_slice();
        Ok(Row {
            method: operation.method.into(),
            template: operation.template.into(),
            access: operation.access,
            requirement: requirement.into_boxed_slice(),
            query_names: sorted(operation.query_names),
            query_prefixes: sorted(operation.query_prefixes),
            query_any: operation.query_any,
        })
    }

    fn parts(&self, operation: &OperationFacts, one: &AlternativeFacts) -> Result<AlternativeParts, FactsError> {
        if one.anonymous {
            return Ok(AlternativeParts::Anonymous);
        }
        let scopes = |names: &[String]| -> Result<Vec<u16>, FactsError> {
            let unknown = |scope: &String| FactsError::UnknownScope { operation: key(operation), scope: scope.clone() };
            names.iter().map(|name| self.scope_index(name).ok_or_else(|| unknown(name))).collect()
        };
        let mut schemes = Vec::with_capacity(one.schemes.len());
        for (scheme, names) in &one.schemes {
            let unknown = || FactsError::UnknownScheme { operation: key(operation), scheme: scheme.clone() };
            schemes.push((self.scheme_index(scheme).ok_or_else(unknown)?, scopes(names)?));
        }
        Ok(AlternativeParts::Named { schemes, extension: scopes(&one.extension)? })
    }

    /// The stages, in the order that requests pass them.
    #[must_use]
    pub fn check_order(&self) -> [Stage; 4] {
        self.check_order
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operation at this place among the facts: what a router over the same operations finds.
    #[must_use]
    pub fn operation(&self, place: usize) -> Option<OwnedOperation<'_>> {
        self.operations.get(place).map(|row| OwnedOperation { policy: self, row, place })
    }

    /// The operations, in the order of the facts.
    pub fn operations(&self) -> impl Iterator<Item = OwnedOperation<'_>> {
        self.operations.iter().enumerate().map(|(place, row)| OwnedOperation { policy: self, row, place })
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

    /// What a scheme granted: a scope string as it was issued, or a set that was read before. `None` where the policy has no
    /// such scheme.
    #[must_use]
    pub fn grant<'g>(&self, scheme: &str, scopes: impl Into<GrantedScopes<'g>>) -> Option<Grant<'g>> {
        Some(Grant { policy: self.id, scheme: self.scheme_index(scheme)?, scopes: scopes.into() })
    }

    /// Reads a scope string once, for many decisions. A scope that the policy does not know grants nothing here.
    #[must_use]
    pub fn scope_set(&self, scopes: ScopeString<'_>) -> OwnedScopeSet {
        OwnedScopeSet::new(self.id, self.scopes.len(), scopes.tokens().filter_map(|token| self.scope_index(token)))
    }

    pub(super) fn scope_name(&self, scope: u16) -> Option<&str> {
        self.scopes.get(usize::from(scope)).map(|name| &**name)
    }

    fn scope_index(&self, name: &str) -> Option<u16> {
        u16::try_from(self.scopes.binary_search_by(|known| (**known).cmp(name)).ok()?).ok()
    }

    fn scheme_index(&self, name: &str) -> Option<u16> {
        u16::try_from(self.schemes.iter().position(|known| **known == *name)?).ok()
    }
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
    row: &'p Row,
    place: usize,
}

impl<'p> OwnedOperation<'p> {
    /// Its place among the facts.
    #[must_use]
    pub fn place(self) -> usize {
        self.place
    }

    /// The HTTP method, exact bytes.
    #[must_use]
    pub fn method(self) -> &'p str {
        &self.row.method
    }

    /// The path template as it is served.
    #[must_use]
    pub fn template(self) -> &'p str {
        &self.row.template
    }

    /// Whom it lets in before scopes are looked at.
    #[must_use]
    pub fn access(self) -> Access {
        self.row.access
    }

    /// Takes a request through the stages, in the policy's order, up to the first that denies it.
    #[must_use]
    pub fn decide<'r>(self, request: &Request<'r>) -> Decision<'p, 'r> {
        decide::decide(self, request)
    }

    pub(super) fn asked(self) -> Asked<'p> {
        Asked { access: self.row.access, requirement: Requirement::from_own_words(&self.row.requirement) }
    }

    pub(super) fn accepted(self) -> Accepted<'p, Box<str>> {
        Accepted { names: &self.row.query_names, prefixes: &self.row.query_prefixes, any: self.row.query_any }
    }
}

impl fmt::Display for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.row.method, self.row.template)
    }
}

impl fmt::Debug for OwnedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedOperation({self})")
    }
}
