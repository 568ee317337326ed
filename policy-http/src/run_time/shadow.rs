//! Shadow mode of a policy that is read at run time.

use std::borrow::Cow;
use std::collections::BTreeSet;

use policy_core::Stage;
use policy_core::owned::OwnedPolicy;

use super::denied::Denied;
use crate::clock::Clock;
use crate::shadow::{Mode, ShadowError};

/// Shadow mode: the operations and stages whose denials are logged and not enforced, until when, and why. Its rules are those of shadow
/// mode in a compiled guard: denials of authentication are enforced unless [`at_stages`](Self::at_stages) names that stage, and nothing that
/// reaches no operation is let through.
#[derive(Debug)]
pub struct Shadow {
    operations: BTreeSet<usize>,
    mode: Mode,
}

impl Shadow {
    /// Shadow mode for the operations for which this is true, by method and template, up to the end of that day in UTC (`2027-06-30`), at
    /// every stage but authentication.
    ///
    /// # Errors
    /// The text is no date, or the reason is empty.
    pub fn new(
        policy: &OwnedPolicy,
        covers: impl Fn(&str, &str) -> bool,
        until: &str,
        reason: impl Into<Cow<'static, str>>,
    ) -> Result<Self, ShadowError> {
        let operations = policy.operations().filter(|one| covers(one.method(), one.template()));
        Ok(Self { operations: operations.map(|one| one.index()).collect(), mode: Mode::new(until, reason)? })
    }

    /// The stages whose denials are let through.
    #[must_use]
    pub fn at_stages(mut self, stages: impl IntoIterator<Item = Stage>) -> Self {
        self.mode.at_stages(stages);
        self
    }

    /// How many operations are covered.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    pub(super) fn covers(&self, denied: &Denied<'_>, clock: &dyn Clock) -> bool {
        let is_own = denied.operation.is_some_and(|operation| self.operations.contains(&operation.index()));
        is_own && self.mode.covers(denied.stage, denied.reason, clock)
    }

    pub(super) fn announce(&self, clock: &dyn Clock) {
        self.mode.announce(self.operations.len(), clock);
    }
}
