//! The builder: from a policy and its handlers to an axum router.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::MethodRouter;
use http::Method;
use policy_core::{Document, Policy};
use policy_http::mount::{Extent, MountError, NoPermit, Served};
use policy_http::{Authenticator, Enablement};

use crate::elsewhere::{Unrouted, application};
use crate::endpoint::{answer, not_found};
use crate::framework::Axum;
use crate::mount::{Bind, bind};
use crate::permit::PermitRejection;
use crate::seal::Seal;

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
    pub fn guard();

    #[must_use = "a guard serves nothing until `with_state`"]
    pub struct Guard<D, A, E, S: [Clone + Send + Sync + 'static]> {
        /// The application, where it answers what no template matches.
        application: Option<Router<S>> = None,
        elsewhere: bool = false,
    }

    plan of Bind<S>;
}

impl<D, A, E, S> Guard<D, A, E, S>
where
    D: Document,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
{
    /// Mounts a route outside the policy. It is the only way to serve one, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded(
        mut self,
        method: Method,
        template: &str,
        reason: &'static str,
        handler: MethodRouter<S, Infallible>,
    ) -> Self {
        self.mount.plan.unguarded(method.as_str(), template, reason, bind(handler));
        self
    }

    /// The application's own router, which serves the operations that the list leaves to it
    /// (`elsewhere!(Operation, "reason")`). **Nothing is checked there.** It is asked for exactly the methods and paths of these
    /// operations, as they arrived, and may have any other routes, a fallback and layers: they are not reached by this.
    ///
    /// A layer that is added to the guard's router afterwards does not see `MatchedPath` then.
    pub fn elsewhere(mut self, router: Router<S>) -> Self {
        self.mount.plan.application(None, application(router));
        self.elsewhere = true;
        self
    }

    /// The application beside the policy: a router that is asked where no template matches and the path is not below the policy's
    /// base path. It may have any routes, `/{*rest}` too, and a fallback of its own; another guard's router is such a router.
    ///
    /// Below the base path the guard answers whatever no template matches, so that an unknown caller cannot tell an operation
    /// from nothing. A document without a base path claims only what its templates match. The audit has a line of it.
    ///
    /// It is never asked for a path that some reader could take for one of the guard's: encoded, with other slashes, with dots.
    pub fn beside(self, reason: &'static str, router: Router<S>) -> Self {
        self.leave(Extent::Beside, reason, router)
    }

    /// The application, for whatever no template matches, **below the policy's base path too**: a service that is guarded step by step
    /// and has routes that its document does not have. A guard has one application, by this or by [`beside`](Self::beside).
    ///
    /// An unknown caller then learns which paths are operations: those are answered 401. A template that lacks the method is still the
    /// guard's, and so is a path that decoding, merging slashes, resolving dots, cutting off what follows a `;` or taking `\` for a slash
    /// would make an operation's. Own routes of operations that are guarded are never reached. The audit has a line of it.
    pub fn otherwise(self, reason: &'static str, router: Router<S>) -> Self {
        self.leave(Extent::Otherwise, reason, router)
    }

    fn leave(mut self, extent: Extent, reason: &'static str, router: Router<S>) -> Self {
        self.mount.plan.leave(extent, reason);
        self.application = Some(router);
        self
    }

    /// A layer that refuses, below the policy's base path, what is routed to none of the guard's routes: one that was added to the
    /// router afterwards. Without it such a route is served as any other, unless its handler takes a permit.
    #[must_use]
    pub fn seal(&self) -> Seal {
        Seal::new(self.mount.plan.templates(), Policy::<D>::new().base_path())
    }

    /// The router, whether or not the routes fit together: where they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_with_state`](Self::try_with_state) answers the error instead, so that `?` in `main` ends the program.
    pub fn with_state<S2: Clone + Send + Sync + 'static>(self, state: S) -> Router<S2> {
        match self.try_with_state(state) {
            Ok(router) => router,
            Err(error) => {
                error.announce();
                Router::new().fallback(async || PermitRejection(NoPermit::Missing).into_response())
            }
        }
    }

    /// The router: each template as it stands in the document, and one fallback.
    ///
    /// It may become part of a router with another state. What else the application serves goes to [`beside`](Self::beside) or
    /// [`otherwise`](Self::otherwise). A route that is added to the router afterwards has no permit ([`seal`](Self::seal) refuses it), a
    /// fallback that is added takes the guard's place, and a router with a fallback cannot be merged.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// axum cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_with_state<S2: Clone + Send + Sync + 'static>(self, state: S) -> Result<Router<S2>, MountError> {
        let Self { authenticator, enablement, mount, options, application, elsewhere } = self;
        let bind = |bind: Bind<S>| bind(state.clone());
        let Served { gate, endpoints, unclaimed, .. } =
            mount.plan.serve::<Axum, _, _, _>(authenticator, enablement, options, bind)?;
        let application = application.map(|router| (router.with_state::<()>(state), unclaimed));
        // axum 0.7's `:name` and `*name` are literals here, as they are in the document.
        let mut router = Router::<()>::new().without_v07_checks();
        for endpoint in endpoints {
            let template = endpoint.template().to_owned();
            let endpoint = Arc::new(endpoint);
            let service = tower::service_fn(move |request: Request| answer(Arc::clone(&endpoint), request));
            router = router.route_service(&template, service);
        }
        let router = router.fallback_service(tower::service_fn(move |request: Request| {
            not_found(Arc::clone(&gate), application.clone(), request)
        }));
        Ok(if elsewhere { Unrouted::keep(router) } else { router.with_state(()) })
    }
}
