//! Decides about requests, by the policies that are in force.

mod admitted;
mod answer;
mod entry;
mod evaluation;
mod identity_headers;
mod limits;
mod policy_set;
mod readers;
mod second_words;
mod selection;
mod target;

use std::sync::{Arc, PoisonError, RwLock};

pub use admitted::{Admitted, Assertion};
pub use entry::PolicyEntry;
pub use evaluation::{Evaluation, StoredCallers, Subject};
pub use identity_headers::{IdentityHeaderFault, IdentityHeaders};
pub use limits::Limits;
pub use policy_set::{PolicySet, SelectionError};
pub use selection::Selection;

use crate::outcome::Outcome;
use crate::proxied_request::ProxiedRequest;

/// Decides about requests. It is shared by all listeners, and keeps the policies that are in force.
///
/// The policies are replaced as a whole. A request in flight keeps those that it began with, and what it was decided by is dropped with the
/// last such request.
#[derive(Debug, Default)]
pub struct Authorizer {
    set: RwLock<Arc<PolicySet>>,
}

impl Authorizer {
    /// An authorizer by these policies.
    #[must_use]
    pub fn new(set: PolicySet) -> Self {
        Self { set: RwLock::new(Arc::new(set)) }
    }

    /// The policies that are in force.
    #[must_use]
    pub fn current(&self) -> Arc<PolicySet> {
        // Nothing panics while the lock is held, and a pointer that was read is whole.
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts these policies in force, for every request that comes from now on.
    pub fn swap(&self, set: PolicySet) {
        let set = Arc::new(set);
        let old = std::mem::replace(&mut *self.set.write().unwrap_or_else(PoisonError::into_inner), set);
        // A set with large documents takes a while to drop, so the lock is not held for that.
        drop(old);
    }

    /// Decides about one request that came by the listener of this name.
    pub async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        self.current().decide(listener, request).await
    }

    /// Decides whether a subject may do something, for whoever asks by AuthZEN.
    pub async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        self.current().evaluate(listener, evaluation).await
    }
}
