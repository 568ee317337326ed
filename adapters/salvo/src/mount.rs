//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Framework, MountProblem, Plan};

use crate::framework::Salvo;
use crate::handler::{Goal, Handler};

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn salvo_core::Handler>;

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
        if let Some(because) = H::unfit(operation.template()) {
            let route = operation.to_string();
            self.uncallable.push(MountProblem::Handler { framework: Salvo::NAME, route, because });
        }
        self.plan.operation::<H::Operation>(Arc::new(Goal::new(handler, operation.template())));
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
        handler: impl salvo_core::Handler,
    ) {
        self.plan.unguarded(method, template, reason, Arc::new(handler));
    }
}

impl<D: Document> fmt::Debug for Mount<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
