//! What denials of all dialects have in common.

use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use http::{Response, StatusCode};

use super::answer::Answer;
use super::refusal::Refusal;
use crate::outcome::Outcome;

/// What was decided, or why nothing was.
pub(super) type Decided = Result<Outcome, Refusal>;

/// The header field that tells the status of a denial where the proxy does not let it through.
pub(super) const POLICY_STATUS: HeaderName = HeaderName::from_static("x-policy-status");

/// A denial that has an error's status. Any other status would be an error of the gateway's own, and a success among them would let the
/// request through.
pub(super) fn closed(mut denial: Response<String>) -> Response<String> {
    if !(denial.status().is_client_error() || denial.status().is_server_error()) {
        return Refusal::Failed.response();
    }
    // They are written for this connection, and not for the one that the denial was made for.
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        denial.headers_mut().remove(name);
    }
    denial
}

/// An allowed request: what the proxy adds to it stands in the head of the answer.
pub(super) fn allowed(set: http::HeaderMap) -> Response<Answer> {
    let mut response = Response::new(Answer::default());
    *response.status_mut() = StatusCode::OK;
    *response.headers_mut() = set;
    // The identity headers are copied by name. These two would end or break the answer itself.
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        response.headers_mut().remove(name);
    }
    response
}

/// The denial with a status that the proxy understands. It tells the real one in a field of the head.
pub(super) fn with_status(mut denial: Response<String>, status: StatusCode) -> Response<String> {
    let real = denial.status();
    if let Ok(value) = http::HeaderValue::from_str(real.as_str()) {
        denial.headers_mut().insert(POLICY_STATUS, value);
    }
    *denial.status_mut() = status;
    denial
}
