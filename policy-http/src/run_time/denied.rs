//! A denial by a policy that was read at run time.

use std::collections::BTreeSet;
use std::fmt;

use policy_core::owned::{Decision, OwnedOperation, OwnedPolicy, OwnedScheme};
use policy_core::{AuthenticationFailure, Reason, Stage, challenge};

use super::caller::Caller;
use crate::denial_facts::DenialFacts;

/// Why a request is denied, and where.
pub(super) struct Denied<'d> {
    policy: &'d OwnedPolicy,
    pub(super) operation: Option<OwnedOperation<'d>>,
    pub(super) stage: Stage,
    pub(super) reason: Reason<'d>,
    /// The caller, where authentication passed, or failed only since another scheme is needed.
    pub(super) caller: Option<&'d Caller>,
    /// The scopes of the alternative that the caller comes closest to.
    required: BTreeSet<&'d str>,
    pub(super) missing: BTreeSet<&'d str>,
}

impl<'d> Denied<'d> {
    /// The denial that a decision ended with, if it did.
    pub(super) fn of(decision: &Decision<'d, 'd>, caller: Option<&'d Caller>) -> Option<Self> {
        let (stage, reason) = decision.denial()?;
        let operation = decision.operation();
        Some(Self {
            policy: operation.policy(),
            operation: Some(operation),
            stage,
            reason,
            caller: caller.filter(|_| !matches!(reason, Reason::Authentication(_))),
            required: decision.required().collect(),
            missing: decision.missing().collect(),
        })
    }

    /// The denial of a caller who is not known, at a path of no operation.
    pub(super) fn unauthenticated(policy: &'d OwnedPolicy, failure: AuthenticationFailure) -> Self {
        let (required, missing) = (BTreeSet::new(), BTreeSet::new());
        let (stage, reason) = (Stage::Authentication, Reason::Authentication(failure));
        Self { policy, operation: None, stage, reason, caller: None, required, missing }
    }
}

impl DenialFacts for Denied<'_> {
    fn stage(&self) -> Stage {
        self.stage
    }

    fn reason(&self) -> Reason<'_> {
        self.reason
    }

    fn required(&self) -> Vec<&str> {
        self.required.iter().copied().collect()
    }

    fn missing(&self) -> String {
        Spaced(&self.missing).to_string()
    }

    /// A known caller gets a challenge for each kind of scheme that the operation accepts. An unknown caller gets one for each kind of the
    /// document: otherwise the challenges would tell which paths belong to operations.
    fn write_challenge(&self, out: &mut dyn fmt::Write, realm: &str) -> fmt::Result {
        let is_known = !matches!(self.reason, Reason::Authentication(_));
        let operation = self.operation.filter(|operation| is_known && !operation.accepts_any_scheme());
        let own = operation.into_iter().flat_map(OwnedOperation::schemes);
        let all = operation.is_none().then(|| self.policy.scheme_handles());
        let kind = |scheme: OwnedScheme| self.policy.scheme_kind(scheme);
        let carriers = own.chain(all.into_iter().flatten()).filter_map(kind).map(Into::into);
        challenge::write(out, realm, self.reason, carriers, self.required.iter().copied())
    }
}

/// Scopes, with spaces between them.
pub(super) struct Spaced<'s, 't>(pub(super) &'s BTreeSet<&'t str>);

impl fmt::Display for Spaced<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for scope in self.0 {
            write!(f, "{separator}{scope}")?;
            separator = " ";
        }
        Ok(())
    }
}
