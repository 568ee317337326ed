//! The permit, as rocket hands it to a handler.

use policy_core::Operation;
use policy_http::mount::{NoPermit, Slot};
use rocket::Request;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};

use crate::kept::Kept;

policy_http::__permit_type!();

#[rocket::async_trait]
impl<'r, O: Operation> FromRequest<'r> for Permit<O> {
    type Error = NoPermit;

    /// It never forwards, since another route would have no permit either, or would run without one.
    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, NoPermit> {
        let kept = Kept::of(request);
        match Slot::permit(kept.slot().as_ref()) {
            Ok(permit) => Outcome::Success(Self(permit)),
            Err(none) => {
                kept.refuse();
                Outcome::Error((Status::InternalServerError, none))
            }
        }
    }
}
