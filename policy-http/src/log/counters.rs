//! How often each operation was allowed and refused, and why: numbers for a metrics exporter.

use std::sync::atomic::{AtomicU64, Ordering};

use policy_core::{AuthenticationFailure, Document, EnablementFailure, OperationRef, Policy, Reason, Stage};

use super::prometheus::Prometheus;
use super::{Decision, DecisionLog, Outcome};
use crate::answers::Unmatched;

/// Every reason that has a number of its own, with the stage that has it. What a later version of the decision point adds is
/// counted as the last.
const REASONS: [(&str, Option<Stage>); 19] = [
    ("missing_credential", Some(Stage::Authentication)),
    ("malformed_credential", Some(Stage::Authentication)),
    ("multiple_credentials", Some(Stage::Authentication)),
    ("invalid_credential", Some(Stage::Authentication)),
    ("expired_credential", Some(Stage::Authentication)),
    ("revoked_credential", Some(Stage::Authentication)),
    ("inactive_credential", Some(Stage::Authentication)),
    ("authentication_unavailable", Some(Stage::Authentication)),
    ("scheme_not_satisfied", Some(Stage::Authentication)),
    ("no_organization", Some(Stage::Enablement)),
    ("organization_inactive", Some(Stage::Enablement)),
    ("enablement_unavailable", Some(Stage::Enablement)),
    ("route_not_enabled", Some(Stage::Enablement)),
    ("insufficient_scope", Some(Stage::Scopes)),
    ("unsupported_query_parameter", Some(Stage::Query)),
    ("operation_pending", Some(Stage::Query)),
    ("not_found", None),
    ("method_not_allowed", None),
    ("other", None),
];
const NOT_FOUND: usize = REASONS.len() - 3;
const METHOD_NOT_ALLOWED: usize = REASONS.len() - 2;
const OTHER: usize = REASONS.len() - 1;

fn place_of<D: Document>(decision: &Decision<'_, D>) -> usize {
    match decision.unmatched() {
        Some(Unmatched::NotFound) => NOT_FOUND,
        Some(Unmatched::MethodNotAllowed) => METHOD_NOT_ALLOWED,
        _ => decision.reason().map_or(OTHER, place),
    }
}

fn place(reason: Reason<'_>) -> usize {
    match reason {
        Reason::Authentication(failure) => match failure {
            AuthenticationFailure::Missing => 0,
            AuthenticationFailure::Malformed => 1,
            AuthenticationFailure::Multiple => 2,
            AuthenticationFailure::Invalid => 3,
            AuthenticationFailure::Expired => 4,
            AuthenticationFailure::Revoked => 5,
            AuthenticationFailure::Inactive => 6,
            AuthenticationFailure::Unavailable => 7,
            _ => OTHER,
        },
        Reason::SchemeNotSatisfied => 8,
        Reason::Enablement(failure) => match failure {
            EnablementFailure::NoOrganization => 9,
            EnablementFailure::OrganizationInactive => 10,
            EnablementFailure::Unavailable => 11,
            _ => OTHER,
        },
        Reason::NotEnabled => 12,
        Reason::InsufficientScope => 13,
        Reason::UnsupportedQuery(_) => 14,
        Reason::NoHandler => 15,
        _ => OTHER,
    }
}

/// The numbers of one operation.
#[derive(Debug, Default)]
struct Row {
    allowed: AtomicU64,
    denied: [AtomicU64; REASONS.len()],
    would_deny: [AtomicU64; REASONS.len()],
}

/// What a number counts.
type Kind = (Outcome, Option<Stage>, Option<&'static str>);

impl Row {
    fn numbers(&self) -> impl Iterator<Item = (Kind, &AtomicU64)> {
        let refused = |outcome| move |((reason, stage), number)| ((outcome, stage, Some(reason)), number);
        let allowed = [((Outcome::Allow, None, None), &self.allowed)].into_iter();
        allowed
            .chain(REASONS.into_iter().zip(&self.denied).map(refused(Outcome::Deny)))
            .chain(REASONS.into_iter().zip(&self.would_deny).map(refused(Outcome::WouldDeny)))
    }
}

/// Counts decisions, by operation, outcome and reason. Memory is taken once, when it is made; to count is one atomic
/// addition.
///
/// A guard takes it as its log, and an exporter reads the same one: [`prometheus`](Counters::prometheus) writes what Prometheus
/// and its like collect, [`counts`](Counters::counts) are the numbers for any other.
///
/// ```
/// use std::sync::Arc;
/// use policy_core::Document;
/// use policy_http::{Counters, Options, Tracing};
///
/// fn counted<D: Document>() -> (Options<D>, Arc<Counters<D>>) {
///     let counters = Arc::new(Counters::new());
///     (Options::new().log((Tracing, Arc::clone(&counters))), counters)
/// }
///
/// /// How many were denied for a missing scope.
/// fn without_scopes<D: Document>(counters: &Counters<D>) -> u64 {
///     let missing = |count: &policy_http::Count<D>| count.reason == Some("insufficient_scope");
///     counters.counts().filter(missing).map(|count| count.number).sum()
/// }
/// ```
#[derive(Debug)]
pub struct Counters<D: Document> {
    operations: Box<[Row]>,
    /// Requests for no operation of the policy.
    outside: Row,
    policy: Policy<D>,
}

/// One number of [`Counters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<D> {
    /// The operation. `None` for callers who asked for no operation of the policy.
    pub operation: Option<OperationRef<D>>,
    /// How the decisions ended.
    pub outcome: Outcome,
    /// At which stage, where one refused. `None` for 404 and 405, and for a reason that is newer than these counters.
    pub stage: Option<Stage>,
    /// Why, where they did not allow.
    pub reason: Option<&'static str>,
    /// How many there were.
    pub number: u64,
}

impl<D: Document> Counters<D> {
    /// Counters for every operation of the policy, all zero.
    #[must_use]
    pub fn new() -> Self {
        let policy = Policy::new();
        Self { operations: policy.operations().map(|_| Row::default()).collect(), outside: Row::default(), policy }
    }

    /// The numbers that are not zero, in document order.
    pub fn counts(&self) -> impl Iterator<Item = Count<D>> + '_ {
        let rows = self.policy.operations().map(Some).zip(&self.operations).chain([(None, &self.outside)]);
        rows.flat_map(|(operation, row)| {
            row.numbers().map(move |((outcome, stage, reason), number)| Count {
                operation,
                outcome,
                stage,
                reason,
                number: number.load(Ordering::Relaxed),
            })
        })
        .filter(|count| count.number > 0)
    }

    /// The numbers as Prometheus reads them.
    #[must_use]
    pub fn prometheus(&self) -> Prometheus<'_, D> {
        Prometheus { counters: self }
    }
}

impl<D: Document> Default for Counters<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document> DecisionLog<D> for Counters<D> {
    fn record(&self, decision: &Decision<'_, D>) {
        let row = match decision.operation() {
            Some(operation) => self.operations.get(operation.index()),
            None => Some(&self.outside),
        };
        let Some(row) = row else { return };
        let number = match decision.outcome() {
            Outcome::Allow => Some(&row.allowed),
            Outcome::Deny => row.denied.get(place_of(decision)),
            Outcome::WouldDeny => row.would_deny.get(place_of(decision)),
        };
        if let Some(number) = number {
            number.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn measures(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_under_its_own_name() {
        for reason in [
            Reason::Authentication(AuthenticationFailure::Missing),
            Reason::Authentication(AuthenticationFailure::Malformed),
            Reason::Authentication(AuthenticationFailure::Multiple),
            Reason::Authentication(AuthenticationFailure::Invalid),
            Reason::Authentication(AuthenticationFailure::Expired),
            Reason::Authentication(AuthenticationFailure::Revoked),
            Reason::Authentication(AuthenticationFailure::Inactive),
            Reason::Authentication(AuthenticationFailure::Unavailable),
            Reason::SchemeNotSatisfied,
            Reason::Enablement(EnablementFailure::NoOrganization),
            Reason::Enablement(EnablementFailure::OrganizationInactive),
            Reason::Enablement(EnablementFailure::Unavailable),
            Reason::NotEnabled,
            Reason::InsufficientScope,
            Reason::NoHandler,
        ] {
            assert_eq!(REASONS.get(place(reason)).map(|(name, _)| *name), Some(reason.code()));
        }
        for (place, unmatched) in [(NOT_FOUND, Unmatched::NotFound), (METHOD_NOT_ALLOWED, Unmatched::MethodNotAllowed)]
        {
            assert_eq!(REASONS.get(place).map(|(name, _)| *name), Some(unmatched.code()));
        }
    }
}
