//! What is a handler of actix-web's, and how it becomes one that runs.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Responder};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};

use crate::guard::Mount;

/// A handler, ready to be called by any worker.
pub(crate) type Run = Arc<dyn Fn(HttpRequest, Payload) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Send + Sync>;

impl<D: Document> Mount<D> {
    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T> + GuardedHandler<M> + Send + Sync,
        H::Output: Responder + 'static,
        <H as GuardedHandler<M>>::Operation: Operation<Document = D>,
        T: FromRequest + 'static,
    {
        self.plan.handler(OperationRef::of::<<H as GuardedHandler<M>>::Operation>(), run(handler));
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
