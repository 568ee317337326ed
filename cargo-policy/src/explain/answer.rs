//! The HTTP answer that the shipped enforcement points give.

use policy_core::challenge::{self, Carrier};
use policy_core::{AuthenticationFailure, Reason};
use policy_spec::{Engine, OperationModel, Scheme};
use serde::Serialize;

use super::caller::Caller;

/// The realm that is named where the application names none.
const REALM: &str = "api";

/// An answer that is not the handler's. The application may map its status, its body and its reason.
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
    /// The answer to a denial of an operation; `required` are the scopes that its closest alternative requires.
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
            // Whoever is not known reads one challenge for the whole document, and learns nothing of its routes.
            matches!(reason, Reason::Authentication(_)) || operation.is_none_or(named)
        };
        let carriers = schemes.filter(accepted).map(|scheme| Carrier::from(scheme.kind.as_deref()));
        let mut challenge = String::new();
        // A string takes whatever is written to it.
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

    /// The answer to a request that reaches no operation. Below the base path only a caller who is known learns that.
    pub(crate) fn not_found(engine: &Engine, caller: &Caller, path: &str) -> Self {
        let base = engine.served().base_path.as_str();
        let rest = path.strip_prefix(base);
        let below = rest.is_some_and(|rest| base.is_empty() || rest.is_empty() || rest.starts_with('/'));
        if below && let Some(answer) = unknown_caller(engine, caller) {
            return answer;
        }
        Self::plain(404, "not_found", "no such resource")
    }

    /// The answer to a method that the path does not serve.
    pub(crate) fn method_not_allowed(engine: &Engine, caller: &Caller, allowed: &[String]) -> Self {
        unknown_caller(engine, caller).unwrap_or_else(|| Self::method_not_allowed_to_known(allowed))
    }

    /// The same, to a caller who may know it.
    pub(crate) fn method_not_allowed_to_known(allowed: &[String]) -> Self {
        let allow = Some(allowed.join(", "));
        Self { allow, ..Self::plain(405, "method_not_allowed", "the resource does not serve this method") }
    }

    fn plain(status: u16, reason_code: &'static str, detail: &str) -> Self {
        Self { status, reason_code, detail: detail.to_owned(), www_authenticate: None, allow: None }
    }
}

/// The answer to somebody who asks for nothing that exists, and does not say who they are.
fn unknown_caller(engine: &Engine, caller: &Caller) -> Option<Answer> {
    let nobody = caller.is_anonymous() && !engine.served().schemes.is_empty();
    let missing = Reason::Authentication(AuthenticationFailure::Missing);
    nobody.then(|| Answer::denied(missing, engine, None, []))
}
