//! Denials of the gateway itself, in the form of a guard's answers.

use http::{Response, StatusCode};

use crate::outcome::Outcome;

/// A denial before any policy decides: problem details (RFC 9457) with a stable reason.
pub(super) fn denied(status: StatusCode, reason_code: &'static str, detail: &str) -> Outcome {
    tracing::info!(target: "policy", status = status.as_u16(), reason = reason_code, "request denied by the gateway itself");
    Outcome::undecided(status, reason_code, detail)
}

/// A denial of a request that is not one that a proxy forwards.
pub(super) fn bad(reason_code: &'static str, detail: &str) -> Outcome {
    denied(StatusCode::BAD_REQUEST, reason_code, detail)
}

/// A denial since no document applies.
pub(super) fn no_document() -> Outcome {
    denied(StatusCode::NOT_FOUND, "not_found", "no such resource")
}

/// A denial since something that decides does not respond.
pub(super) fn unavailable() -> Outcome {
    Outcome::unavailable()
}

/// A denial by a policy.
pub(super) fn by_policy(response: Response<String>) -> Outcome {
    Outcome::Denied(response)
}
