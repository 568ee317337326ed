//! What stands in the place of traces where the feature `otlp` is off.

use http::HeaderMap;
use policy_http::run_time::{Decision, DecisionLog};

use crate::configuration::Traces as Said;

/// No traces. There is no value of it.
#[derive(Clone, Debug)]
pub enum Traces {}

/// This build sends no traces.
#[derive(Debug)]
pub struct NotBuilt;

impl std::fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this build sends no traces: build it with the feature `otlp`, or leave out `[traces]`")
    }
}

impl std::error::Error for NotBuilt {}

impl Traces {
    /// Refuses to send traces.
    ///
    /// # Errors
    /// Always.
    pub fn new(_: &Said) -> Result<Self, NotBuilt> {
        Err(NotBuilt)
    }

    /// Decides.
    pub async fn below<F: Future>(&self, _: &HeaderMap, _: F) -> F::Output {
        match *self {}
    }

    /// Ends.
    pub fn end(&self) {
        match *self {}
    }
}

impl DecisionLog for Traces {
    fn record(&self, _: &Decision<'_>) {
        match *self {}
    }

    fn measures(&self) -> bool {
        match *self {}
    }
}
