//! The error body: `{"error", "reason_code", "message", "field"}`. Clients branch on `reason_code`.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use policy_core::{AuthenticationFailure, Denial, EnablementFailure, Reason};
use policy_http::Unmatched;
use serde::Serialize;

use crate::audio::AudioUrlError;
use crate::page::PageError;
use crate::policy::Api;
use crate::store::StoreError;

/// An error as the client gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    reason_code: Cow<'static, str>,
    message: Cow<'static, str>,
    field: Option<String>,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    error: &'static str,
    reason_code: &'a str,
    message: &'a str,
    field: Option<&'a str>,
}

impl Problem {
    /// The resource does not exist, or is not the caller's. There is one answer for both, so that callers cannot tell which.
    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "not_found", "Not found or not available.");
    /// A signed URL that is not valid, or no longer.
    pub const INVALID_URL: Self =
        Self::new(StatusCode::FORBIDDEN, "invalid_url", "The URL is not valid, or no longer; ask for a new one.");
    /// Something that is needed for the answer does not respond now.
    pub const UNAVAILABLE: Self = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again later.");
    /// An error of the server.
    pub const INTERNAL: Self =
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "The request could not be served.");

    const fn new(status: StatusCode, reason_code: &'static str, message: &'static str) -> Self {
        Self { status, reason_code: Cow::Borrowed(reason_code), message: Cow::Borrowed(message), field: None }
    }

    /// The problem for a denial, in the words of this API.
    #[must_use]
    pub fn of_denial(denial: &Denial<'_, Api>) -> Self {
        const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        match denial.reason() {
            Reason::Authentication(failure) => match failure {
                AuthenticationFailure::Missing => {
                    Self::new(UNAUTHORIZED, "missing_bearer", "Send the key as a bearer token.")
                }
                // With two credentials, it is unclear which one counts.
                AuthenticationFailure::Malformed | AuthenticationFailure::Multiple => {
                    Self::new(UNAUTHORIZED, "malformed_token", "Send one key of the form `ch_sk_…` as a bearer token.")
                }
                AuthenticationFailure::Expired => Self::new(UNAUTHORIZED, "expired_key", "The key has expired."),
                AuthenticationFailure::Revoked => Self::new(UNAUTHORIZED, "revoked_key", "The key was revoked."),
                AuthenticationFailure::Inactive => Self::new(UNAUTHORIZED, "inactive_key", "The key is not active."),
                AuthenticationFailure::Unavailable => Self::UNAVAILABLE,
                // The key is invalid. Failures that are added later are answered like this too.
                _ => Self::new(UNAUTHORIZED, "invalid_key", "The key is not valid."),
            },
            Reason::SchemeNotSatisfied => Self::new(UNAUTHORIZED, "invalid_key", "The key is not valid."),
            Reason::Enablement(EnablementFailure::Unavailable) => Self::UNAVAILABLE,
            Reason::Enablement(EnablementFailure::NoOrganization) => {
                Self::new(FORBIDDEN, "no_organization", "The key belongs to no organization.")
            }
            Reason::Enablement(EnablementFailure::OrganizationInactive) => {
                Self::new(FORBIDDEN, "organization_inactive", "The key's organization is not active.")
            }
            Reason::NotEnabled => {
                Self::new(FORBIDDEN, "route_not_enabled", "The route is not enabled for the key's organization.")
            }
            Reason::InsufficientScope => {
                Self::new(FORBIDDEN, "insufficient_scope", "The key lacks a scope that this route requires.")
            }
            Reason::UnsupportedQuery(key) => Self::from(PageError::UnsupportedFilter(key.to_string())),
            _ => Self {
                status: StatusCode::from_u16(denial.status()).unwrap_or(FORBIDDEN),
                reason_code: Cow::Borrowed(denial.reason_code()),
                message: Cow::Borrowed("The request is not allowed."),
                field: None,
            },
        }
    }

    /// The problem for a request that reached no operation.
    #[must_use]
    pub fn of_unmatched(unmatched: Unmatched) -> Self {
        match unmatched {
            Unmatched::NotFound => Self::NOT_FOUND,
            Unmatched::MethodNotAllowed => {
                Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The route does not serve this method.")
            }
            _ => Self::INTERNAL,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable reason that clients branch on.
    #[must_use]
    pub fn reason_code(&self) -> &str {
        &self.reason_code
    }

    /// The answer.
    #[must_use]
    pub fn to_response(&self) -> Response<String> {
        let body = ProblemBody {
            error: match self.status {
                StatusCode::BAD_REQUEST => "bad_request",
                StatusCode::UNAUTHORIZED => "unauthorized",
                StatusCode::FORBIDDEN => "forbidden",
                StatusCode::NOT_FOUND => "not_found",
                StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
                StatusCode::SERVICE_UNAVAILABLE => "unavailable",
                _ => "internal_error",
            },
            reason_code: &self.reason_code,
            message: &self.message,
            field: self.field.as_deref(),
        };
        // Strings always serialise. If they did not, the status would still say the error.
        let mut response = Response::new(serde_json::to_string(&body).unwrap_or_else(|_| "{}".into()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> axum::response::Response {
        self.to_response().map(Body::from)
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            reason_code: Cow::Borrowed(error.code()),
            message: Cow::Owned(error.to_string()),
            field: Some(error.field().to_owned()),
        }
    }
}

/// The database's message goes to the log only.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(target: "charthero", %error, "the request could not be answered");
        Self::UNAVAILABLE
    }
}

/// One answer for everything that can be wrong with a URL. A guessed URL, a changed byte and a key that may no longer ask look the
/// same.
impl From<AudioUrlError> for Problem {
    fn from(error: AudioUrlError) -> Self {
        match error {
            AudioUrlError::Key => Self::INTERNAL,
            AudioUrlError::Invalid | AudioUrlError::Expired => Self::INVALID_URL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_four_members_and_the_field_may_be_null() {
        let body = Problem::NOT_FOUND.to_response().into_body();
        let expected =
            r#"{"error":"not_found","reason_code":"not_found","message":"Not found or not available.","field":null}"#;
        assert_eq!(body, expected);
        let body = Problem::from(PageError::Limit).to_response().into_body();
        assert!(body.ends_with(r#""reason_code":"invalid_limit","message":"`limit` must be a decimal number from 1 to 100.","field":"limit"}"#), "{body}");
    }
}
