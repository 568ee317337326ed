//! How often each operation was allowed and refused, and why: numbers for a metrics exporter.

use std::sync::atomic::{AtomicU64, Ordering};

use policy_core::{AuthenticationFailure, Document, EnablementFailure, OperationRef, Policy, Reason};

use super::{Decision, DecisionLog, Outcome};

/// Every reason that has a number of its own. What a later version of the decision point adds is counted as the last.
const REASONS: [&str; 17] = [
    "missing_credential",
    "malformed_credential",
    "multiple_credentials",
    "invalid_credential",
    "expired_credential",
    "revoked_credential",
    "inactive_credential",
    "authentication_unavailable",
    "scheme_not_satisfied",
    "no_organization",
    "organization_inactive",
    "enablement_unavailable",
    "route_not_enabled",
    "insufficient_scope",
    "unsupported_query_parameter",
    "operation_pending",
    "other",
];
const OTHER: usize = REASONS.len() - 1;

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

impl Row {
    fn numbers(&self) -> impl Iterator<Item = (Outcome, Option<&'static str>, &AtomicU64)> {
        let refused = |outcome| move |(reason, number)| (outcome, Some(reason), number);
        let allowed = [(Outcome::Allow, None, &self.allowed)].into_iter();
        allowed
            .chain(REASONS.into_iter().zip(&self.denied).map(refused(Outcome::Deny)))
            .chain(REASONS.into_iter().zip(&self.would_deny).map(refused(Outcome::WouldDeny)))
    }
}

/// Counts decisions, by operation, outcome and reason. Memory is taken once, when it is made; to count is one atomic
/// addition.
///
/// A guard takes it as its log, and an exporter reads the same one:
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
/// /// One line for each number, as Prometheus reads them.
/// fn metrics<D: Document>(counters: &Counters<D>) -> String {
///     let line = |count: policy_http::Count<D>| {
///         let (method, route) = count.operation.map_or(("", ""), |operation| (operation.method(), operation.template()));
///         let (outcome, reason) = (count.outcome, count.reason.unwrap_or_default());
///         let labels = format!("method={method:?},route={route:?},outcome=\"{outcome}\",reason={reason:?}");
///         format!("policy_decisions_total{{{labels}}} {}\n", count.number)
///     };
///     counters.counts().map(line).collect()
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
    /// The operation. `None` for callers who asked for no operation of the policy and could not be authenticated.
    pub operation: Option<OperationRef<D>>,
    /// How the decisions ended.
    pub outcome: Outcome,
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
            row.numbers().map(move |(outcome, reason, number)| Count {
                operation,
                outcome,
                reason,
                number: number.load(Ordering::Relaxed),
            })
        })
        .filter(|count| count.number > 0)
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
            Some(operation) => self.operations.get(operation.place()),
            None => Some(&self.outside),
        };
        let Some(row) = row else { return };
        let number = match (decision.outcome(), decision.reason()) {
            (Outcome::Allow, _) => Some(&row.allowed),
            (Outcome::Deny, reason) => row.denied.get(reason.map_or(OTHER, place)),
            (Outcome::WouldDeny, reason) => row.would_deny.get(reason.map_or(OTHER, place)),
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
            assert_eq!(REASONS.get(place(reason)).copied(), Some(reason.code()));
        }
    }
}
