//! What is a handler of salvo's, and how it becomes one that runs.

use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Framework, MountFault};

use crate::framework::Salvo;
use crate::guard::Mount;
use crate::handler::{Goal, Handler};

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn salvo_core::Handler>;

impl<D: Document> Mount<D> {
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
            self.plan.fault(MountFault::Handler { framework: Salvo::NAME, route, because });
        }
        self.plan.handler(operation, Arc::new(Goal::new(handler, operation.template())));
        self
    }
}
