//! The builder: from a policy and its handlers to an axum router.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::MethodRouter;
use http::Method;
use policy_core::{Audit, Document, Policy};
use policy_http::mount::{MountError, Slot};
use policy_http::{Authenticator, Drive, Enablement, Gate, HeadRef, Options};
use tower::ServiceExt as _;

use crate::door::{Entrance, without_body};
use crate::framework::Axum;
use crate::mount::Mount;
use crate::permit::PermitRejection;

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E, S>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E, S>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
{
    Guard { authenticator, enablement, mount: Mount::new(), options: Options::new(), beside: None }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `with_state`"]
pub struct Guard<D: Document, A, E, S> {
    authenticator: A,
    enablement: E,
    mount: Mount<D, S>,
    options: Options<D>,
    beside: Option<Router<S>>,
}

impl<D, A, E, S> Guard<D, A, E, S>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
{
    /// Mounts the handlers of the policy's operations: `.handlers(handlers![list, get, pending!(Later, "why")])`.
    pub fn handlers(mut self, list: impl FnOnce(Mount<D, S>) -> Mount<D, S>) -> Self {
        self.mount = list(self.mount);
        self
    }

    /// Mounts a route outside the policy: the only other door, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded(
        mut self,
        method: Method,
        template: &str,
        reason: &'static str,
        handler: MethodRouter<S, Infallible>,
    ) -> Self {
        self.mount.unguarded(method.as_str(), template, reason, handler);
        self
    }

    /// The application beside the policy: a router that is asked where no template matches and the path is not below the policy's
    /// base path. It may have any routes, `/{*rest}` too, and a fallback of its own; another guard's router is such a router.
    ///
    /// Below the base path the guard answers whatever no template matches, so that an unknown caller cannot tell an operation
    /// from nothing. A document without a base path claims only what its templates match. The audit has a line of it.
    pub fn beside(mut self, reason: &'static str, router: Router<S>) -> Self {
        self.mount.plan.beside(reason);
        self.beside = Some(router);
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
    }

    /// The router, whether or not the routes fit together: where they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_with_state`](Self::try_with_state) answers the error instead, so that `?` in `main` ends the program.
    pub fn with_state(self, state: S) -> Router {
        match self.try_with_state(state) {
            Ok(router) => router,
            Err(error) => {
                error.announce();
                Router::new().fallback(async || PermitRejection::Missing.into_response())
            }
        }
    }

    /// The router: each template as it stands in the document, and one fallback.
    ///
    /// What else the application serves goes to [`beside`](Self::beside). A route that is added to the router afterwards has no
    /// permit, a fallback that is added takes the guard's place, and a router with a fallback cannot be merged.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// axum cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_with_state(self, state: S) -> Result<Router, MountError> {
        let Self { authenticator, enablement, mount, options, beside } = self;
        let templates = mount.plan.open::<Axum, _>(|bind| bind(state.clone()))?;
        let beside = beside.map(|router| router.with_state::<()>(state));
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        // axum 0.7's `:name` and `*name` are literals here, as they are in the document.
        let mut router = Router::new().without_v07_checks();
        for doors in templates {
            let template = doors.template().to_owned();
            let entrance = Arc::new(Entrance { gate: Arc::clone(&gate), doors });
            let service = tower::service_fn(move |request: Request| Arc::clone(&entrance).answer(request));
            router = router.route_service(&template, service);
        }
        Ok(router.fallback_service(tower::service_fn(move |mut request: Request| {
            let (gate, beside) = (Arc::clone(&gate), beside.clone());
            async move {
                if let Some(beside) = beside.filter(|_| gate.is_beside(&HeadRef::from(&request))) {
                    // Whatever an outer guard allowed was not this.
                    request.extensions_mut().remove::<Slot>();
                    return beside.oneshot(request).await;
                }
                let (parts, _body) = request.into_parts();
                let answer = gate.not_found(&parts).await.map(Body::from);
                Ok::<_, Infallible>(if parts.method == Method::HEAD { without_body(answer) } else { answer })
            }
        })))
    }
}

impl<D: Document, A, E, S> fmt::Debug for Guard<D, A, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
