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
use policy_http::{Authenticator, Drive, Enablement, Gate};

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
    /// One function, and not one in another: what an `async fn` is given it keeps twice, and moves.
    pub(crate) async fn answer(self: Arc<Self>, request: Request) -> Result<Response, Infallible> {
        let (mut parts, body) = request.into_parts();
        // HTTP/1 drops the body of an answer to HEAD by itself; HTTP/2 sends what it is given.
        let head = parts.method == Method::HEAD;
        let finish = |response| Ok(if head { without_body(response) } else { response });
        // Whatever an outer guard allowed was not this.
        parts.extensions.remove::<Slot>();
        let mut passage = match self.doors.enter(&self.gate, &parts).await {
            Ok(passage) => passage,
            Err(answer) => return finish(answer.map(Body::from)),
        };
        if let Some(slot) = passage.take_slot() {
            parts.extensions.insert(slot);
        }
        let mut response = (passage.handler)(Request::from_parts(parts, body)).await;
        passage.finish(response.headers_mut());
        finish(response)
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
