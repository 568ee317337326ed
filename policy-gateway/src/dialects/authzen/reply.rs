//! From an outcome to the decision in JSON.

use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::denial::{self, Decided};
use crate::outcome::Outcome;

/// The decision, with what is known of a denial in its context.
pub(super) fn decision(decided: Decided) -> Value {
    let denied = match decided {
        Ok(Outcome::Allowed(_)) => return json!({ "decision": true }),
        Ok(Outcome::Denied(denied)) => denial::closed(denied),
        Err(refusal) => refusal.response(),
    };
    let status = denied.status();
    let title = status.canonical_reason().unwrap_or_default();
    if status.is_server_error() {
        return erroneous(status, title);
    }
    let mut context = Map::new();
    context.insert("status".into(), status.as_u16().into());
    context.insert("reason".into(), title.into());
    let challenges: Vec<_> =
        denied.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
    if !challenges.is_empty() {
        context.insert("www_authenticate".into(), challenges.join(", ").into());
    }
    if let Ok(problem @ Value::Object(_)) = serde_json::from_str(denied.body()) {
        context.insert("problem".into(), problem);
    }
    json!({ "decision": false, "context": context })
}

/// The decision about a question that could not be asked.
pub(super) fn unasked(wrong: &str) -> Value {
    erroneous(StatusCode::BAD_REQUEST, wrong)
}

fn erroneous(status: StatusCode, message: &str) -> Value {
    json!({ "decision": false, "context": { "error": { "status": status.as_u16(), "message": message } } })
}

pub(super) fn is_allowed(decision: &Value) -> bool {
    decision.get("decision") == Some(&Value::Bool(true))
}

pub(super) fn json(value: &Value) -> Response<Answer> {
    with_kind(StatusCode::OK, value.to_string(), "application/json")
}

/// An error of the whole request. Its body is a message (AuthZEN 1.0, section 10.1.2).
pub(super) fn error(status: StatusCode, message: &str) -> Response<Answer> {
    with_kind(status, message.to_owned(), "text/plain; charset=utf-8")
}

fn with_kind(status: StatusCode, body: String, kind: &'static str) -> Response<Answer> {
    let mut response = Response::new(Answer::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
