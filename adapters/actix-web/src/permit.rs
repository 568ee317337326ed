//! The permit, as actix-web hands it to a handler.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use policy_core::Operation;
use policy_http::mount::Slot;

use crate::response::response;

policy_http::__permit_type!();

impl<O: Operation> FromRequest for Permit<O> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let permit = Slot::permit(request.extensions().get());
        ready(permit.map(Self).map_err(|none| InternalError::from_response(none, response(none.answer())).into()))
    }
}
