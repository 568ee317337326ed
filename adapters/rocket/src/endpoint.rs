//! What runs when a request arrives at a template, and where no template matches.

use std::sync::Arc;

use policy_core::Document;
use policy_http::mount::{Claims, Endpoint};
use policy_http::{Authenticator, Enablement, Gate, Head as _};
use rocket::futures::future::BoxFuture;
use rocket::http::Status;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, async_trait};

use crate::head::View;
use crate::kept::Kept;
use crate::method::may_be_rewritten;
use crate::mount::Run;
use crate::response::response;

/// One template of the document, as rocket mounts it: for each method that rocket knows.
///
/// The guard's own answers are rocket's outcome `Success`, since an error would go to a catcher and a forward to another route.
pub(crate) struct Template<D: Document, A, E>(pub(crate) Arc<Endpoint<D, A, E, Run>>);

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Handler for Template<D, A, E> {
    /// It is written without rocket's attribute, so that the data is not moved. An `async fn` keeps each of its arguments twice, and
    /// moves them.
    fn handle<'r, 's, 'q, 'f>(&'s self, request: &'r Request<'q>, mut data: Data<'r>) -> BoxFuture<'f, Outcome<'r>>
    where
        's: 'f,
        'r: 'f,
        'q: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let (Self(endpoint), view) = (self, View(request));
            if view.has_empty_segment() {
                return Outcome::Success(response(endpoint.gate().not_found(&view).await));
            }
            if may_be_rewritten(request, &mut data).await {
                let answer = endpoint.gate().method_not_allowed(&view, endpoint.allow()).await;
                return Outcome::Success(response(answer));
            }
            let (handler, owed, kept, placed) = {
                let mut admitted = match endpoint.admit(&view).await {
                    Ok(admitted) => admitted,
                    Err(answer) => return Outcome::Success(response(answer)),
                };
                let kept = Kept::of(request);
                let placed = kept.place(admitted.take_slot());
                (admitted.handler, admitted.owed(), kept, placed)
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

/// What is answered below the base path where no template matches.
pub(crate) struct Fallback<D: Document, A, E>(pub(crate) Arc<Gate<D, A, E>>);

#[async_trait]
impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Handler for Fallback<D, A, E> {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        Outcome::Success(response(self.0.not_found(&View(request)).await))
    }
}

/// A route before those of the application. It answers paths that match no template but could mean one, and forwards all others.
pub(crate) struct Claimed<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    pub(crate) claims: Arc<Claims>,
}

#[async_trait]
impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Handler for Claimed<D, A, E> {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let view = View(request);
        // Templates do not have the prefix that the guard's routes are mounted below.
        let prefix = request.route().map_or("", |route| route.uri.base()).trim_end_matches('/');
        // If the path has another spelling of the prefix, the end of the prefix is unknown, and the guard answers.
        if view.path().strip_prefix(prefix).is_some_and(|path| !self.claims.has(path)) {
            return Outcome::forward(data, Status::NotFound);
        }
        Outcome::Success(response(self.gate.not_found(&view).await))
    }
}

impl<D: Document, A, E> Clone for Claimed<D, A, E> {
    fn clone(&self) -> Self {
        Self { gate: Arc::clone(&self.gate), claims: Arc::clone(&self.claims) }
    }
}

impl<D: Document, A, E> Clone for Template<D, A, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: Document, A, E> Clone for Fallback<D, A, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
