//! The permit, as axum hands it to a handler.

use std::fmt;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use policy_core::Operation;
use policy_http::mount::{NoPermit, Slot};

policy_http::__permit_type! {
    /// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
    ///
    /// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
    /// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
    /// is a mistake in the application's routes.
    ///
    /// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
}

impl<O, S> FromRequestParts<S> for Permit<O>
where
    O: Operation,
    S: Send + Sync,
{
    type Rejection = PermitRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PermitRejection> {
        Slot::permit(parts.extensions.get()).map(Self).map_err(PermitRejection::from)
    }
}

/// Why a handler got no permit: always a mistake in the application's routes, and always a 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PermitRejection {
    /// The request came by a route without a guard.
    Missing,
    /// The guard let the request through for another operation.
    Foreign,
    /// The permit was taken before; a request has one.
    Taken,
}

impl PermitRejection {
    fn shared(self) -> NoPermit {
        match self {
            PermitRejection::Missing => NoPermit::Missing,
            PermitRejection::Foreign => NoPermit::Foreign,
            PermitRejection::Taken => NoPermit::Taken,
        }
    }
}

impl From<NoPermit> for PermitRejection {
    fn from(none: NoPermit) -> Self {
        match none {
            NoPermit::Foreign => PermitRejection::Foreign,
            NoPermit::Taken => PermitRejection::Taken,
            _ => PermitRejection::Missing,
        }
    }
}

impl fmt::Display for PermitRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared().fmt(f)
    }
}

impl std::error::Error for PermitRejection {}

impl IntoResponse for PermitRejection {
    fn into_response(self) -> Response {
        self.shared().answer().map(Body::from)
    }
}
