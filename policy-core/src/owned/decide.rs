//! The decision, stage by stage.

use core::fmt;

use super::grant::{Caller, Grant};
use super::operation::OwnedOperation;
use crate::decision::{self, Known};
use crate::denial::{AuthenticationFailure, EnablementFailure, Reason};
use crate::query;
use crate::requirement::Alternative;
use crate::stage::Stage;

/// What the stages need of a request and of the application.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// What each satisfied scheme granted; `Ok(None)` where the request carries no credential.
    pub caller: Result<Option<&'r [Grant<'r>]>, AuthenticationFailure>,
    /// Whether the operation is enabled for the caller. Not asked for an anonymous one.
    pub enabled: Result<bool, EnablementFailure>,
    /// The raw query string, without the `?`.
    pub query: Option<&'r str>,
}

/// How a request fared at one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageOutcome<'r> {
    /// It passed.
    Passed,
    /// It was denied at this stage.
    Denied(Reason<'r>),
    /// It was denied at an earlier stage.
    NotReached,
}

/// A decision, with what each stage said.
#[derive(Clone, Copy)]
pub struct Decision<'p, 'r> {
    operation: OwnedOperation<'p>,
    caller: Caller<'p, 'r>,
    known: Known,
    alternative: Option<usize>,
    denial: Option<(Stage, Reason<'r>)>,
}

/// Takes the request through the stages. In every safe order authentication comes first and the query last. Only the order of the
/// two between them differs.
#[inline(always)]
pub(super) fn decide<'p, 'r>(operation: OwnedOperation<'p>, request: &Request<'r>) -> Decision<'p, 'r> {
    let policy = operation.policy;
    let rule = operation.rule();
    let nobody = Caller { policy, grants: None };
    let mut decision = Decision { operation, caller: nobody, known: Known::Nobody, alternative: None, denial: None };
    let caller = request.caller.map(|grants| grants.map(|grants| Caller { policy, grants: Some(grants) }));
    let found = match &caller {
        Ok(found) => Ok(found.as_ref()),
        Err(failure) => Err(*failure),
    };
    match decision::authentication(rule, found) {
        // A public operation looks at no credential, so nobody is known there.
        Ok(Known::Nobody) => {}
        Ok(Known::Somebody) => {
            decision.known = Known::Somebody;
            decision.caller = caller.ok().flatten().unwrap_or(nobody);
        }
        Err(reason) => return decision.denied(Stage::Authentication, reason),
    }
    let is_scopes_first = matches!(policy.check_order(), [_, Stage::Scopes, ..]);
    if !is_scopes_first && let Err(reason) = decision::enablement(decision.known, request.enabled) {
        return decision.denied(Stage::Enablement, reason);
    }
    match decision::scopes(rule, &decision.caller) {
        Ok(alternative) => decision.alternative = Some(alternative),
        Err(reason) => return decision.denied(Stage::Scopes, reason),
    }
    if is_scopes_first && let Err(reason) = decision::enablement(decision.known, request.enabled) {
        return decision.denied(Stage::Enablement, reason);
    }
    // Without a query, the accepted parameters are not looked up.
    match request.query.and_then(|query| query::unsupported(operation.accepted_query(), query)) {
        None => decision,
        Some(key) => decision.denied(Stage::Query, Reason::UnsupportedQuery(key)),
    }
}

impl<'p, 'r> Decision<'p, 'r> {
    #[inline]
    fn denied(self, stage: Stage, reason: Reason<'r>) -> Self {
        Self { denial: Some((stage, reason)), ..self }
    }

    /// Whether every stage passed.
    #[inline]
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.denial.is_none()
    }

    /// The stage that denied the request, and why.
    #[must_use]
    pub fn denial(&self) -> Option<(Stage, Reason<'r>)> {
        self.denial
    }

    /// What each stage said, in the order in which it was asked.
    pub fn stages(&self) -> impl Iterator<Item = (Stage, StageOutcome<'r>)> + use<'p, 'r> {
        let denial = self.denial;
        let mut is_over = false;
        self.operation.policy.check_order().into_iter().map(move |stage| {
            let outcome = match denial {
                Some((at, reason)) if at == stage => StageOutcome::Denied(reason),
                _ if is_over => StageOutcome::NotReached,
                _ => StageOutcome::Passed,
            };
            is_over |= matches!(outcome, StageOutcome::Denied(_));
            (stage, outcome)
        })
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> OwnedOperation<'p> {
        self.operation
    }

    /// Whether authentication passed without a caller: the operation is public, or an alternative is anonymous and no
    /// credential came.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.known == Known::Nobody
    }

    /// The index of the alternative that was met, once the scopes passed. `None` for a public operation.
    #[must_use]
    pub fn alternative(&self) -> Option<usize> {
        self.alternative.filter(|_| !self.operation.rule().requirement.is_empty())
    }

    /// The index of the alternative that a caller with insufficient scopes comes closest to: of those whose schemes are
    /// satisfied, the first that lacks the fewest scopes.
    #[must_use]
    pub fn closest(&self) -> Option<usize> {
        self.closest_alternative().map(|(at, _)| at)
    }

    /// The scopes that the closest alternative requires, each as often as it names it.
    pub fn required(&self) -> impl Iterator<Item = &'p str> {
        let policy = self.operation.policy;
        let closest = self.closest_alternative();
        closest.into_iter().flat_map(|(_, one)| one.scopes()).filter_map(|scope| policy.scope_name(scope))
    }

    /// The scopes that the caller lacks for the closest alternative, each as often as it names it.
    pub fn missing(&self) -> impl Iterator<Item = &'p str> {
        let policy = self.operation.policy;
        let closest = self.closest_alternative();
        let missing = closest.into_iter().flat_map(|(_, one)| decision::missing(one, &self.caller));
        missing.filter_map(|scope| policy.scope_name(scope))
    }

    fn closest_alternative(&self) -> Option<(usize, Alternative<'p>)> {
        match self.denial {
            Some((_, Reason::InsufficientScope)) => decision::closest(self.operation.rule().requirement, &self.caller),
            _ => None,
        }
    }
}

impl fmt::Debug for Decision<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stages = f.debug_map();
        for (stage, outcome) in self.stages() {
            stages.entry(&stage, &outcome);
        }
        stages.finish()
    }
}
