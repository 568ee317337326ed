//! Lets a request be decided, in time.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::denial::Decided;
use super::refusal::Refusal;
use crate::authorizer::Evaluation;
use crate::listener::{Decides, Limits};
use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

/// One sub-request that waits for its answer.
pub(crate) struct Asked<'a, D> {
    pub(crate) decides: &'a D,
    pub(crate) listener: &'a str,
    pub(crate) limits: &'a Limits,
    /// When the answer must be there.
    pub(crate) deadline: Instant,
}

impl<D: Decides> Asked<'_, D> {
    /// What is decided about the request that `read` makes of the sub-request.
    pub(super) async fn decide(&self, read: impl Future<Output = Result<ProxiedRequest, Refusal>>) -> Decided {
        self.decide_within(None, read).await
    }

    /// The same, with an earlier end where the proxy tells how long it waits. A fifth of that is left for the way back.
    pub(super) async fn decide_within(
        &self,
        proxy_waits: Option<Duration>,
        read: impl Future<Output = Result<ProxiedRequest, Refusal>>,
    ) -> Decided {
        let proxy_ends = proxy_waits.and_then(|waits| Instant::now().checked_add(waits.mul_f32(0.8)));
        let deadline = proxy_ends.map_or(self.deadline, |ends| ends.min(self.deadline));
        self.in_time(deadline, async {
            let request = read.await?;
            Ok(self.decides.decide(self.listener, &request).await)
        })
        .await
    }

    /// What is decided about an operation.
    pub(super) async fn evaluate(&self, evaluation: &Evaluation) -> Decided {
        self.in_time(self.deadline, async { Ok(self.decides.evaluate(self.listener, evaluation).await) }).await
    }

    /// A decision that panics would end the connection, and a proxy that fails open would let the request through.
    async fn in_time(&self, deadline: Instant, work: impl Future<Output = Result<Outcome, Refusal>>) -> Decided {
        let decided = match tokio::time::timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(decided)) => decided,
            Ok(Err(_)) => Err(Refusal::Failed),
            Err(_) => Err(Refusal::Late),
        };
        decided.inspect_err(|refusal| self.refused(*refusal))
    }

    /// Tells of a request that nobody was asked about.
    pub(super) fn refused(&self, refusal: Refusal) {
        tell(self.decides, self.listener, refusal);
    }
}

/// Tells of a request that nobody was asked about. A client can cause what is wrong with a request, and the rest is the operator's matter.
pub(crate) fn tell<D: Decides>(decides: &D, listener: &str, refusal: Refusal) {
    let word = refusal.as_str();
    match refusal {
        Refusal::Malformed(_) | Refusal::TooLarge => {
            tracing::info!(target: "policy_gateway", listener, refusal = word, "denied unasked: {refusal}");
        }
        Refusal::Overloaded | Refusal::Late | Refusal::Failed => {
            tracing::warn!(target: "policy_gateway", listener, refusal = word, "denied unasked: {refusal}");
        }
    }
    decides.refused(listener, refusal);
}
