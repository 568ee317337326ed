//! What runs when a request arrives at a template.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use policy_core::Document;
use policy_http::mount::{Doors, Slot};
use policy_http::{Authenticator, Drive, Enablement, Gate, HeadRef};

use crate::mount::Run;

/// The doors of one template, behind the gate that every door of a router shares.
pub(crate) struct Entrance<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    pub(crate) doors: Doors<D, Run>,
}

impl<D, A, E> Entrance<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// Answers a request, which stays where it is until its handler has it.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
    pub(crate) fn answer(
        self: Arc<Self>,
        mut request: Request,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static {
        async move {
            // HTTP/1 drops the body of an answer to HEAD by itself; HTTP/2 sends what it is given.
            let head = request.method() == Method::HEAD;
            let finish = |response| Ok(if head { without_body(response) } else { response });
            let (handler, owed) = {
                let entered = self.doors.enter(&self.gate, &HeadRef::from(&request)).await;
                let mut passage = match entered {
                    Ok(passage) => passage,
                    Err(answer) => return finish(answer.map(Body::from)),
                };
                // Whatever an outer guard allowed was not this.
                match passage.take_slot() {
                    Some(slot) => drop(request.extensions_mut().insert(slot)),
                    None => drop(request.extensions_mut().remove::<Slot>()),
                }
                (passage.handler, passage.owed())
            };
            let mut response = handler(request).await;
            owed.apply(response.headers_mut());
            finish(response)
        }
    }
}

/// The answer to HEAD: what GET would have said, but for the body (RFC 9110, section 9.3.2).
pub(crate) fn without_body(mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}
