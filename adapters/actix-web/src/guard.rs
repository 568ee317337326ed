//! The builder: from a policy and its handlers to actix-web's routes.

use actix_web::{FromRequest, Handler, Responder};
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Extent, MountError};
use policy_http::{Authenticator, Enablement};

use crate::framework::ActixWeb;
use crate::method::RouteMethod;
use crate::mount::{Run, run};
use crate::routes::Routes;

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    pub fn guard();

    #[must_use = "a guard serves nothing until `into_routes`"]
    pub struct Guard<D, A, E> {
        /// Whether the application answers what no template matches, below the base path too.
        otherwise: bool = false,
    }

    plan of Run;
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Guard<D, A, E> {
    /// Mounts a route outside the policy. It is the only way to serve one, and the audit lists it with its reason.
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

    /// Mounts a handler for an operation that the list leaves to the application (`elsewhere!(Operation, "reason")`). **Nothing is
    /// checked there.**
    pub fn elsewhere<O, H, T>(mut self, handler: H) -> Self
    where
        O: Operation<Document = D>,
        H: Handler<T> + Send + Sync,
        H::Output: Responder + 'static,
        T: FromRequest + 'static,
    {
        self.mount.plan.application(Some(OperationRef::of::<O>()), run(handler));
        self
    }

    /// The application, for what no template matches, **below the document's base path too**. It is for a service that is guarded step by
    /// step and has routes that its document lacks. They are added after the guard's, and so is its `default_service`. The audit has a
    /// line for it.
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. It also answers each path that would become an operation's by decoding, by merging slashes, by
    /// resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash. The application's own routes of guarded operations
    /// are never reached.
    pub fn otherwise(mut self, reason: &'static str) -> Self {
        self.mount.plan.leave(Extent::Otherwise, reason);
        self.otherwise = true;
        self
    }

    /// The routes, whether or not they fit together. If they do not, every request is answered 500, and the log and stderr
    /// say why. [`try_into_routes`](Self::try_into_routes) returns the error instead, so that `?` in `main` ends the program.
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

    /// The routes: each template as it stands in the document, concrete ones first, and one service for what matches none.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// actix-web cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_into_routes(self) -> Result<Routes, MountError> {
        let Self { authenticator, enablement, mount, options, otherwise } = self;
        let served = mount.plan.serve::<ActixWeb, _, _, _>(authenticator, enablement, options, |run| run)?;
        Ok(Routes::new(served, otherwise))
    }
}
