//! What is a handler of this service, and how it becomes one that runs.

use std::future::Future;
use std::pin::Pin;

use http::Response;
use policy_core::{Allowed, Document, OperationRef};
use policy_http::mount::{NoPermit, tell_once};

use crate::call::Call;
use crate::guard::Mount;
use crate::handler::{Answer, Handler};

pub(crate) type Running<R> = Pin<Box<dyn Future<Output = Response<R>> + Send>>;

/// A handler of an operation, ready to be called with what was allowed: it takes its permit out, or does not run.
type RunGuarded<D, S, B, R> = Box<dyn Fn(Allowed<D>, Call<S, B>) -> Result<Running<R>, NoPermit> + Send + Sync>;

/// A handler outside the policy, ready to be called.
pub(crate) type RunUnguarded<S, B, R> = Box<dyn Fn(Call<S, B>) -> Running<R> + Send + Sync>;

/// What runs behind an endpoint.
pub(crate) enum Run<D: Document, S, B, R> {
    Operation(RunGuarded<D, S, B, R>),
    Unguarded(RunUnguarded<S, B, R>),
}

impl<D, S, B, R> Mount<D, S, B, R>
where
    D: Document,
    S: 'static,
    B: 'static,
    R: 'static,
{
    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, M>(mut self, handler: H) -> Self
    where
        H: Handler<M, D, S, B, R>,
    {
        let run: RunGuarded<D, S, B, R> = Box::new(move |allowed, call| match allowed.into_permit::<H::Operation>() {
            Ok(permit) => Ok(Box::pin(handler.call(permit, call))),
            Err(foreign) => {
                tracing::error!(target: "policy", %foreign, "no permit for the handler; it did not run");
                tell_once(format_args!("a handler did not run, and 500 was answered: {foreign}"));
                Err(NoPermit::Foreign)
            }
        });
        self.plan.handler(OperationRef::of::<H::Operation>(), Run::Operation(run));
        self
    }
}

/// A handler outside the policy.
pub(crate) fn unguarded<S, B, R, F, Fut>(handler: F) -> RunUnguarded<S, B, R>
where
    F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: Answer<R>> + Send + 'static,
{
    Box::new(move |call| {
        let answer = handler(call);
        Box::pin(async { answer.await.into_response() })
    })
}
