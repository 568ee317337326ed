//! What the answers prove.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::Stage;

use super::answer::Answer;
use super::caller::Caller;
use super::case::{Case, Check};
use super::expected::Expected;
use super::outcome::{Fault, Outcome};

/// The statuses that count as a refusal of a caller. By default 401, 403 and 404.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals(BTreeSet<u16>);

impl Refusals {
    /// These statuses.
    #[must_use]
    pub fn new(statuses: impl IntoIterator<Item = u16>) -> Self {
        Self(statuses.into_iter().collect())
    }

    /// The statuses, in order.
    pub fn statuses(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied()
    }

    fn contains(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

impl Default for Refusals {
    fn default() -> Self {
        Self::new([401, 403, 404])
    }
}

/// How one case was answered. `Err` says why it was not: it was not asked, or there came no answer.
pub(crate) type Answered = (Caller, Result<Answer, String>);

/// What other answers say about one.
#[derive(Default)]
struct Seen {
    /// The operations whose path somebody got another answer than 404 for.
    served: BTreeSet<usize>,
    /// The operations for which a sufficient credential got another answer than a refusal, or 404.
    let_in: BTreeSet<usize>,
    /// The statuses of requests without a credential, by operation.
    nobody: BTreeMap<usize, u16>,
    /// The operations and callers that were let in, though the document refuses them.
    let_in_all_the_same: BTreeSet<(usize, Caller)>,
    /// The callers who were answered anything but 401 somewhere: their credentials are accepted.
    accepted: BTreeSet<Caller>,
    /// The operations of which a path of nothing was answered with success: it may be that every path is.
    any_path: BTreeSet<usize>,
}

/// Judges all answers together: what one of them means may depend on others.
pub(crate) fn judge(cases: &[Case], answers: &[Answered], refusals: &Refusals) -> Vec<Outcome> {
    let mut seen = Seen::default();
    for (case, (caller, answer)) in cases.iter().zip(answers) {
        let Ok(answer) = answer else { continue };
        if case.check.is_plain() && answer.status != 404 {
            seen.served.insert(case.operation);
        }
        if matches!(case.check, Check::Allowed(_)) && !refusals.contains(answer.status) && answer.status < 500 {
            seen.let_in.insert(case.operation);
        }
        if case.check.is_plain() && !case.expected.is_allowed() && (200..300).contains(&answer.status) {
            seen.let_in_all_the_same.insert((case.operation, caller.clone()));
        }
        if matches!(case.check, Check::Path(_))
            && case.expected == Expected::Unmatched
            && (200..300).contains(&answer.status)
        {
            seen.any_path.insert(case.operation);
        }
        if case.check == Check::NoCredential {
            seen.nobody.insert(case.operation, answer.status);
        }
        if matches!(caller, Caller::Holds(_)) && !matches!(answer.status, 401 | 404) && case.check.is_plain() {
            seen.accepted.insert(caller.clone());
        }
    }
    let judged = cases.iter().zip(answers).map(|(case, (caller, answer))| match answer {
        Ok(answer) => Judge { case, caller, answer, refusals, seen: &seen }.outcome(),
        Err(why) => Outcome::CannotTell(why.clone()),
    });
    judged.collect()
}

struct Judge<'j> {
    case: &'j Case,
    caller: &'j Caller,
    answer: &'j Answer,
    refusals: &'j Refusals,
    seen: &'j Seen,
}

impl Judge<'_> {
    fn outcome(&self) -> Outcome {
        match (self.answer.status, self.case.expected) {
            (0, _) => cannot_tell("there was no answer"),
            (429, _) => cannot_tell("429: the service takes no more requests for now; lower `--rate`"),
            (status @ (502..=504), _) => cannot_tell(format!("{status}: the service cannot be asked now")),
            (_, Expected::Allowed) => self.allowed(),
            (_, Expected::Unmatched) => self.unmatched(),
            (_, Expected::Denied { stage, status }) => self.denied(stage, status),
        }
    }

    fn allowed(&self) -> Outcome {
        let status = self.answer.status;
        match status {
            200..=399 => Outcome::Passed,
            _ if self.answer.is_reached() => Outcome::Passed,
            401 => Outcome::Failed(Fault::TurnedAway, "401: it refuses a caller whom the document lets in".to_owned()),
            403 => {
                let message =
                    "403: it refuses a caller whom the document lets in, or for whom the operation is not enabled";
                Outcome::Failed(Fault::TurnedAway, message.to_owned())
            }
            // Whoever is not let in is told something else, so this is about the resource.
            404 if self.nobody().is_some_and(|nobody| nobody != 404) => Outcome::Passed,
            404 => cannot_tell("404: nothing tells whether that is a refusal"),
            405 | 501 => cannot_tell(format!("{status}: the operation does not seem to be served")),
            400..=499 => Outcome::Passed,
            _ => cannot_tell(format!("{status}: the service failed")),
        }
    }

    /// A request for nothing that the document has: any refusal will do.
    fn unmatched(&self) -> Outcome {
        let status = self.answer.status;
        match status {
            _ if self.case.method == "OPTIONS" && self.answer.is_list_of_methods() => Outcome::Passed,
            204 if self.case.method == "OPTIONS" => cannot_tell("204: nothing tells whether a handler ran"),
            200..=299
                if matches!(self.case.check, Check::PathHeader(_))
                    && self.seen.any_path.contains(&self.case.operation) =>
            {
                cannot_tell(format!("{status}, as for other paths of nothing: nothing tells that the header was read"))
            }
            200..=299 => self.let_in(),
            404 if !self.is_served() => {
                cannot_tell("404, as for the operation itself: nothing tells that it is served here")
            }
            300..=499 | 501 | 505 => self.with_challenge(),
            _ => cannot_tell(format!("{status}: a handler may have run and failed")),
        }
    }

    fn denied(&self, stage: Stage, expected: u16) -> Outcome {
        let status = self.answer.status;
        let is_plain = self.case.check.is_plain();
        match status {
            200..=299 | 304 => self.let_in(),
            403 if self.case.check == Check::TokenInQuery && self.nobody() != Some(403) => {
                let what = "403: it knows the caller by a token in the query, which the document does not declare";
                Outcome::Failed(Fault::QueryTaken, what.to_owned())
            }
            _ if !is_plain && (300..=499).contains(&status) => self.unmatched(),
            501 | 505 if !is_plain => Outcome::Passed,
            _ if stage == Stage::Query => self.query(),
            404 if self.refusals.contains(404) => self.not_found(),
            _ if self.refusals.contains(status) => self.refused(expected),
            400 if matches!(self.case.check, Check::Malformed) => Outcome::Passed,
            // Where it does not look at the scopes at all, nothing comes before them.
            400 | 422 if self.has_wrong_query() && self.is_let_in_without() => {
                cannot_tell(format!("{status} is about the query; without it, this caller is let in"))
            }
            400 | 422 if self.has_wrong_query() => {
                let what = if stage == Stage::Authentication { "the credential" } else { "the scopes" };
                Outcome::Failed(Fault::OutOfOrder, format!("{status}: it looks at the query before {what}"))
            }
            400 | 415 | 422 => {
                cannot_tell(format!("{status} is about the form of the request: it says nothing of the caller"))
            }
            405 => cannot_tell("405: the operation does not seem to be served"),
            300..=399 => cannot_tell(format!("{status}: a redirect, which is not followed; `--refusal` may count it")),
            400..=499 => cannot_tell(format!("{status} is not among the statuses that count as a refusal")),
            _ => cannot_tell(format!("{status}: the handler may have run and failed")),
        }
    }

    /// All but the query is right.
    fn query(&self) -> Outcome {
        match self.answer.status {
            400 | 422 => Outcome::Passed,
            status @ (401 | 403) => {
                cannot_tell(format!("{status}: it refuses the credential, so that the query was not looked at"))
            }
            status => cannot_tell(format!("{status}, where 400 says that the query is wrong")),
        }
    }

    fn not_found(&self) -> Outcome {
        if self.seen.let_in.contains(&self.case.operation) {
            return Outcome::Passed;
        }
        cannot_tell(
            "404 is a refusal only where a sufficient credential is answered otherwise; `--allowed` asks with one",
        )
    }

    /// A refusal of the caller.
    fn refused(&self, expected: u16) -> Outcome {
        let status = self.answer.status;
        if status == 401 && expected == 403 && !self.seen.accepted.contains(self.caller) {
            return cannot_tell("401: it does not take the credential at all, so that its scopes were not looked at");
        }
        // A credential of another scheme is unknown to some services, and not enough to others.
        let may_be_403 = matches!(self.case.check, Check::OtherScheme(_) | Check::MissingScheme { .. });
        if status != expected && matches!((status, expected), (401, 403) | (403, 401)) && !(may_be_403 && status == 403)
        {
            let why = if expected == 401 { "the caller is not known" } else { "the caller is known" };
            return Outcome::Failed(Fault::OtherStatus, format!("{status}, where {expected} says that {why}"));
        }
        self.with_challenge()
    }

    fn with_challenge(&self) -> Outcome {
        if self.answer.status == 401 && !self.answer.has_challenge {
            let message = "401 without `WWW-Authenticate`, which every 401 must have [RFC 9110, section 15.5.2]";
            return Outcome::Failed(Fault::NoChallenge, message.to_owned());
        }
        Outcome::Passed
    }

    fn let_in(&self) -> Outcome {
        let status = self.answer.status;
        let message = match &self.case.check {
            Check::QueryAfterScopes => {
                let help = "where it ignores them, say so by `unsupported-query = \"ignore\"` in policy.toml";
                let message = format!("{status}: it takes a query parameter that the document does not have; {help}");
                return Outcome::Failed(Fault::QueryTaken, message);
            }
            Check::UndeclaredMethod | Check::Options | Check::MethodCase | Check::MethodHeader(_) => {
                format!("{status}: it answers a request for nothing that the document has")
            }
            _ => format!("{status}: it lets in whom the document refuses"),
        };
        Outcome::Failed(Fault::LetIn, message)
    }

    fn has_wrong_query(&self) -> bool {
        matches!(self.case.check, Check::QueryBeforeCredential | Check::QueryBeforeScopes)
    }

    fn is_let_in_without(&self) -> bool {
        self.seen.let_in_all_the_same.contains(&(self.case.operation, self.caller.clone()))
    }

    /// How nobody was answered by the operation.
    fn nobody(&self) -> Option<u16> {
        self.seen.nobody.get(&self.case.operation).copied()
    }

    fn is_served(&self) -> bool {
        self.seen.served.contains(&self.case.operation)
    }
}

fn cannot_tell(why: impl Into<String>) -> Outcome {
    Outcome::CannotTell(why.into())
}
