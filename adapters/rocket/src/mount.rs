//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation};
use policy_http::mount::Plan;
use rocket::futures::future::BoxFuture;
use rocket::route::Outcome;
use rocket::{Data, Request};

use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn for<'r, 'q> Fn(&'r Request<'q>, Data<'r>) -> BoxFuture<'r, Outcome<'r>> + Send + Sync>;

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
        self.plan.operation::<H::Operation>(run(handler));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        self.plan.pending::<O>(reason);
        self
    }
}

pub(crate) fn run<T: 'static>(handler: impl Handler<T>) -> Run {
    Arc::new(move |request: &Request<'_>, data| handler.run(request, data))
}

impl<D: Document> fmt::Debug for Mount<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
