//! What runs when a request arrives: the doors of one template, and what stands where no template matches.

use std::sync::Arc;

use policy_core::Document;
use policy_http::mount::Doors;
use policy_http::{Authenticator, Drive, Enablement, Gate};
use rocket::futures::future::BoxFuture;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request};

use crate::head::View;
use crate::kept::Kept;
use crate::method;
use crate::mount::Run;
use crate::response::response;

/// The doors of one template, behind the gate that every door shares. `None` below the base path, where no template is.
///
/// Every outcome of its own is a success: an error would be for a catcher, and a forward for another route, to make something of.
pub(crate) struct Entrance<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    pub(crate) doors: Option<Arc<Doors<D, Run>>>,
}

impl<D, A, E> Handler for Entrance<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// As rocket's attribute would write it, but that the data stays where it is: an `async fn` keeps each of its arguments
    /// twice, and moves them.
    fn handle<'r, 's, 'q, 'f>(&'s self, request: &'r Request<'q>, mut data: Data<'r>) -> BoxFuture<'f, Outcome<'r>>
    where
        's: 'f,
        'r: 'f,
        'q: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let view = View(request);
            let Some(doors) = self.doors.as_ref().filter(|_| !view.has_empty_segment()) else {
                return Outcome::Success(response(self.gate.not_found(&view).await));
            };
            if method::may_be_rewritten(request, &mut data).await {
                return Outcome::Success(response(self.gate.method_not_allowed(&view, &method::allow(doors)).await));
            }
            let (handler, owed, kept, placed) = {
                let mut passage = match doors.enter(&self.gate, &view).await {
                    Ok(passage) => passage,
                    Err(answer) => return Outcome::Success(response(answer)),
                };
                let kept = Kept::of(request);
                let placed = kept.place(passage.take_slot());
                (passage.handler, passage.owed(), kept, placed)
            };
            let outcome = handler(request, data).await;
            drop(placed);
            if !owed.is_empty() {
                kept.owe(owed.into_map());
            }
            match outcome {
                Outcome::Forward((_, status)) => Outcome::Error(status),
                done => done,
            }
        })
    }
}

impl<D: Document, A, E> Clone for Entrance<D, A, E> {
    fn clone(&self) -> Self {
        Self { gate: Arc::clone(&self.gate), doors: self.doors.clone() }
    }
}
