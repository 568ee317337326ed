//! One `tracing` event for each decision, with the target `policy`. No field holds a credential or a request's path.

use policy_core::{Document, Reason};
use tracing::field::{DisplayValue, display};

use super::bounded::Bounded;
use super::{Decision, DecisionLog, Verdict};

/// Writes each decision as a `tracing` event with the target `policy`. Allowed and denied requests are events at `INFO`, and those that
/// shadow mode let through at `WARN`. It is the default, and is named only beside other logs:
///
/// ```
/// use std::sync::Arc;
/// use policy_core::Document;
/// use policy_http::{Counters, Options, Tracing};
///
/// fn options<D: Document>(counters: Arc<Counters<D>>) -> Options<D> {
///     Options::new().log((Tracing, counters))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracing;

fn shown(text: Option<&str>) -> Option<DisplayValue<Bounded<'_>>> {
    text.map(|text| display(Bounded(text)))
}

impl<D: Document> DecisionLog<D> for Tracing {
    fn record(&self, decision: &Decision<'_, D>) {
        match decision.verdict() {
            Verdict::Allow => allowed(decision),
            Verdict::Deny | Verdict::WouldDeny => refused(decision),
        }
    }

    fn measures(&self) -> bool {
        tracing::enabled!(target: "policy", tracing::Level::WARN)
    }
}

fn allowed<D: Document>(decision: &Decision<'_, D>) {
    tracing::info!(
        target: "policy",
        decision = decision.verdict().as_str(),
        http.request.method = decision.operation().map(|operation| operation.method()),
        http.route = decision.operation().map(|operation| operation.template()),
        credential_id = shown(decision.credential_id()),
        tenant = shown(decision.tenant()),
        fingerprint = decision.fingerprint(),
        subject = shown(decision.subject()),
        latency_us = decision.latency_us(),
        "request allowed"
    );
}

fn refused<D: Document>(decision: &Decision<'_, D>) {
    /// One list of fields for two levels.
    macro_rules! event {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                target: "policy",
                decision = decision.verdict().as_str(),
                http.request.method = decision.operation().map(|operation| operation.method()),
                http.route = decision.operation().map(|operation| operation.template()),
                stage = decision.stage().map(|stage| stage.as_str()),
                reason = decision.reason_code(),
                fault = decision.fault().map(|fault| fault.code()),
                status = decision.status(),
                missing_scopes = decision.denial().map(|denial| denial.missing()).filter(|set| !set.is_empty()).map(display),
                query_key = query_key(decision).map(display),
                credential_id = shown(decision.credential_id()),
                tenant = shown(decision.tenant()),
                fingerprint = decision.fingerprint(),
                subject = shown(decision.subject()),
                latency_us = decision.latency_us(),
                $message
            )
        };
    }
    match decision.verdict() {
        Verdict::WouldDeny => event!(warn, "shadow mode let a request through that is to be denied"),
        _ => event!(info, "request denied"),
    }
}

/// The name of the query parameter that is not accepted. It is displayed in part if it is long, and without control characters.
fn query_key<'d, D: Document>(decision: &Decision<'d, D>) -> Option<policy_core::QueryKey<'d>> {
    match decision.reason()? {
        Reason::UnsupportedQuery(key) => Some(key),
        _ => None,
    }
}
