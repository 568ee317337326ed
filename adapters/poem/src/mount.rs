//! What is a handler of poem's, and how it becomes one that runs.

use std::pin::Pin;
use std::sync::Arc;

use poem::{Endpoint, Error, IntoResponse, Request, Response, Result};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};

use crate::guard::Mount;
use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Response>> + Send>> + Send + Sync>;

/// What the application makes of a handler's error.
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
}

/// A handler outside the policy.
pub(crate) fn run(endpoint: impl Endpoint + 'static) -> Run {
    let endpoint = Arc::new(endpoint);
    Arc::new(move |request| {
        let endpoint = Arc::clone(&endpoint);
        Box::pin(async move { endpoint.call(request).await.map(IntoResponse::into_response) })
    })
}
