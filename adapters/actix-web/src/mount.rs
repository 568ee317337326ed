//! Mounts handlers in actix-web, and prepares them to be called.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, FromRequest, Handler, HttpRequest, HttpResponse, Responder};
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};

use crate::guard::Mount;
use crate::layer::{HandlerService, layered};

/// A running handler. Only a middleware fails. A handler's own error becomes a response.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

/// A handler, ready to be called by any worker.
pub(crate) type Run = Arc<dyn Fn(HttpRequest, Payload) -> Running + Send + Sync>;

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

    /// Puts a middleware around the handler that was mounted last: `handlers![import.layer(|| from_fn(limit))]`. The function makes one
    /// for each worker, as that of `HttpServer::new` does.
    ///
    /// It runs after the decision and before the handler's extractors, so that it sees only allowed requests. The permit
    /// stays in the request's extensions, and the layer must pass the request on with them.
    pub fn layer<L, B>(mut self, middleware: impl Fn() -> L + Send + Sync + 'static) -> Self
    where
        L: Transform<HandlerService, ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        L::Transform: 'static,
        B: MessageBody + 'static,
    {
        self.plan.change_last_handler(|run| layered(middleware, run));
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
            let response = match T::from_request(&request, &mut payload).await {
                Ok(arguments) => handler.call(arguments).await.respond_to(&request).map_into_boxed_body(),
                Err(error) => HttpResponse::from_error(error.into()),
            };
            Ok(ServiceResponse::new(request, response))
        })
    })
}
