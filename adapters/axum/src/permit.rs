//! The permit, as axum hands it to a handler.

use std::fmt;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use policy_core::handler_list::PermitParameter;
use policy_core::{Carries, Holder, Operation, OperationRef, Principal, ScopeType};

use crate::slot::{Empty, Slot};

/// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
///
/// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
/// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
/// is a mistake in the application's routes.
///
/// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
pub struct Permit<O: Operation>(policy_core::Permit<O>);

impl<O: Operation> Permit<O> {
    /// The permit itself.
    #[must_use]
    pub fn into_inner(self) -> policy_core::Permit<O> {
        self.0
    }
}

impl<O: Operation> From<policy_core::Permit<O>> for Permit<O> {
    fn from(permit: policy_core::Permit<O>) -> Self {
        Self(permit)
    }
}

impl<O: Operation> Deref for Permit<O> {
    type Target = policy_core::Permit<O>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<O: Operation> fmt::Debug for Permit<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<O: Operation> PermitParameter for Permit<O> {
    type Operation = O;
}

impl<O: Operation> Holder for Permit<O> {
    type Document = O::Document;

    fn principal(&self) -> &Principal<O::Document> {
        self.0.principal()
    }
}

impl<O, S> Carries<S> for Permit<O>
where
    O: Operation,
    S: ScopeType<Document = O::Document>,
    policy_core::Permit<O>: Carries<S>,
{
    const CARRIES: policy_core::__private::CarriesProof<Self, S> =
        policy_core::__private::CarriesProof::forwarded(<policy_core::Permit<O> as Carries<S>>::CARRIES);
}

impl<O, S> FromRequestParts<S> for Permit<O>
where
    O: Operation,
    S: Send + Sync,
{
    type Rejection = PermitRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PermitRejection> {
        let wanted = OperationRef::<O::Document>::of::<O>();
        let (rejection, allowed) = match Slot::take::<O::Document>(&parts.extensions) {
            Ok(allowed) => match allowed.into_permit::<O>() {
                Ok(permit) => return Ok(Self(permit)),
                Err(foreign) => (PermitRejection::Foreign, Some(foreign.to_string())),
            },
            Err(Empty::NoGuard) => (PermitRejection::Missing, None),
            Err(Empty::Taken) => (PermitRejection::Taken, None),
            Err(Empty::OtherPolicy) => (PermitRejection::Foreign, None),
        };
        tracing::event!(
            target: "policy",
            tracing::Level::ERROR,
            http.request.method = wanted.method(),
            http.route = wanted.template(),
            reason = %rejection,
            allowed,
            "no permit for the handler; it did not run"
        );
        Err(rejection)
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

impl fmt::Display for PermitRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PermitRejection::Missing => "the handler demands a permit and its route has no guard",
            PermitRejection::Foreign => {
                "the handler demands a permit and the request was allowed for another operation"
            }
            PermitRejection::Taken => "the handler demands a permit that this request has already used",
        })
    }
}

impl std::error::Error for PermitRejection {}

impl IntoResponse for PermitRejection {
    fn into_response(self) -> Response {
        // The reason is for the log: a caller cannot act on it.
        let body = r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"the request could not be served","reason_code":"internal_error"}"#;
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/problem+json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (StatusCode::INTERNAL_SERVER_ERROR, headers, body).into_response()
    }
}
