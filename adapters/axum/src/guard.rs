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
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    pub fn guard();

    #[must_use = "a guard serves nothing until `with_state`"]
    pub struct Guard<D, A, E, S: [Clone + Send + Sync + 'static]> {
        /// The application, if it answers what no template matches.
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
    /// operations, and gets the requests unchanged. It may have other routes, a fallback and layers, which are not reached by this.
    ///
    /// A layer that is added to the guard's router afterwards then does not see `MatchedPath`.
    pub fn elsewhere(mut self, router: Router<S>) -> Self {
        self.mount.plan.application(None, application(router));
        self.elsewhere = true;
        self
    }

    /// The application beside the policy: a router that is asked where no template matches and the path is not below the policy's
    /// base path. It may have any routes, `/{*rest}` too, and a fallback of its own; another guard's router is such a router.
    ///
    /// Below the base path the guard answers what no template matches, so that an unknown caller cannot tell which paths are
    /// operations. For a document without a base path, the guard answers only what its templates match. The audit has a line for the
    /// application.
    ///
    /// The application is never asked for a path that some reader could take for an operation's: encoded, with other slashes, with dots.
    pub fn beside(self, reason: &'static str, router: Router<S>) -> Self {
        self.leave(Extent::Beside, reason, router)
    }

    /// The application, for what no template matches, **below the policy's base path too**. It is for a service that is guarded step by
    /// step and has routes that its document lacks. A guard has one application, given here or to [`beside`](Self::beside).
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. It also answers each path that would become an operation's by decoding, by merging slashes, by
    /// resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash. The application's own routes of guarded operations
    /// are never reached. The audit has a line for the application.
    pub fn otherwise(self, reason: &'static str, router: Router<S>) -> Self {
        self.leave(Extent::Otherwise, reason, router)
    }

    fn leave(mut self, extent: Extent, reason: &'static str, router: Router<S>) -> Self {
        self.mount.plan.leave(extent, reason);
        self.application = Some(router);
        self
    }

    /// A layer that refuses routes below the policy's base path that were added to the router afterwards. Without it such a route is
    /// served like any other, unless its handler takes a permit.
    #[must_use]
    pub fn seal(&self) -> Seal {
        Seal::new(self.mount.plan.templates(), Policy::<D>::new().base_path())
    }

    /// The router, whether or not the routes fit together. If they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_with_state`](Self::try_with_state) returns the error instead, so that `?` in `main` ends the program.
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
    /// It may become part of a router with another state. Give the application's other routes to [`beside`](Self::beside) or
    /// [`otherwise`](Self::otherwise). A route that is added to the router afterwards has no permit, and [`seal`](Self::seal) refuses it. A
    /// fallback that is added afterwards replaces the guard's. A router with a fallback cannot be merged.
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
