//! What a run of the matrix found.

use std::collections::BTreeMap;
use std::fmt;

use policy_spec::{Engine, Location};

use super::answer::Answer;
use super::caller::Caller;
use super::case::{Case, Check};
use super::coverage::{Gap, gaps};
use super::judge::{Answered, Refusals, judge};
use super::outcome::{Fault, Outcome};
use super::request::Request;

/// What a run of the matrix found. Displays for people, with every fault; [`assert`](Self::assert) is for tests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The requests, in the order of the document, with what came of them.
    pub judged: Vec<Judged>,
    /// The operations, as the document has them.
    pub operations: Vec<Operation>,
    /// The operations of which something was not tried, and why.
    pub left_out: Vec<(usize, &'static str)>,
    /// The operations that were to be tried; all, where there is none.
    pub only: Vec<usize>,
    /// Which statuses counted as a refusal.
    pub refusals: Refusals,
    /// Where the service is: the scheme and the authority of its address. Empty, where it was asked without one.
    pub origin: String,
    /// What stands at the service for the document's base path.
    pub prefix: Option<String>,
}

/// An operation of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Its method and template: `GET /files/{id}`.
    pub key: String,
    /// What it requires, as one line.
    pub requirement: String,
    /// Where the document says so.
    pub location: Location,
    /// Whether everybody may call it.
    pub is_public: bool,
}

/// A request, and what came of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Judged {
    /// The case.
    pub case: Case,
    /// The request. `None`, where there was no credential for it.
    pub request: Option<Request>,
    /// The answer. `None`, where there was none.
    pub answer: Option<Answer>,
    /// What it proves.
    pub outcome: Outcome,
}

impl Judged {
    /// Who sent it, with what they really hold: a credential may hold more than the case asks for.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.request.as_ref().map_or(&self.case.caller, |request| &request.caller)
    }
}

/// How many cases ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// As the document says.
    pub passed: usize,
    /// Otherwise, and it is an error.
    pub errors: usize,
    /// Otherwise, and it is a warning.
    pub warnings: usize,
    /// Nothing tells.
    pub cannot_tell: usize,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> usize {
        self.passed + self.errors + self.warnings + self.cannot_tell
    }

    /// Whether nothing tells of more than half: then the run proves nothing.
    #[must_use]
    pub const fn is_untold(self) -> bool {
        self.cannot_tell * 2 > self.all() || self.all() == 0
    }

    fn add(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed(fault, _) if fault.is_error() => &mut self.errors,
            Outcome::Failed(..) => &mut self.warnings,
            Outcome::CannotTell(_) => &mut self.cannot_tell,
        } += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let Self { passed, errors, warnings, cannot_tell } = *self;
        write!(f, "{}: {passed} as the document says", plural(self.all(), "case"))?;
        write!(f, ", {}, {}, {cannot_tell} cannot tell", plural(errors, "error"), plural(warnings, "warning"))
    }
}

impl Report {
    pub(crate) fn new(
        engine: &Engine,
        prepared: Vec<(Case, Option<Request>)>,
        answers: Vec<Answered>,
        refusals: Refusals,
    ) -> Self {
        let cases: Vec<Case> = prepared.iter().map(|(case, _)| case.clone()).collect();
        let outcomes = judge(&cases, &answers, &refusals);
        let answers = answers.into_iter().map(|(_, answer)| answer.ok());
        let judged = prepared.into_iter().zip(answers).zip(outcomes);
        let judged = judged.map(|(((case, request), answer), outcome)| Judged { case, request, answer, outcome });
        let operations = engine.served().operations.iter().map(|operation| Operation {
            key: operation.served_key(),
            requirement: operation.requirement.to_string(),
            location: operation.location.clone(),
            is_public: operation.alternatives().is_empty(),
        });
        Self {
            judged: judged.collect(),
            operations: operations.collect(),
            left_out: Vec::new(),
            only: Vec::new(),
            refusals,
            origin: String::new(),
            prefix: None,
        }
    }

    /// How many cases ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.judged.iter().for_each(|judged| counts.add(&judged.outcome));
        counts
    }

    /// How many scopes were left out of a request, each for each alternative that needs it, and of how many of these something is told.
    #[must_use]
    pub fn missing_scopes(&self) -> (usize, usize) {
        let missing = self.judged.iter().filter(|judged| matches!(judged.case.check, Check::MissingScope { .. }));
        let told = missing.clone().filter(|judged| !matches!(judged.outcome, Outcome::CannotTell(_)));
        (missing.count(), told.count())
    }

    /// How many cases of each operation ended how, by the operation's index.
    #[must_use]
    pub fn by_operation(&self) -> BTreeMap<usize, Counts> {
        let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
        for judged in &self.judged {
            counts.entry(judged.case.operation).or_default().add(&judged.outcome);
        }
        counts
    }

    /// The cases that ended otherwise than the document says, the worst first, and then in its order.
    #[must_use]
    pub fn failures(&self) -> Vec<(Fault, &Judged)> {
        let mut found: Vec<(Fault, &Judged)> =
            self.judged.iter().filter_map(|judged| Some((judged.outcome.fault()?, judged))).collect();
        found.sort_by_key(|(fault, _)| *fault);
        found
    }

    /// What no case proves: an operation that no allowed request reached, and a scope without a denial where it is missing.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        gaps(self)
    }

    /// The operation of a case.
    #[must_use]
    pub fn operation(&self, judged: &Judged) -> Option<&Operation> {
        self.operations.get(judged.case.operation)
    }

    /// A line for a shell that sends a case's request, without its secrets.
    #[must_use]
    pub fn curl(&self, judged: &Judged) -> Option<String> {
        let request = judged.request.as_ref()?;
        let origin = if self.origin.is_empty() { "http://localhost" } else { &self.origin };
        Some(request.curl(origin, self.prefix.as_deref().unwrap_or(&request.base)))
    }

    /// Who got where, operation by operation: a text for snapshots. It holds what each caller was answered, and which
    /// other ways to write the request were not refused.
    #[must_use]
    pub fn who_got_where(&self) -> String {
        let mut text = String::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let own: Vec<&Judged> = self.judged.iter().filter(|judged| judged.case.operation == index).collect();
            if own.is_empty() {
                continue;
            }
            text.push_str(&format!("{}: {}\n", operation.key, operation.requirement));
            for judged in own.iter().filter(|judged| judged.case.check.is_plain()) {
                let answer = match &judged.answer {
                    Some(answer) if answer.is_reached() => format!("{} reached", answer.status),
                    Some(answer) => answer.status.to_string(),
                    None => "not asked".to_owned(),
                };
                let query = match &judged.case.check {
                    Check::QueryBeforeCredential | Check::QueryBeforeScopes | Check::QueryAfterScopes => {
                        " with a wrong query"
                    }
                    _ => "",
                };
                text.push_str(&format!("  {answer:<12} {}{query}\n", judged.case.caller));
            }
            let others: Vec<&&Judged> = own.iter().filter(|judged| !judged.case.check.is_plain()).collect();
            let open: Vec<&&&Judged> = others.iter().filter(|judged| judged.outcome != Outcome::Passed).collect();
            // Their number is none of the service's: a later version may try more.
            text.push_str(if open.is_empty() { "  other paths and methods are refused\n" } else { "" });
            for judged in open {
                let status = judged.answer.as_ref().map_or("not asked".to_owned(), |answer| answer.status.to_string());
                let (case, target) = (&judged.case, judged.case.target());
                text.push_str(&format!("  {status:<12} {}, {} {target}\n", case.caller, case.method));
            }
        }
        text
    }

    /// Fails unless the service does what its document says, and the run shows it: no fault, no gap, and most cases told something.
    ///
    /// # Panics
    /// With everything that was found.
    #[track_caller]
    #[expect(clippy::panic, reason = "it is an assertion of a test")]
    pub fn assert(&self) {
        let gaps = self.gaps();
        if self.failures().is_empty() && gaps.is_empty() && !self.counts().is_untold() {
            return;
        }
        let mut text = format!("the service does not do what its document says, or nothing shows it\n\n{self}");
        for gap in gaps {
            text.push_str(&format!("gap: {gap}\n"));
        }
        panic!("{text}");
    }
}

impl Answer {
    /// Whether the handler ran, by what whoever asked knows, or else by a status of success.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.reached.unwrap_or((200..400).contains(&self.status))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, judged) in self.failures() {
            let level = if fault.is_error() { "error" } else { "warning" };
            let key = self.operation(judged).map_or("", |operation| operation.key.as_str());
            writeln!(f, "{level}[{fault}]: `{key}`: {}", judged.outcome.message())?;
            writeln!(f, "  tried: {}", judged.case.check)?;
            writeln!(f, "  by: {}", judged.caller())?;
            writeln!(f, "  due: {}", judged.case.expected)?;
            if let Some(curl) = self.curl(judged) {
                writeln!(f, "  {curl}")?;
            }
            writeln!(f)?;
        }
        let mut untold: BTreeMap<&str, usize> = BTreeMap::new();
        for judged in &self.judged {
            if let Outcome::CannotTell(why) = &judged.outcome {
                *untold.entry(why).or_default() += 1;
            }
        }
        for (why, count) in untold {
            writeln!(f, "cannot tell, {count} times: {why}")?;
        }
        writeln!(f, "{}", self.counts())
    }
}
