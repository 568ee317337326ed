//! Why a handler got no permit.

use std::fmt;

use http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderValue};
use http::{Response, StatusCode};

use crate::problem::plain;

/// Why a handler got no permit. It is always a mistake in the application's routes, and is answered 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPermit {
    /// The request came through a route without a guard.
    Missing,
    /// The guard let the request through for another operation.
    Foreign,
    /// The permit was taken before. A request has one only.
    Taken,
}

impl NoPermit {
    /// What the owner of the application can do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            NoPermit::Missing => {
                "mount it by `handlers![…]` alone, and let no other route stand in front of the guard's"
            }
            NoPermit::Foreign => "the first parameter of a handler is the permit of its own operation",
            NoPermit::Taken => "a handler has one permit among its parameters",
        }
    }

    /// The complete answer. It does not have the reason, with which a caller could do nothing. The reason is in the log.
    #[must_use]
    pub fn answer(self) -> Response<String> {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let mut response = plain(status, "internal_error", "the request could not be served");
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl fmt::Display for NoPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoPermit::Missing => "the handler demands a permit and its route has no guard",
            NoPermit::Foreign => "the handler demands a permit and the request was allowed for another operation",
            NoPermit::Taken => "the handler demands a permit that this request has already used",
        })
    }
}

impl std::error::Error for NoPermit {}
