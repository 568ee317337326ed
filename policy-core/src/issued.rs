//! The scopes rule alone, for callers that have scope strings as they were issued and need no permit.

use crate::decision::{self, Granted};
use crate::policy::{Document, OperationRef, Scheme};
use crate::scope::ScopeSet;
use crate::scope_string::ScopeString;

/// What each scheme granted, as it was issued.
struct Issued<'g, D: Document>(&'g [(Scheme<D>, ScopeString<'g>)]);

impl<D: Document> Issued<'_, D> {
    fn of(&self, scheme: u16) -> impl Iterator<Item = &ScopeString<'_>> {
        self.0.iter().filter(move |(given, _)| given.index() == scheme).map(|(_, scopes)| scopes)
    }
}

impl<D: Document> Granted for Issued<'_, D> {
    fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }

    fn satisfies(&self, scheme: u16) -> bool {
        self.of(scheme).next().is_some()
    }

    fn grants(&self, scheme: u16, scope: u16) -> bool {
        let name = D::DEFINITION.parts.scopes.name(scope);
        name.is_some_and(|name| self.of(scheme).any(|scopes| scopes.contains(name)))
    }

    fn any_grants(&self, scope: u16) -> bool {
        let name = D::DEFINITION.parts.scopes.name(scope);
        name.is_some_and(|name| self.0.iter().any(|(_, scopes)| scopes.contains(name)))
    }
}

impl<D: Document> OperationRef<D> {
    /// Whether scope strings meet the requirement. They are not read into sets first. It is for a gateway, which forwards each request that
    /// it does not deny.
    ///
    /// It is the rule of the stage [`Scopes`](crate::Stage::Scopes) alone, and gives no permit. An empty list of grants is an anonymous
    /// caller.
    ///
    /// # Errors
    /// The scopes that the closest alternative lacks: of those whose schemes are satisfied, the first that lacks the fewest.
    /// Empty if the schemes of no alternative are satisfied.
    pub fn met_by(self, grants: &[(Scheme<D>, ScopeString<'_>)]) -> Result<(), ScopeSet<D>> {
        let (rule, granted) = (self.rule(), Issued(grants));
        match decision::scopes(rule, &granted) {
            Ok(_) => Ok(()),
            Err(_) => Err(decision::closest(rule.requirement, &granted)
                .map(|(_, closest)| ScopeSet::of_indices(decision::missing(closest, &granted)))
                .unwrap_or_default()),
        }
    }
}
