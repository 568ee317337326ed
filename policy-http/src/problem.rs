//! Problem details for HTTP APIs (RFC 9457): the body of every answer that the application does not replace.

use http::{Response, StatusCode, header};
use policy_core::{Denial, Document, Reason};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::denial_facts::DenialFacts;

/// The members of a problem. `instance` is left out: it would name the request's path.
struct Problem<'a> {
    status: StatusCode,
    detail: String,
    reason_code: &'a str,
    stage: Option<&'static str>,
    required_scopes: Vec<&'a str>,
    field: Option<String>,
}

/// Written by hand, so that a service does not compile serde's derive macro for it.
impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("type", "about:blank")?;
        members.serialize_entry("title", self.status.canonical_reason().unwrap_or_default())?;
        members.serialize_entry("status", &self.status.as_u16())?;
        members.serialize_entry("detail", &self.detail)?;
        members.serialize_entry("reason_code", self.reason_code)?;
        if let Some(stage) = self.stage {
            members.serialize_entry("stage", stage)?;
        }
        if !self.required_scopes.is_empty() {
            members.serialize_entry("required_scopes", &self.required_scopes)?;
        }
        if let Some(field) = &self.field {
            members.serialize_entry("field", field)?;
        }
        members.end()
    }
}

/// The default answer to a denial, without the challenge. [`Answers`](crate::Answers) adds the challenge to every body.
///
/// It has members beyond RFC 9457: `reason_code`, `stage`, `required_scopes` and `field`. `required_scopes` are the scopes that the route
/// requires, and never those that the caller has or lacks. `field` is the query parameter that is not accepted.
#[must_use]
pub fn problem<D: Document>(denial: &Denial<'_, D>) -> Response<String> {
    of(denial)
}

/// [`problem`], for a denial by whichever policy.
pub(crate) fn of(denial: &impl DenialFacts) -> Response<String> {
    let reason = denial.reason();
    answer(&Problem {
        status: status(reason.status()),
        detail: reason.to_string(),
        reason_code: reason.code(),
        stage: Some(denial.stage().as_str()),
        required_scopes: match reason {
            Reason::InsufficientScope => denial.required(),
            _ => Vec::new(),
        },
        field: match reason {
            Reason::UnsupportedQuery(key) => Some(key.to_string()),
            _ => None,
        },
    })
}

/// The answer to a request that no operation denied: 404, 405 or 500.
pub(crate) fn plain(status: StatusCode, reason_code: &str, detail: &str) -> Response<String> {
    let detail = detail.into();
    answer(&Problem { status, detail, reason_code, stage: None, required_scopes: Vec::new(), field: None })
}

/// The status of this number. A number that is no HTTP status becomes 500. It is a mistake of the server, and must not look like a
/// success.
pub(crate) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn answer(problem: &Problem<'_>) -> Response<String> {
    // Strings and a number always serialise. If they did not, an empty object would still be a denial.
    let mut response = Response::new(serde_json::to_string(problem).unwrap_or_else(|_| "{}".into()));
    *response.status_mut() = problem.status;
    let json = header::HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
