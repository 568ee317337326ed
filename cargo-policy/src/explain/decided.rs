//! What each stage of a decision said, and where the document says so.

use policy_core::owned::{self, Decision, StageOutcome};
use policy_core::{AuthenticationFailure, Reason, Stage};
use policy_spec::{OperationModel, QueryFacts, RequirementFacts, Span};

use super::Context;
use super::alternatives::{self, Alternative};
use super::answer::Answer;
use super::caller::Caller;
use super::excerpt::Excerpt;
use super::explanation::{StageExplained, StageResult, Verdict};
use super::request::Request;
use crate::failure::Failure;

/// A decision, explained.
pub(crate) struct Decided {
    pub(crate) verdict: Verdict,
    pub(crate) stages: Vec<StageExplained>,
    pub(crate) alternatives: Vec<Alternative>,
    pub(crate) answer: Option<Answer>,
}

/// Decides the request, and explains the decision.
pub(crate) fn decide(
    context: &Context<'_>,
    operation: policy_core::owned::OwnedOperation<'_>,
    said: &OperationModel,
    request: &Request,
    caller: &Caller,
) -> Result<Decided, Failure> {
    let issued = caller.issued();
    let grants = alternatives::grants(context.engine.policy(), &issued)?;
    let decision = operation.decide(&owned::Request {
        caller: Ok((!caller.is_anonymous()).then_some(grants.as_slice())),
        enabled: Ok(caller.enabled),
        query: request.query.as_deref(),
    });
    let alternatives = alternatives::weigh(context, said, caller, &decision)?;
    let teller = Teller { context, said, caller, decision: &decision, alternatives: &alternatives };
    let stages = decision.stages().map(|(stage, outcome)| teller.stage(stage, outcome)).collect();
    let answer = decision.denial().map(|(_, reason)| {
        let mut required: Vec<&str> = decision.required().collect();
        required.sort_unstable();
        required.dedup();
        Answer::denied(reason, context.engine, Some(said), required)
    });
    let verdict = if decision.is_allowed() { Verdict::Allowed } else { Verdict::Denied };
    Ok(Decided { verdict, stages, alternatives, answer })
}

struct Teller<'t> {
    context: &'t Context<'t>,
    said: &'t OperationModel,
    caller: &'t Caller,
    decision: &'t Decision<'t, 't>,
    alternatives: &'t [Alternative],
}

impl Teller<'_> {
    fn stage(&self, stage: Stage, outcome: StageOutcome<'_>) -> StageExplained {
        let (outcome, reason) = match outcome {
            StageOutcome::Passed => (StageResult::Passed, None),
            StageOutcome::Denied(reason) => (StageResult::Denied, Some(reason)),
            StageOutcome::NotReached => (StageResult::NotReached, None),
        };
        let (because, places) = match (outcome, reason) {
            (StageResult::NotReached, _) => ("the request was denied before".to_owned(), Vec::new()),
            (_, Some(reason)) => (self.denied(reason), self.places_of(reason)),
            (_, None) => self.passed(stage),
        };
        StageExplained { stage, outcome, reason_code: reason.map(|reason| reason.code()), because, places }
    }

    fn denied(&self, reason: Reason<'_>) -> String {
        let remark = match reason {
            Reason::Authentication(AuthenticationFailure::Missing) => "; every alternative needs one".to_owned(),
            Reason::NotEnabled => ", as `--not-enabled` says".to_owned(),
            Reason::UnsupportedQuery(_) => format!("; it takes {}", accepted(&self.said.query)),
            _ => String::new(),
        };
        format!("{reason}{remark}")
    }

    /// Where the document has the cause of a denial. Alternatives have places of their own, and are not among them.
    fn places_of(&self, reason: Reason<'_>) -> Vec<Excerpt> {
        match reason {
            Reason::UnsupportedQuery(_) => {
                let key = self.said.spans.first().map(|span| self.excerpt(*span, "takes no such parameter"));
                key.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn passed(&self, stage: Stage) -> (String, Vec<Excerpt>) {
        match stage {
            Stage::Authentication if self.said.requirement == RequirementFacts::Public => {
                ("no credential is looked at: the operation is public".to_owned(), self.security("public by this"))
            }
            Stage::Authentication if self.decision.is_anonymous() => {
                ("nobody is known, and nobody need be: one alternative is `{}`".to_owned(), Vec::new())
            }
            Stage::Authentication => {
                let schemes: Vec<String> =
                    self.caller.grants.iter().map(|grant| format!("`{}`", grant.scheme)).collect();
                (format!("the caller is known by {}", schemes.join(" and ")), Vec::new())
            }
            Stage::Enablement if self.decision.is_anonymous() => {
                ("not asked: an anonymous caller has no organization".to_owned(), Vec::new())
            }
            Stage::Enablement => ("enabled, as is assumed without `--not-enabled`".to_owned(), Vec::new()),
            Stage::Scopes => self.scopes(),
            Stage::Query => (self.query(), Vec::new()),
        }
    }

    fn scopes(&self) -> (String, Vec<Excerpt>) {
        let Some(at) = self.decision.alternative() else {
            return ("none is required: the operation is public".to_owned(), Vec::new());
        };
        let Some(chosen) = self.alternatives.get(at) else { return (String::new(), Vec::new()) };
        let because = match (self.alternatives.len(), chosen.facts.is_anonymous()) {
            (1, true) => "nothing is required: `{}`".to_owned(),
            (1, false) => "all that is required is granted".to_owned(),
            (count, true) => format!("alternative {} of {count} requires nothing, and no other is met", at + 1),
            (count, false) => format!("alternative {} of {count} is met: all that it requires is granted", at + 1),
        };
        (because, Vec::new())
    }

    fn query(&self) -> String {
        if self.said.query.any {
            return "every parameter is accepted".to_owned();
        }
        format!("accepted; the operation takes {}", accepted(&self.said.query))
    }

    /// The operation's own or inherited `security`.
    fn security(&self, label: &str) -> Vec<Excerpt> {
        self.said.reasons.last().map(|span| self.excerpt(*span, label)).into_iter().collect()
    }

    fn excerpt(&self, span: Span, label: &str) -> Excerpt {
        Excerpt::of(&self.context.read.loaded.sources, span, &[], label)
    }
}

/// The parameters that are accepted, for a sentence.
fn accepted(query: &QueryFacts) -> String {
    let names = query.names.iter().map(|name| format!("`{name}`"));
    let prefixes = query.prefixes.iter().map(|prefix| format!("whatever starts with `{prefix}`"));
    let all: Vec<String> = names.chain(prefixes).collect();
    let listed = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    if query.ignores_others { format!("{listed}, and ignores others") } else { listed }
}
