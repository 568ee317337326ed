//! The HTTP answer that the adapters give by default.

use policy_core::challenge::{self, Carrier};
use policy_core::unmatched::{BasePath, Unmatched};
use policy_core::{AuthenticationFailure, Reason};
use policy_spec::{Engine, OperationModel, Scheme};
use serde::Serialize;

use super::caller::Caller;

/// The realm that is named where the application names none.
const REALM: &str = "api";

/// An answer that comes from the guard and not from the handler. The application may change its status and its body.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The stable name of the reason.
    pub(crate) reason_code: &'static str,
    /// The reason, as the body tells it.
    pub(crate) detail: String,
    /// `WWW-Authenticate`, where the answer has it.
    pub(crate) www_authenticate: Option<String>,
    /// `Allow`, where the answer has it.
    pub(crate) allow: Option<String>,
}

impl Answer {
    /// The answer to a denial of an operation. `required` are the scopes of the closest alternative.
    pub(crate) fn denied<'s>(
        reason: Reason<'_>,
        engine: &'s Engine,
        operation: Option<&OperationModel>,
        required: impl IntoIterator<Item = &'s str>,
    ) -> Self {
        let schemes = engine.served().schemes.iter();
        let accepted = |scheme: &&Scheme| {
            let named = |operation: &OperationModel| {
                let mut schemes = operation.alternatives().iter().flat_map(|one| one.schemes());
                schemes.any(|(name, _)| *name == scheme.name)
            };
            // An unknown caller gets the same challenges everywhere, and so learns nothing about routes.
            matches!(reason, Reason::Authentication(_)) || operation.is_none_or(named)
        };
        let carriers = schemes.filter(accepted).map(|scheme| Carrier::from(scheme.kind.as_deref()));
        let mut challenge = String::new();
        // Writing to a string does not fail.
        let written =
            reason.has_challenge() && challenge::write(&mut challenge, REALM, reason, carriers, required).is_ok();
        Self {
            status: reason.status(),
            reason_code: reason.code(),
            detail: reason.to_string(),
            www_authenticate: written.then_some(challenge),
            allow: None,
        }
    }

    /// The answer to a request that reaches no operation. `allowed` are the methods of its path. Only a caller who may know it learns
    /// why.
    pub(crate) fn unmatched(engine: &Engine, caller: &Caller, path: &str, allowed: &[String]) -> Self {
        let served = engine.served();
        let unmatched = if allowed.is_empty() { Unmatched::NotFound } else { Unmatched::MethodNotAllowed };
        let is_hidden = !served.schemes.is_empty() && unmatched.is_hidden(BasePath::new(&served.base_path), path);
        if is_hidden && caller.is_anonymous() {
            return Self::denied(Reason::Authentication(AuthenticationFailure::Missing), engine, None, []);
        }
        Self::unmatched_to_known(unmatched, allowed)
    }

    /// The same, to a caller who may know why.
    pub(crate) fn unmatched_to_known(unmatched: Unmatched, allowed: &[String]) -> Self {
        Self {
            status: unmatched.status(),
            reason_code: unmatched.code(),
            detail: unmatched.to_string(),
            www_authenticate: None,
            allow: (!allowed.is_empty()).then(|| allowed.join(", ")),
        }
    }
}
