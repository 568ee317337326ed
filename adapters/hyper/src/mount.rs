//! Mounts handlers in the service, and prepares them to be called.

use std::future::Future;
use std::pin::Pin;

use http::{Request, Response};
use policy_core::{Allowed, Document, OperationRef};
use policy_http::mount::{NoPermit, tell_once};
use tower_layer::Layer;

use crate::call::Call;
use crate::guard::Mount;
use crate::handler::{Answer, Handler};
use crate::layer::layered;
use crate::service::Service;

pub(crate) type Running<R> = Pin<Box<dyn Future<Output = Response<R>> + Send>>;

/// A handler of an operation, ready to be called with the allowed request. It runs only if that is a request for its operation.
pub(crate) type RunGuarded<D, S, B, R> =
    Box<dyn Fn(Allowed<D>, Call<S, B>) -> Result<Running<R>, NoPermit> + Send + Sync>;

/// A handler outside the policy, ready to be called.
pub(crate) type RunUnguarded<S, B, R> = Box<dyn Fn(Call<S, B>) -> Running<R> + Send + Sync>;

/// What an endpoint runs.
pub(crate) enum Run<D: Document, S, B, R> {
    Operation(RunGuarded<D, S, B, R>),
    Unguarded(RunUnguarded<S, B, R>),
}

/// What an endpoint runs, as soon as it is known how a body is made of a text.
pub(crate) type Bind<D, S, B, R> = Box<dyn FnOnce(fn(String) -> R) -> Run<D, S, B, R> + Send>;

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
        self.plan.handler(OperationRef::of::<H::Operation>(), Box::new(move |_| Run::Operation(run)));
        self
    }

    /// Puts a tower layer around the handler that was mounted last: `handlers![import.layer(ConcurrencyLimitLayer::new(4))]`.
    ///
    /// It runs after the decision, so that it sees only allowed requests. The permit and the parameters of the path are kept in the
    /// request's extensions, and the layer must pass the request on with them. The layer's service returns the guard's own body, and its
    /// error is an [`Answer`] too.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Service<B, R>> + Send + 'static,
        L::Service: tower_service::Service<Request<B>, Response: Answer<R>, Error: Answer<R>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        S: Send,
        B: Send,
        R: Send,
    {
        self.plan.change_last_handler(|bind| Box::new(move |body| layered(layer, bind(body), body)));
        self
    }
}

/// A handler outside the policy, for the plan.
pub(crate) fn bind<D, S, B, R, F, Fut>(handler: F) -> Bind<D, S, B, R>
where
    D: Document,
    S: 'static,
    B: 'static,
    R: 'static,
    F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: Answer<R>> + Send + 'static,
{
    let run = unguarded(handler);
    Box::new(move |_| Run::Unguarded(run))
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
