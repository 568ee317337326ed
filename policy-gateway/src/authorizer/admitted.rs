//! A request that was allowed, for whoever vouches for it to the upstream.

use std::fmt;

use http::header::{HeaderName, HeaderValue};
use policy_core::owned::OwnedOperation;
use policy_http::Unavailable;
use policy_http::run_time::Caller;

use crate::proxied_request::ProxiedRequest;

/// A request that was allowed.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    /// The name of the document that allowed it.
    pub document: &'a str,
    /// Under which origin clients reach the API, where the configuration says so: `https://api.example.com`.
    pub public_origin: Option<&'a str>,
    /// The request.
    pub request: &'a ProxiedRequest,
    /// Its operation.
    pub operation: OwnedOperation<'a>,
    /// Its caller. `None` for an anonymous one.
    pub caller: Option<&'a Caller>,
}

/// Vouches for an allowed request in a header that the upstream can verify.
pub trait Assertion: Send + Sync + fmt::Debug + 'static {
    /// The header. A client's own header of this name, and every alias of it, never reaches the upstream.
    fn header(&self) -> &HeaderName;

    /// The value of the header for this request.
    ///
    /// # Errors
    /// It cannot be made: the request is denied with 503.
    fn assert(&self, admitted: &Admitted<'_>) -> Result<HeaderValue, Unavailable>;
}
