//! The AuthZEN Authorization API 1.0 (OpenID Foundation), for whoever asks about an operation rather than a request.
//!
//! A listener answers `POST /access/v1/evaluation` and `POST /access/v1/evaluations`, below the path of its `policy_decision_point`, and
//! `GET /.well-known/authzen-configuration`. `GET /notes/{note}` is asked about like this:
//!
//! ```json
//! {
//!   "subject": {"type": "credential", "id": "caller", "properties": {"authorization": "Bearer abc"}},
//!   "action": {"name": "GET"},
//!   "resource": {"type": "operation", "id": "/notes/{note}"}
//! }
//! ```
//!
//! - `action.name` is the method.
//! - `resource.id` is the path template as the document has it, without the base path. `resource.properties.document` names the document
//!   where a listener has several.
//! - `subject.type` says who would call. `credential`: whoever presents the header fields in `properties`, each a text or a list of texts;
//!   its `id` is not read. `key`: the key whose public id is the subject's `id`; no secret is compared. `stated`: whoever holds the scopes
//!   of `properties.scopes`, a list for each scheme (`{"oauth": ["notes:read"]}`), where the listener allows that the asker says so.
//!   `anonymous`: nobody who is known.
//!
//! Who may ask is a matter of the listener: its address, the permissions of its socket, or the certificates of its clients.
//!
//! A denial is a status of 200 with `"decision": false`, and `context` tells the status, challenge and problem that a request would have
//! got. `context.error` is there where nothing was decided. Unknown fields are ignored. A field that stands twice in an object is an
//! error, since another reader may take the other one.

mod discovery;
mod evaluation;
mod json;
mod reply;

use http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use self::evaluation::{Semantic, Unasked};
use super::answer::Answer;
use super::asked::Asked;
use super::refusal::Refusal;
use crate::listener::Decides;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What AuthZEN is told in a configuration.
#[derive(Clone, Debug)]
pub struct AuthZen {
    /// The identifier of this policy decision point: an `https` URL without query, fragment or a last `/`. Askers compare it with what they
    /// were configured with.
    pub policy_decision_point: String,
}

impl AuthZen {
    /// What follows the host.
    fn base_path(&self) -> &str {
        let rest = self.policy_decision_point.strip_prefix("https://").unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }
}

/// Where a sub-request went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Evaluation,
    Evaluations,
    Discovery,
}

impl Endpoint {
    fn of(authzen: &AuthZen, path: &str) -> Option<Self> {
        let base = authzen.base_path();
        match (path.strip_prefix(discovery::PATH), path.strip_prefix(base)) {
            (Some(rest), _) if rest == base => Some(Self::Discovery),
            (_, Some("/access/v1/evaluation")) => Some(Self::Evaluation),
            (_, Some("/access/v1/evaluations")) => Some(Self::Evaluations),
            _ => None,
        }
    }
}

pub(super) async fn answer<D: Decides>(
    authzen: &AuthZen,
    asked: &Asked<'_, D>,
    request: Request<Incoming>,
) -> Response<Answer> {
    let id = request_id(&request);
    with_id(respond(authzen, asked, request).await, id)
}

/// The answer to a sub-request that is not read. Of several evaluations, nobody knows how many there are.
pub(super) fn refuse<B>(request: &Request<B>, refusal: Refusal) -> Response<Answer> {
    let response = if request.uri().path().ends_with("/evaluation") {
        reply::json(&reply::decision(Err(refusal)))
    } else {
        reply::error(refusal.status(), refusal_text(refusal))
    };
    with_id(response, request_id(request))
}

async fn respond<D: Decides>(authzen: &AuthZen, asked: &Asked<'_, D>, request: Request<Incoming>) -> Response<Answer> {
    let Some(endpoint) = Endpoint::of(authzen, request.uri().path()) else {
        return reply::error(StatusCode::NOT_FOUND, "there is no such endpoint");
    };
    let method = if endpoint == Endpoint::Discovery { Method::GET } else { Method::POST };
    if *request.method() != method {
        let mut response = reply::error(StatusCode::METHOD_NOT_ALLOWED, "the endpoint has another method");
        if let Ok(method) = HeaderValue::from_str(method.as_str()) {
            response.headers_mut().insert(ALLOW, method);
        }
        return response;
    }
    if endpoint == Endpoint::Discovery {
        return reply::json(&discovery::metadata(authzen));
    }
    if !is_json(&request) {
        return malformed(asked, "the content type is not application/json");
    }
    let body = Limited::new(request.into_body(), asked.limits.body_bytes).collect();
    let body = match tokio::time::timeout_at(asked.deadline, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return failed(asked, endpoint, Refusal::TooLarge),
        Ok(Err(_)) => return failed(asked, endpoint, Refusal::Malformed("the body ended early")),
        Err(_) => return failed(asked, endpoint, Refusal::Late),
    };
    let question = match json::object(&body) {
        Ok(question) => question,
        Err(wrong) => return malformed(asked, wrong),
    };
    match endpoint {
        Endpoint::Evaluations => several(asked, &question).await,
        Endpoint::Evaluation | Endpoint::Discovery => single(asked, &question).await,
    }
}

async fn single<D: Decides>(asked: &Asked<'_, D>, question: &Map<String, Value>) -> Response<Answer> {
    match evaluation::read(question, None) {
        Ok(evaluation) => reply::json(&reply::decision(asked.evaluate(&evaluation).await)),
        Err(Unasked::Invalid(wrong)) => malformed(asked, wrong),
        Err(Unasked::Unknown(wrong)) => {
            asked.refused(Refusal::Malformed(wrong));
            reply::json(&reply::unasked(wrong))
        }
    }
}

async fn several<D: Decides>(asked: &Asked<'_, D>, question: &Map<String, Value>) -> Response<Answer> {
    let items = match question.get("evaluations").unwrap_or(&Value::Null) {
        Value::Null => return single(asked, question).await,
        Value::Array(items) if items.is_empty() => return single(asked, question).await,
        Value::Array(items) => items,
        _ => return malformed(asked, "`evaluations` is no list"),
    };
    if items.len() > asked.limits.evaluations {
        return malformed(asked, "there are more evaluations than this service takes at once");
    }
    let semantic = match Semantic::of(question) {
        Ok(semantic) => semantic,
        Err(wrong) => return malformed(asked, wrong),
    };
    let mut decisions = Vec::with_capacity(items.len());
    for item in items {
        let read = match item {
            Value::Object(item) => evaluation::read(item, Some(question)),
            _ => Err(Unasked::Invalid("an evaluation is no object")),
        };
        let decision = match read {
            Ok(evaluation) => reply::decision(asked.evaluate(&evaluation).await),
            Err(Unasked::Invalid(wrong) | Unasked::Unknown(wrong)) => {
                asked.refused(Refusal::Malformed(wrong));
                reply::unasked(wrong)
            }
        };
        let allowed = reply::is_allowed(&decision);
        decisions.push(decision);
        if semantic.ends_after(allowed) {
            break;
        }
    }
    reply::json(&serde_json::json!({ "evaluations": decisions }))
}

/// An answer to a request that is no question.
fn malformed<D: Decides>(asked: &Asked<'_, D>, wrong: &'static str) -> Response<Answer> {
    asked.refused(Refusal::Malformed(wrong));
    reply::error(StatusCode::BAD_REQUEST, wrong)
}

fn failed<D: Decides>(asked: &Asked<'_, D>, endpoint: Endpoint, refusal: Refusal) -> Response<Answer> {
    asked.refused(refusal);
    match (endpoint, refusal) {
        (Endpoint::Evaluation, Refusal::Late) => reply::json(&reply::decision(Err(refusal))),
        _ => reply::error(refusal.status(), refusal_text(refusal)),
    }
}

const fn refusal_text(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed(what) => what,
        Refusal::TooLarge => "the request is larger than this service reads",
        Refusal::Overloaded => "too many requests are being decided",
        Refusal::Late => "there was no decision in time",
        Refusal::Failed => "the decision failed",
    }
}

fn is_json<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
    kind.trim().eq_ignore_ascii_case("application/json")
}

/// The identifier that the asker gave its request, which the answer repeats. Two of them would identify nothing.
fn request_id<B>(request: &Request<B>) -> Option<HeaderValue> {
    let mut ids = request.headers().get_all(REQUEST_ID).iter();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Some(id.clone()),
        _ => None,
    }
}

fn with_id(mut response: Response<Answer>, id: Option<HeaderValue>) -> Response<Answer> {
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
