//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation};
use policy_http::mount::Plan;

/// A handler, ready to be called by any worker.
pub(crate) type Run = Arc<dyn Fn(HttpRequest, Payload) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Send + Sync>;

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
        H: Handler<T> + GuardedHandler<M> + Send + Sync,
        H::Output: Responder + 'static,
        <H as GuardedHandler<M>>::Operation: Operation<Document = D>,
        T: FromRequest + 'static,
    {
        self.plan.operation::<<H as GuardedHandler<M>>::Operation>(run(handler));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        self.plan.pending::<O>(reason);
        self
    }
}

/// Extracts the handler's arguments and calls it, as actix-web's own routes do.
pub(crate) fn run<H, T>(handler: H) -> Run
where
    H: Handler<T> + Send + Sync,
    H::Output: Responder + 'static,
    T: FromRequest + 'static,
{
    Arc::new(move |request, mut payload| {
        let handler = handler.clone();
        Box::pin(async move {
            match T::from_request(&request, &mut payload).await {
                Ok(arguments) => handler.call(arguments).await.respond_to(&request).map_into_boxed_body(),
                Err(error) => HttpResponse::from_error(error.into()),
            }
        })
    })
}

impl<D: Document> fmt::Debug for Mount<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
