//! The list of handlers, as `handlers!` fills it.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::MethodRouter;
use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use tower::ServiceExt;

/// A handler with its state, ready to be called.
pub(crate) type Run = Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Send + Sync>;

/// A handler that waits for its state.
pub(crate) type Bind<S> = Box<dyn FnOnce(S) -> Run + Send>;

/// Who may pass, and what is behind.
pub(crate) enum Kind<S, D> {
    /// An operation and its handler.
    Operation(OperationRef<D>, Bind<S>),
    /// An operation without a handler, and why.
    Pending(OperationRef<D>, &'static str),
    /// A route outside the policy, and why.
    Unguarded(&'static str, Bind<S>),
}

/// A route that is to be mounted.
pub(crate) struct Planned<S, D> {
    pub(crate) method: String,
    pub(crate) template: String,
    pub(crate) kind: Kind<S, D>,
}

impl<S, D: Document> Planned<S, D> {
    pub(crate) fn operation(&self) -> Option<OperationRef<D>> {
        match self.kind {
            Kind::Operation(operation, _) | Kind::Pending(operation, _) => Some(operation),
            Kind::Unguarded(..) => None,
        }
    }

    pub(crate) fn route(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

/// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
#[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
pub struct Mount<D: Document, S> {
    pub(crate) routes: Vec<Planned<S, D>>,
}

impl<D, S> Mount<D, S>
where
    D: Document,
    S: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T, S> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        let operation = OperationRef::of::<H::Operation>();
        let bind: Bind<S> = Box::new(move |state: S| -> Run {
            Arc::new(move |request| Box::pin(handler.clone().call(request, state.clone())))
        });
        self.add(operation.method(), operation.template(), Kind::Operation(operation, bind));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        let operation = OperationRef::of::<O>();
        self.add(operation.method(), operation.template(), Kind::Pending(operation, reason));
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
        self.add(method, template, Kind::Unguarded(reason, bind));
    }

    fn add(&mut self, method: &str, template: &str, kind: Kind<S, D>) {
        self.routes.push(Planned { method: method.into(), template: template.into(), kind });
    }
}

impl<D: Document, S> fmt::Debug for Mount<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(Planned::route)).finish()
    }
}
