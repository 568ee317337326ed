//! Decides, and counts and traces what is decided.

use std::sync::Arc;

use crate::admin::Metrics;
use crate::authorizer::{Authorizer, Evaluation};
use crate::listener::{Decides, Refusal};
use crate::outcome::Outcome;
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
}

impl Decides for Observed {
    async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        let _making = self.metrics.begin();
        let decide = self.authorizer.decide(listener, request);
        match &self.traces {
            Some(traces) => traces.below(&request.headers, decide).await,
            None => decide.await,
        }
    }

    async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        let _making = self.metrics.begin();
        let decide = self.authorizer.evaluate(listener, evaluation);
        match &self.traces {
            Some(traces) => traces.below(&http::HeaderMap::new(), decide).await,
            None => decide.await,
        }
    }

    fn refused(&self, listener: &str, refusal: Refusal) {
        self.metrics.refused(listener, refusal.as_str());
    }
}
