//! Mounts handlers in salvo, and prepares them to be called.

use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Framework, MountFault};
use salvo_core::{Depot, FlowCtrl, Request, Response, async_trait};

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

    /// Puts a hoop before the handler that was mounted last: `handlers![import.layer(max_size(1024))]`.
    ///
    /// It runs after the decision and before the handler's extractors, so that it sees only allowed requests.
    pub fn layer(mut self, hoop: impl salvo_core::Handler) -> Self {
        self.plan.change_last_handler(|goal| Arc::new(Behind { hoop: Arc::new(hoop), goal }));
        self
    }
}

/// A handler with a hoop before it.
struct Behind {
    hoop: Run,
    goal: Run,
}

#[async_trait]
impl salvo_core::Handler for Behind {
    async fn handle(&self, request: &mut Request, depot: &mut Depot, response: &mut Response, _: &mut FlowCtrl) {
        let mut flow = FlowCtrl::new(vec![Arc::clone(&self.hoop), Arc::clone(&self.goal)]);
        flow.call_next(request, depot, response).await;
    }
}
