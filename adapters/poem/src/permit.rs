//! The permit, as poem hands it to a handler.

use poem::{Error, FromRequest, Request, RequestBody, Result};
use policy_core::Operation;
use policy_http::mount::Slot;

use crate::endpoint::poem_response;

policy_http::__permit_type! {
    /// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
    ///
    /// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
    /// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
    /// is a mistake in the application's routes.
    ///
    /// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
}

impl<'r, O: Operation> FromRequest<'r> for Permit<O> {
    async fn from_request(request: &'r Request, _: &mut RequestBody) -> Result<Self> {
        Slot::permit(request.extensions().get())
            .map(Self)
            .map_err(|none| Error::from_response(poem_response(none.answer())))
    }
}
