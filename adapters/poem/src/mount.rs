//! Mounts handlers in poem, and prepares them to be called.

use std::pin::Pin;
use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, EndpointExt, Error, IntoResponse, Middleware, Request, Response, Result};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};

use crate::guard::Mount;
use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Response>> + Send>> + Send + Sync>;

/// The application's answer to a handler's error.
pub(crate) type OnError = Arc<dyn Fn(Error) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

impl<D: Document> Mount<D> {
    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        let run: Run = Arc::new(move |request| Box::pin(handler.clone().call(request)));
        self.plan.handler(OperationRef::of::<H::Operation>(), run);
        self
    }

    /// Puts a middleware around the handler that was mounted last: `handlers![import.layer(SizeLimit::new(1024))]`.
    ///
    /// It runs after the decision and before the handler's extractors, so that it sees only allowed requests. The permit
    /// stays in the request's extensions, and the middleware must pass the request on with them.
    pub fn layer(mut self, middleware: impl Middleware<BoxEndpoint<'static>, Output: 'static>) -> Self {
        self.plan.change_last_handler(|handler| run(middleware.transform(Handled(handler).boxed())));
        self
    }
}

/// A handler, as an endpoint for poem's middleware.
struct Handled(Run);

impl Endpoint for Handled {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        (self.0)(request).await
    }
}

/// A handler outside the policy.
pub(crate) fn run(endpoint: impl Endpoint + 'static) -> Run {
    let endpoint = Arc::new(endpoint);
    Arc::new(move |request| {
        let endpoint = Arc::clone(&endpoint);
        Box::pin(async move { endpoint.call(request).await.map(IntoResponse::into_response) })
    })
}
