//! The builder: from a policy and its handlers to a salvo router.

use std::fmt;
use std::sync::Arc;

use http::Method;
use policy_core::{Audit, Document, Policy};
use policy_http::mount::MountError;
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};
use salvo_core::{Handler, Router};

use crate::entrance::{Entrance, Fallback, Unfit};
use crate::framework::{REST, Salvo};
use crate::mount::Mount;

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    Guard { authenticator, enablement, mount: Mount::new(), options: Options::new() }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `into_router`"]
pub struct Guard<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    mount: Mount<D>,
    options: Options<D>,
}

impl<D, A, E> Guard<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    /// Mounts the handlers of the policy's operations: `.handlers(handlers![list, get, pending!(Later, "why")])`.
    pub fn handlers(mut self, list: impl FnOnce(Mount<D>) -> Mount<D>) -> Self {
        self.mount = list(self.mount);
        self
    }

    /// Mounts a route outside the policy: the only other door, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded(mut self, method: Method, template: &str, reason: &'static str, handler: impl Handler) -> Self {
        self.mount.unguarded(method.as_str(), template, reason, handler);
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
    }

    /// The router. Where the handlers do not fit together, every request is answered 500 and the log says why;
    /// [`try_into_router`](Self::try_into_router) answers the error instead.
    #[must_use]
    pub fn into_router(self) -> Router {
        match self.try_into_router() {
            Ok(router) => router,
            Err(error) => {
                tracing::error!(target: "policy", "{error}");
                Router::new().push(Router::with_path(REST).goal(Unfit))
            }
        }
    }

    /// The router: each template as it stands in the document, and one handler for whatever matches none of them.
    ///
    /// That one takes every path, so a route that is pushed afterwards is never reached. One that is put in front
    /// (`unshift`) has no permit. Push the router below another with a path to serve it under a prefix.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// salvo cannot serve exactly, an unguarded route in an operation's place, a handler that salvo cannot call.
    pub fn try_into_router(self) -> Result<Router, MountError> {
        let Self { authenticator, enablement, mount, options } = self;
        let mut problems = mount.plan.problems::<Salvo>();
        problems.extend(mount.uncallable);
        MountError::check(problems)?;
        let templates = mount.plan.open::<Salvo, _>(|run| run)?;
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let mut router = Router::new();
        for doors in templates {
            let route = match doors.template() {
                // A filter for the root would be no filter, and salvo warns of it.
                "/" => Router::new(),
                template => Router::with_path(template),
            };
            router = router.push(route.goal(Entrance { gate: Arc::clone(&gate), doors }));
        }
        Ok(router.push(Router::with_path(REST).goal(Fallback { gate })))
    }
}

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
