//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use poem::{Endpoint, Error, IntoResponse, Request, Response, Result};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation};
use policy_http::mount::Plan;

use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Response>> + Send>> + Send + Sync>;

/// What the application makes of a handler's error.
pub(crate) type OnError = Arc<dyn Fn(Error) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
#[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
pub struct Mount<D: Document> {
    pub(crate) plan: Plan<D, Run>,
}

impl<D: Document> Mount<D> {
    pub(crate) fn new() -> Self {
        Self { plan: Plan::new() }
    }

    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        self.plan.operation::<H::Operation>(Arc::new(move |request| Box::pin(handler.clone().call(request))));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        self.plan.pending::<O>(reason);
        self
    }

    pub(crate) fn unguarded(
        &mut self,
        method: &str,
        template: &str,
        reason: &'static str,
        endpoint: impl Endpoint + 'static,
    ) {
        let endpoint = Arc::new(endpoint);
        let run: Run = Arc::new(move |request| {
            let endpoint = Arc::clone(&endpoint);
            Box::pin(async move { endpoint.call(request).await.map(IntoResponse::into_response) })
        });
        self.plan.unguarded(method, template, reason, run);
    }
}

impl<D: Document> fmt::Debug for Mount<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
