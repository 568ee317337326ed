//! Decides, and counts, logs and traces what is decided.

use std::sync::Arc;
use std::time::SystemTime;

use http::StatusCode;
use policy_http::JsonLines;

use crate::admin::Metrics;
use crate::authorizer::{Authorizer, Evaluation};
use crate::listener::{Decides, Refusal};
use crate::outcome::{Outcome, Undecided};
use crate::proxied_request::ProxiedRequest;
use crate::traces::Traces;

/// An authorizer of which is counted what it does.
pub(crate) struct Observed {
    /// What decides.
    pub(crate) authorizer: Arc<Authorizer>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// Where traces are sent.
    pub(crate) traces: Option<Traces>,
    /// Where decisions are written. Policies write their own; what none of them decided is written here.
    pub(crate) lines: Option<Arc<JsonLines>>,
}

impl Observed {
    /// Tells of a denial that no policy decided.
    fn undecided(&self, listener: &str, reason: &'static str, status: StatusCode) {
        self.metrics.refused(listener, reason);
        if let Some(lines) = &self.lines {
            lines.undecided(SystemTime::now(), listener, reason, status.as_u16());
        }
    }

    fn told(&self, listener: &str, outcome: Outcome) -> Outcome {
        if let Outcome::Denied(denial) = &outcome
            && let Some(Undecided(reason)) = denial.extensions().get()
        {
            self.undecided(listener, reason, denial.status());
        }
        outcome
    }
}

impl Decides for Observed {
    async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        let _making = self.metrics.begin();
        let decide = self.authorizer.decide(listener, request);
        let outcome = match &self.traces {
            Some(traces) => traces.below(&request.headers, decide).await,
            None => decide.await,
        };
        self.told(listener, outcome)
    }

    async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        let _making = self.metrics.begin();
        let decide = self.authorizer.evaluate(listener, evaluation);
        let outcome = match &self.traces {
            Some(traces) => traces.below(&http::HeaderMap::new(), decide).await,
            None => decide.await,
        };
        self.told(listener, outcome)
    }

    fn refused(&self, listener: &str, refusal: Refusal) {
        self.undecided(listener, refusal.as_str(), refusal.status());
    }
}
