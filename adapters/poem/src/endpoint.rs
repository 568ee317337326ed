//! What runs when a request arrives at a template, and where no template matches.

use std::fmt;
use std::sync::Arc;

use http::Method;
use http_body::Body as _;
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, Request, Response, Result, Route};
use policy_core::Document;
use policy_http::mount::{self, NoPermit, Slot, Unclaimed, declare_length};
use policy_http::{Authenticator, Enablement, Gate, HeadRef};

use crate::framework;
use crate::mount::{OnError, Run};

/// One template of the document, as poem mounts it.
pub(crate) struct Template<D: Document, A, E> {
    pub(crate) endpoint: mount::Endpoint<D, A, E, Run>,
    pub(crate) on_error: Option<OnError>,
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Endpoint for Template<D, A, E> {
    type Output = Response;

    /// Every answer is `Ok`, since a middleware or another route could turn an error into another answer.
    #[expect(clippy::manual_async_fn, reason = "an `async fn` keeps each of its arguments twice, and moves them")]
    fn call(&self, mut request: Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let is_head = request.method() == Method::HEAD;
            let finish = |response| Ok(if is_head { without_body(response) } else { response });
            let (handler, owed) = {
                let mut admitted = match self.endpoint.admit(&head(&request)).await {
                    Ok(admitted) => admitted,
                    Err(answer) => return finish(poem_response(answer)),
                };
                Slot::replace(request.extensions_mut(), admitted.take_slot());
                (admitted.handler, admitted.owed())
            };
            let mut response = match handler(request).await {
                Ok(response) => response,
                Err(error) => match &self.on_error {
                    Some(on_error) => on_error(error).await,
                    None => error.into_response(),
                },
            };
            owed.apply(response.headers_mut());
            finish(response)
        }
    }
}

/// What is answered where no template matches. It also serves the template `/`.
pub(crate) struct Fallback<D: Document, A, E> {
    pub(crate) gate: Arc<Gate<D, A, E>>,
    /// The template `/`. poem routes this path to the wildcard, so the wildcard serves it.
    pub(crate) root: Option<Template<D, A, E>>,
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Endpoint for Fallback<D, A, E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let pattern = framework::unpadded(&request);
        let mut answer = match &self.root {
            Some(root) if request.uri().path() == "/" => return root.call(request).await,
            _ => poem_response(self.gate.not_found(&head(&request)).await),
        };
        if request.method() == Method::HEAD {
            answer = without_body(answer);
        }
        answer.set_data(pattern);
        Ok(answer)
    }
}

/// A guard's route, and the application beside it: [`Guard::try_into_endpoint`](crate::Guard::try_into_endpoint).
pub struct Guarded {
    pub(crate) route: Route,
    pub(crate) application: Option<(BoxEndpoint<'static>, Arc<Unclaimed>)>,
}

impl Endpoint for Guarded {
    type Output = Response;

    /// The application gets its requests before poem routes them. A wildcard of the guard's route would be one more parameter.
    async fn call(&self, mut request: Request) -> Result<Response> {
        match &self.application {
            Some((application, unclaimed)) if unclaimed.has(request.uri().path()) => {
                // A permit of an outer guard must not reach the application.
                Slot::replace(request.extensions_mut(), None);
                application.call(request).await
            }
            _ => self.route.call(request).await,
        }
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("application", &self.application.is_some()).finish_non_exhaustive()
    }
}

/// The answer to every request if the routes do not fit together: 500.
pub(crate) struct Unfit;

impl Endpoint for Unfit {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut answer = poem_response(NoPermit::Missing.answer());
        answer.set_data(framework::unpadded(&request));
        Ok(answer)
    }
}

/// The request's head, with the target that the handler gets. poem also keeps the target as it was sent, which a middleware may have
/// changed.
fn head(request: &Request) -> HeadRef<'_> {
    HeadRef::new(request.method(), request.uri(), request.headers(), request.extensions())
}

/// The answer to HEAD: that of GET without the body.
fn without_body(response: Response) -> Response {
    let mut response: http::Response<_> = response.into();
    let length = response.body().size_hint().exact();
    declare_length(response.headers_mut(), length);
    poem_response(response.map(|_| String::new()))
}

/// The guard's answer, as a response of poem.
pub(crate) fn poem_response(answer: http::Response<String>) -> Response {
    let (parts, body) = answer.into_parts();
    let mut response = Response::builder().status(parts.status).body(body);
    *response.headers_mut() = parts.headers;
    response
}
