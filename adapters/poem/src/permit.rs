//! The permit, as poem hands it to a handler.

use poem::{Error, FromRequest, Request, RequestBody, Result};
use policy_core::Operation;
use policy_http::mount::Slot;

use crate::endpoint::poem_response;

policy_http::__permit_type!();

impl<'r, O: Operation> FromRequest<'r> for Permit<O> {
    async fn from_request(request: &'r Request, _: &mut RequestBody) -> Result<Self> {
        Slot::permit(request.extensions().get())
            .map(Self)
            .map_err(|none| Error::from_response(poem_response(none.answer())))
    }
}
