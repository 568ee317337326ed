//! Who is asked.

use crate::authorizer::{Authorizer, Evaluation};
use crate::dialects::Refusal;
use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

/// Decides about requests: the [`Authorizer`], or whatever a test puts in its place.
pub trait Decides: Send + Sync + 'static {
    /// Decides about one request that came by the listener of this name.
    fn decide(&self, listener: &str, request: &ProxiedRequest) -> impl Future<Output = Outcome> + Send;

    /// Decides whether a subject may do something.
    fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> impl Future<Output = Outcome> + Send;

    /// Hears of a request that was denied without a question, for counters and logs.
    fn refused(&self, listener: &str, refusal: Refusal) {
        let _ = (listener, refusal);
    }
}

impl Decides for Authorizer {
    async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        Self::decide(self, listener, request).await
    }

    async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        Self::evaluate(self, listener, evaluation).await
    }
}
