//! What runs when a request arrives at a template, and where no template matches.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use policy_core::Document;
use policy_http::mount::{Endpoint, Slot, Unclaimed, declare_length};
use policy_http::{Authenticator, Enablement, Gate, HeadRef};
use tower::ServiceExt as _;

use crate::mount::Run;

/// Answers a request. The request is not moved until its handler gets it.
#[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
pub(crate) fn answer<D: Document, A: Authenticator<D>, E: Enablement<D>>(
    endpoint: Arc<Endpoint<D, A, E, Run>>,
    mut request: Request,
) -> impl Future<Output = Result<Response, Infallible>> + Send + 'static {
    async move {
        // HTTP/1 drops the body of an answer to HEAD by itself. HTTP/2 would send it.
        let head = request.method() == Method::HEAD;
        let finish = |response| Ok(if head { without_body(response) } else { response });
        let (handler, owed) = {
            let mut admitted = match endpoint.admit(&HeadRef::from(&request)).await {
                Ok(admitted) => admitted,
                Err(answer) => return finish(answer.map(Body::from)),
            };
            Slot::replace(request.extensions_mut(), admitted.take_slot());
            (admitted.handler, admitted.owed())
        };
        let mut response = handler(request).await;
        owed.apply(response.headers_mut());
        finish(response)
    }
}

/// Answers a request that matches no template: by the application, if the path is left to it, or else by the gate.
pub(crate) async fn not_found<D: Document, A: Authenticator<D>, E: Enablement<D>>(
    gate: Arc<Gate<D, A, E>>,
    application: Option<(Router, Arc<Unclaimed>)>,
    mut request: Request,
) -> Result<Response, Infallible> {
    if let Some((application, _)) = application.filter(|(_, unclaimed)| unclaimed.has(request.uri().path())) {
        // A permit of an outer guard must not reach what runs here.
        Slot::replace(request.extensions_mut(), None);
        return application.oneshot(request).await;
    }
    // The same type of head as in `answer`, since the service compiles all that finds a caller once for each.
    let answer = gate.not_found(&HeadRef::from(&request)).await.map(Body::from);
    Ok(if request.method() == Method::HEAD { without_body(answer) } else { answer })
}

/// The answer to HEAD: that of GET without the body.
fn without_body(mut response: Response) -> Response {
    let length = response.body().size_hint().exact();
    declare_length(response.headers_mut(), length);
    response.map(|_| Body::empty())
}
