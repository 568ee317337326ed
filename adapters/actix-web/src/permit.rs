//! The permit, as actix-web hands it to a handler.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use policy_core::Operation;
use policy_http::mount::Slot;

use crate::response::response;

policy_http::__permit_type! {
    /// The proof that this request may run the handler of `O`: the first parameter of every guarded handler.
    ///
    /// It dereferences to [`policy_core::Permit`], and carries the scopes that this one carries. It is taken out of the
    /// request: a second extraction, a permit of another operation, and none at all are a 500 and a log line, because each
    /// is a mistake in the application's routes.
    ///
    /// A unit test makes one from a `policy_core` permit, which `policy_core::testing` mints.
}

impl<O: Operation> FromRequest for Permit<O> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let permit = Slot::permit(request.extensions().get());
        ready(permit.map(Self).map_err(|none| InternalError::from_response(none, response(none.answer())).into()))
    }
}
