//! The list of handlers, as `handlers!` fills it.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation};
use policy_http::mount::Plan;
use tower::ServiceExt;

use crate::permit::PermitRejection;

/// A handler that runs.
type Running = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler with its state, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Running + Send + Sync>;

/// A handler that waits for its state.
pub(crate) type Bind<S> = Box<dyn FnOnce(S) -> Run + Send>;

/// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
#[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
pub struct Mount<D: Document, S> {
    pub(crate) plan: Plan<D, Bind<S>>,
}

impl<D, S> Mount<D, S>
where
    D: Document,
    S: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self { plan: Plan::new() }
    }

    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T, S> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        self.plan.operation::<H::Operation>(Box::new(move |state: S| -> Run {
            Arc::new(move |request| running(handler.clone().call(request, state.clone())))
        }));
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
        router: MethodRouter<S, Infallible>,
    ) {
        let bind: Bind<S> = Box::new(move |state: S| -> Run {
            let router: MethodRouter<(), Infallible> = router.with_state(state);
            Arc::new(move |request| {
                let router = router.clone();
                Box::pin(async move {
                    match router.oneshot(request).await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    }
                })
            })
        });
        self.plan.unguarded(method, template, reason, bind);
    }
}

/// The future in a box. That of a function is in one already, as axum calls it, and needs no second.
fn running(future: impl Future<Output = Response> + Send + 'static) -> Running {
    let mut future = Some(future);
    let boxed = (&mut future as &mut dyn Any).downcast_mut::<Option<Running>>().and_then(Option::take);
    match (boxed, future) {
        (Some(boxed), _) => boxed,
        (None, Some(future)) => Box::pin(future),
        (None, None) => Box::pin(ready(PermitRejection::Missing.into_response())),
    }
}

impl<D: Document, S> fmt::Debug for Mount<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
