//! What no case of a run proves.

use std::fmt;

use super::case::Check;
use super::outcome::Outcome;
use super::report::Report;

/// What a run does not show of an operation. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// No allowed request reached its handler.
    NotReached {
        /// The operation's method and template.
        operation: String,
    },
    /// No request was denied for want of this scope.
    ScopeNotDenied {
        /// The operation's method and template.
        operation: String,
        /// The number of the alternative, from 1.
        alternative: usize,
        /// The scope.
        scope: String,
        /// Why.
        why: String,
    },
    /// No request without a credential was denied.
    NobodyNotDenied {
        /// The operation's method and template.
        operation: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached { operation } => write!(f, "no allowed request reached the handler of `{operation}`"),
            Self::ScopeNotDenied { operation, alternative, scope, why } => {
                write!(f, "`{operation}` denied no request for want of `{scope}` of alternative {alternative}")?;
                if why.is_empty() { Ok(()) } else { write!(f, ": {why}") }
            }
            Self::NobodyNotDenied { operation } => write!(f, "`{operation}` denied no request without a credential"),
        }
    }
}

/// Whether a request was refused where it must be, though perhaps by another status.
fn is_as_said(outcome: &Outcome) -> bool {
    *outcome == Outcome::Passed || outcome.fault().is_some_and(|fault| !fault.is_error())
}

/// The gaps of a run, in the order of the document. An operation that was not asked for at all has them too.
pub(crate) fn gaps(report: &Report) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (index, operation) in report.operations.iter().enumerate() {
        if !report.only.is_empty() && !report.only.contains(&index) {
            continue;
        }
        let own: Vec<_> = report.judged.iter().filter(|judged| judged.case.operation == index).collect();
        let name = || operation.key.clone();
        let is_reached = own.iter().any(|judged| {
            matches!(judged.case.check, Check::Allowed(_))
                && judged.outcome == Outcome::Passed
                && judged.answer.as_ref().is_some_and(super::answer::Answer::is_reached)
        });
        if !is_reached {
            gaps.push(Gap::NotReached { operation: name() });
        }
        if !operation.is_public && !own.iter().any(|judged| judged.case.check.is_plain()) {
            gaps.push(Gap::NobodyNotDenied { operation: name() });
        }
        for judged in own {
            match &judged.case.check {
                _ if is_as_said(&judged.outcome) => {}
                Check::NoCredential => gaps.push(Gap::NobodyNotDenied { operation: name() }),
                Check::MissingScope { alternative, scope } => gaps.push(Gap::ScopeNotDenied {
                    operation: name(),
                    alternative: alternative + 1,
                    scope: scope.clone(),
                    why: judged.outcome.message().to_owned(),
                }),
                _ => {}
            }
        }
    }
    gaps
}
