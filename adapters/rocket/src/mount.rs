//! Mounts handlers in rocket, and prepares them to be called.

use std::sync::Arc;

use policy_core::handler_list::GuardedHandler;
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Framework, MountFault};
use rocket::futures::future::BoxFuture;
use rocket::route::Outcome;
use rocket::{Data, Request};

use crate::framework::Rocket;
use crate::guard::Mount;
use crate::handler::Handler;

/// A handler, ready to be called.
pub(crate) type Run = Arc<dyn for<'r, 'q> Fn(&'r Request<'q>, Data<'r>) -> BoxFuture<'r, Outcome<'r>> + Send + Sync>;

impl<D: Document> Mount<D> {
    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, T, M>(mut self, handler: H) -> Self
    where
        H: Handler<T> + GuardedHandler<M>,
        H::Operation: Operation<Document = D>,
        T: 'static,
    {
        let operation = OperationRef::of::<H::Operation>();
        self.check(&handler, operation.method(), operation.template());
        self.plan.handler(operation, run(handler));
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

    pub(crate) fn application<O: Operation<Document = D>, T: 'static>(&mut self, handler: impl Handler<T>) {
        let operation = OperationRef::of::<O>();
        self.check(&handler, operation.method(), operation.template());
        self.plan.application(Some(operation), run(handler));
    }

    fn check<H: Handler<T>, T>(&mut self, _: &H, method: &str, template: &str) {
        if let Some(because) = H::unfit(template) {
            let route = format!("{method} {template}");
            self.plan.fault(MountFault::Handler { framework: Rocket::NAME, route, because });
        }
    }
}

fn run<T: 'static>(handler: impl Handler<T>) -> Run {
    Arc::new(move |request: &Request<'_>, data| handler.run(request, data))
}
