//! The list of handlers, as `handlers!` fills it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::Response;
use policy_core::{Allowed, Document, Operation};
use policy_http::mount::{NoPermit, Plan, tell_once};

use crate::call::Call;
use crate::handler::{Answer, Handler};

pub(crate) type Running<R> = Pin<Box<dyn Future<Output = Response<R>> + Send>>;

/// A handler, ready to be called with what was allowed: it takes its permit out, or does not run.
type Guarded<D, S, B, R> = Box<dyn Fn(Allowed<D>, Call<S, B>) -> Result<Running<R>, NoPermit> + Send + Sync>;

/// What runs for a request outside the policy.
pub(crate) type Beside<S, B, R> = Box<dyn Fn(Call<S, B>) -> Running<R> + Send + Sync>;

/// What runs behind a door.
pub(crate) enum Run<D: Document, S, B, R> {
    Operation(Guarded<D, S, B, R>),
    Unguarded(Beside<S, B, R>),
}

/// Takes handlers, each to the method and template of its operation. What `handlers!` expands to calls it.
#[must_use = "a handler list serves nothing until `Guard::handlers` has it"]
pub struct Mount<D: Document, S, B, R> {
    pub(crate) plan: Plan<D, Run<D, S, B, R>>,
    /// Method and template of the routes outside the policy.
    pub(crate) unguarded: Vec<(String, String)>,
    /// What answers beside the policy, where no template matches.
    pub(crate) beside: Option<Beside<S, B, R>>,
}

impl<D, S, B, R> Mount<D, S, B, R>
where
    D: Document,
    S: 'static,
    B: 'static,
    R: 'static,
{
    pub(crate) fn new() -> Self {
        Self { plan: Plan::new(), unguarded: Vec::new(), beside: None }
    }

    /// Mounts a handler. Its first parameter, a [`Permit`](crate::Permit), says for which operation.
    pub fn handler<H, M>(mut self, handler: H) -> Self
    where
        H: Handler<M, D, S, B, R>,
    {
        let run: Guarded<D, S, B, R> = Box::new(move |allowed, call| match allowed.into_permit::<H::Operation>() {
            Ok(permit) => Ok(Box::pin(handler.call(permit, call))),
            Err(foreign) => {
                tracing::error!(target: "policy", %foreign, "no permit for the handler; it did not run");
                tell_once(format_args!("a handler did not run, and 500 was answered: {foreign}"));
                Err(NoPermit::Foreign)
            }
        });
        self.plan.operation::<H::Operation>(Run::Operation(run));
        self
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(mut self, reason: &'static str) -> Self {
        self.plan.pending::<O>(reason);
        self
    }

    pub(crate) fn unguarded<F, Fut>(&mut self, method: &str, template: &str, reason: &'static str, handler: F)
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.plan.unguarded(method, template, reason, Run::Unguarded(boxed(handler)));
        self.unguarded.push((method.into(), template.into()));
    }

    pub(crate) fn beside<F, Fut>(&mut self, reason: &'static str, handler: F)
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.plan.beside(reason);
        self.beside = Some(boxed(handler));
    }
}

/// A handler outside the policy, ready to be called.
fn boxed<S, B, R, F, Fut>(handler: F) -> Beside<S, B, R>
where
    F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: Answer<R>> + Send + 'static,
{
    Box::new(move |call| {
        let answer = handler(call);
        Box::pin(async { answer.await.into_response() })
    })
}

impl<D: Document, S, B, R> fmt::Debug for Mount<D, S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plan.fmt(f)
    }
}
