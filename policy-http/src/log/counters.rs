//! How often each operation was allowed and refused, and why: numbers for a metrics exporter.

use std::sync::atomic::{AtomicU64, Ordering};

use policy_core::unmatched::Unmatched;
use policy_core::{Document, OperationRef, Policy, Reason, Stage};

use super::prometheus::Prometheus;
use super::{Decision, DecisionLog, Verdict};

/// How many reasons there are: those of a stage, and then those why a request reached no operation.
const REASONS: usize = Reason::CODES.len() + Unmatched::ALL.len();

/// The name of each reason that has a number of its own, with the stage that denies for it.
fn reasons() -> impl Iterator<Item = (&'static str, Option<Stage>)> {
    let denied = Reason::CODES.into_iter().map(|(code, stage)| (code, Some(stage)));
    denied.chain(Unmatched::ALL.into_iter().map(|unmatched| (unmatched.code(), None)))
}

/// Where the reason of a refusal stands among them.
fn index_of<D: Document>(decision: &Decision<'_, D>) -> Option<usize> {
    let denied = decision.reason().map(|reason| reason.index());
    denied.or_else(|| Some(Reason::CODES.len() + decision.unmatched()?.index()))
}

/// The numbers of one operation.
#[derive(Debug, Default)]
struct Row {
    allowed: AtomicU64,
    denied: [AtomicU64; REASONS],
    would_deny: [AtomicU64; REASONS],
}

/// What a number counts.
type Kind = (Verdict, Option<Stage>, Option<&'static str>);

impl Row {
    fn numbers(&self) -> impl Iterator<Item = (Kind, &AtomicU64)> {
        let refused = |verdict| move |((reason, stage), number)| ((verdict, stage, Some(reason)), number);
        let allowed = [((Verdict::Allow, None, None), &self.allowed)].into_iter();
        allowed
            .chain(reasons().zip(&self.denied).map(refused(Verdict::Deny)))
            .chain(reasons().zip(&self.would_deny).map(refused(Verdict::WouldDeny)))
    }
}

/// Counts decisions, by operation, verdict and reason. Memory is taken once, when it is made; to count is one atomic
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
#[non_exhaustive]
pub struct Count<D> {
    /// The operation. `None` for callers who asked for no operation of the policy.
    pub operation: Option<OperationRef<D>>,
    /// How the decisions ended.
    pub verdict: Verdict,
    /// At which stage, where one refused. `None` for 404 and 405.
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
            row.numbers().map(move |((verdict, stage, reason), number)| Count {
                operation,
                verdict,
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
        let number = match decision.verdict() {
            Verdict::Allow => Some(&row.allowed),
            Verdict::Deny => index_of(decision).and_then(|index| row.denied.get(index)),
            Verdict::WouldDeny => index_of(decision).and_then(|index| row.would_deny.get(index)),
        };
        if let Some(number) = number {
            number.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn measures(&self) -> bool {
        false
    }
}
