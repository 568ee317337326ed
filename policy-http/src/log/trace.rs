//! One `tracing` event for each decision, with the target `policy`. No field holds a credential or a request's path.

use policy_core::Document;
use tracing::field::{DisplayValue, display};

use super::bounded::Bounded;
use super::logged::Logged;
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
        told(decision);
    }

    fn measures(&self) -> bool {
        tracing::enabled!(target: "policy", tracing::Level::WARN)
    }
}

/// Writes the event of a decision.
pub(crate) fn told(decision: &impl Logged) {
    match decision.verdict() {
        Verdict::Allow => allowed(decision),
        Verdict::Deny | Verdict::WouldDeny => refused(decision),
    }
}

fn allowed(decision: &impl Logged) {
    tracing::info!(
        target: "policy",
        decision = decision.verdict().as_str(),
        http.request.method = decision.method(),
        http.route = decision.template(),
        credential_id = shown(decision.credential_id()),
        tenant = shown(decision.tenant()),
        fingerprint = decision.fingerprint(),
        subject = shown(decision.subject()),
        latency_us = decision.latency_us(),
        "request allowed"
    );
}

fn refused(decision: &impl Logged) {
    /// One list of fields for two levels.
    macro_rules! event {
        ($level:ident, $message:literal) => {
            tracing::$level!(
                target: "policy",
                decision = decision.verdict().as_str(),
                http.request.method = decision.method(),
                http.route = decision.template(),
                stage = decision.stage().map(|stage| stage.as_str()),
                reason = decision.reason_code(),
                fault = decision.fault().map(|fault| fault.code()),
                status = decision.status(),
                missing_scopes = decision.missing().map(display),
                query_key = decision.query_key().map(display),
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
