//! The builder: from a policy and its handlers to actix-web's routes.

use std::fmt;

use actix_web::{FromRequest, Handler, Responder};
use policy_core::{Audit, Document, Policy};
use policy_http::mount::MountError;
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};

use crate::entrance::Entrances;
use crate::framework::ActixWeb;
use crate::method::RouteMethod;
use crate::mount::{Mount, run};
use crate::routes::Routes;

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
#[must_use = "a guard serves nothing until `into_routes`"]
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
    pub fn unguarded<H, T>(mut self, method: impl RouteMethod, template: &str, reason: &'static str, handler: H) -> Self
    where
        H: Handler<T> + Send + Sync,
        H::Output: Responder + 'static,
        T: FromRequest + 'static,
    {
        self.mount.plan.unguarded(method.name(), template, reason, run(handler));
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
    }

    /// The routes, whether or not they fit together: where they do not, every request is answered 500, and the log and stderr
    /// say why. [`try_into_routes`](Self::try_into_routes) answers the error instead, so that `?` in `main` ends the program.
    #[must_use]
    pub fn into_routes(self) -> Routes {
        match self.try_into_routes() {
            Ok(routes) => routes,
            Err(error) => {
                error.announce();
                Routes::unfit()
            }
        }
    }

    /// The routes: each template as it stands in the document, concrete ones first, and one service for whatever matches none.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// actix-web cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_into_routes(self) -> Result<Routes, MountError> {
        let Self { authenticator, enablement, mount, options } = self;
        let templates = mount.plan.open::<ActixWeb, _>(|run| run)?;
        Ok(Routes::new(Entrances { gate: Gate::new(authenticator, enablement, options), templates }))
    }
}

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
