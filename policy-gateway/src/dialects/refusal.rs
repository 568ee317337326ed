//! Why a request was denied without being decided.

use std::fmt;

use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

/// Why a request was denied without being decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The sub-request does not tell which request it asks about. The text says what is wrong with it, and quotes nothing.
    Malformed(&'static str),
    /// The sub-request is larger than the listener reads.
    TooLarge,
    /// As many requests are being decided as the listener allows.
    Overloaded,
    /// There was no decision in time.
    Late,
    /// The decision failed within the gateway.
    Failed,
}

impl Refusal {
    /// A word for logs and counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooLarge => "too-large",
            Self::Overloaded => "overloaded",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }

    /// 400 for a sub-request that cannot be read, and 503 for whatever the gateway did not manage.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::TooLarge => StatusCode::BAD_REQUEST,
            Self::Overloaded | Self::Late | Self::Failed => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The answer for the client. It does not tell what was wrong: that is the operator's matter, and stands in the log.
    pub(crate) fn response(self) -> Response<String> {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or_default();
        let mut response = Response::new(format!(
            r#"{{"type":"about:blank","title":"{title}","status":{},"reason_code":"{}"}}"#,
            status.as_u16(),
            self.as_str(),
        ));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => f.write_str(what),
            Self::TooLarge => f.write_str("the sub-request is larger than the listener reads"),
            Self::Overloaded => f.write_str("as many requests are being decided as the listener allows"),
            Self::Late => f.write_str("there was no decision in time"),
            Self::Failed => f.write_str("the decision failed within the gateway"),
        }
    }
}
