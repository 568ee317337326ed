//! The builder: from a policy and its handlers to a poem route.

use std::fmt;
use std::sync::Arc;

use http::Method;
use poem::{IntoEndpoint, Route};
use policy_core::{Audit, Document, Policy};
use policy_http::mount::MountError;
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};

use crate::endpoint::{Entrance, Fallback, Unfit};
use crate::framework::{self, Poem};
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
#[must_use = "a guard serves nothing until `into_route`"]
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
    /// It serves exactly this method; HEAD is not implied.
    pub fn unguarded(
        mut self,
        method: Method,
        template: &str,
        reason: &'static str,
        endpoint: impl IntoEndpoint<Endpoint: 'static>,
    ) -> Self {
        self.mount.unguarded(method.as_str(), template, reason, endpoint.into_endpoint());
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
    }

    /// The route. Where the handlers do not fit together, every request is answered 500 and the log says why;
    /// [`try_into_route`](Self::try_into_route) answers the error instead.
    #[must_use]
    pub fn into_route(self) -> Route {
        match self.try_into_route() {
            Ok(route) => route,
            Err(error) => {
                tracing::error!(target: "policy", "{error}");
                Route::new().at(framework::rest(), Unfit)
            }
        }
    }

    /// The route: each template, and one endpoint for whatever matches none of them.
    ///
    /// A route that is added to it afterwards has no permit. Where the document's templates have the prefix in them, mount it
    /// beside others with `nest_no_strip("/v1", route)`; `nest` cuts the prefix off.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// poem cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_into_route(self) -> Result<Route, MountError> {
        let Self { authenticator, enablement, mount, options } = self;
        let templates = mount.plan.open::<Poem, _>(|run| run)?;
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let mut route = Route::new();
        let mut root = None;
        for doors in templates {
            let path = framework::route(doors.template());
            let entrance = Entrance { gate: Arc::clone(&gate), doors };
            if path == "/" {
                root = Some(entrance);
            } else {
                route = route.at(path, entrance);
            }
        }
        Ok(route.at(framework::rest(), Fallback { gate, root }))
    }
}

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
