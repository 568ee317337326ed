//! Mounts handlers in axum, and prepares them to be called.

use std::any::Any;
use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::NoPermit;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};

use crate::guard::Mount;
use crate::permit::PermitRejection;

/// A running handler.
type Running = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler with its state, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Running + Send + Sync>;

/// A handler that waits for its state.
pub(crate) type Bind<S> = Box<dyn FnOnce(S) -> Run + Send>;

impl<D, S> Mount<D, S>
where
    D: Document,
    S: Clone + Send + Sync + 'static,
{
    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T, S> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        let bind = Box::new(move |state: S| -> Run {
            Arc::new(move |request| running(handler.clone().call(request, state.clone())))
        });
        self.plan.handler(OperationRef::of::<H::Operation>(), bind);
        self
    }

    /// Puts a layer around the handler that was mounted last: `handlers![import.layer(DefaultBodyLimit::max(1024))]`.
    ///
    /// It runs after the decision and before the handler's extractors, so that it sees only allowed requests. The permit
    /// stays in the request's extensions, and the layer must pass the request on with them.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HandlerService> + Send + 'static,
        L::Service:
            Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Clone + Send + Sync + 'static,
    {
        self.plan.change_last_handler(|bind| {
            Box::new(move |state| {
                let run = bind(state);
                let service = tower::service_fn(move |request: Request| {
                    let running = run(request);
                    async move { Ok(running.await) }
                });
                called(layer.layer(HandlerService::new(service)))
            })
        });
        self
    }
}

/// A handler, as a [layer](Mount::layer) gets it.
pub type HandlerService = BoxCloneSyncService<Request, Response, Infallible>;

/// A handler outside the policy.
pub(crate) fn bind<S: Clone + Send + Sync + 'static>(router: MethodRouter<S, Infallible>) -> Bind<S> {
    Box::new(move |state: S| called(router.with_state::<()>(state)))
}

/// A service of axum, ready to be called.
pub(crate) fn called<V>(service: V) -> Run
where
    V: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send> + Clone + Send + Sync + 'static,
{
    Arc::new(move |request| {
        let service = service.clone();
        Box::pin(async move {
            match service.oneshot(request).await {
                Ok(response) => response.into_response(),
                Err(never) => match never {},
            }
        })
    })
}

/// The future in a box. axum puts the future of a function into a box itself, and then this takes that box.
fn running(future: impl Future<Output = Response> + Send + 'static) -> Running {
    let mut future = Some(future);
    let boxed = (&mut future as &mut dyn Any).downcast_mut::<Option<Running>>().and_then(Option::take);
    match (boxed, future) {
        (Some(boxed), _) => boxed,
        (None, Some(future)) => Box::pin(future),
        (None, None) => Box::pin(ready(PermitRejection(NoPermit::Missing).into_response())),
    }
}
