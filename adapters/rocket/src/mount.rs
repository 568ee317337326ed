//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Framework, MountProblem, Plan};
use rocket::futures::future::BoxFuture;
use rocket::route::Outcome;
use rocket::{Data, Request};

use crate::framework::Rocket;
use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn for<'r, 'q> Fn(&'r Request<'q>, Data<'r>) -> BoxFuture<'r, Outcome<'r>> + Send + Sync>;

/// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
#[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
pub struct Mount<D: Document> {
    pub(crate) plan: Plan<D, Run>,
    pub(crate) uncallable: Vec<MountProblem>,
}

impl<D: Document> Mount<D> {
    pub(crate) fn new() -> Self {
        Self { plan: Plan::new(), uncallable: Vec::new() }
    }

    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        let operation = OperationRef::of::<H::Operation>();
        self.check(&handler, operation.method(), operation.template());
        self.plan.operation::<H::Operation>(run(handler));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        self.plan.pending::<O>(reason);
        self
    }

    pub(crate) fn unguarded<T: 'static>(
        &mut self,
        method: &str,
        template: &str,
        reason: &'static str,
        handler: impl Handler<T>,
    ) {
        self.check(&handler, method, template);
        self.plan.unguarded(method, template, reason, run(handler));
    }

    fn check<H: Handler<T>, T>(&mut self, _: &H, method: &str, template: &str) {
        if let Some(because) = H::unfit(template) {
            let route = format!("{method} {template}");
            self.uncallable.push(MountProblem::Handler { framework: Rocket::NAME, route, because });
        }
    }
}

fn run<T: 'static>(handler: impl Handler<T>) -> Run {
    Arc::new(move |request: &Request<'_>, data| handler.run(request, data))
}

impl<D: Document> fmt::Debug for Mount<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
