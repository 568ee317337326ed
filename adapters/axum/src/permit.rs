//! The permit, as axum hands it to a handler.

use std::fmt;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use policy_core::Operation;
use policy_http::mount::{NoPermit, Slot};

policy_http::__permit_type!();

impl<O, S> FromRequestParts<S> for Permit<O>
where
    O: Operation,
    S: Send + Sync,
{
    type Rejection = PermitRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PermitRejection> {
        Slot::permit(parts.extensions.get()).map(Self).map_err(PermitRejection)
    }
}

/// A permit adds nothing to a document, since it comes from the guard and not from the request.
#[cfg(feature = "aide")]
impl<O: Operation> aide::OperationInput for Permit<O> {}

/// Why a handler got no permit. It is always a mistake in the application's routes, and is answered 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermitRejection(
    /// Why.
    pub NoPermit,
);

impl fmt::Display for PermitRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PermitRejection {}

impl IntoResponse for PermitRejection {
    fn into_response(self) -> Response {
        self.0.answer().map(Body::from)
    }
}
