//! The builder: from a policy and its handlers to a poem route.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use poem::{IntoEndpoint, IntoResponse, Route};
use policy_core::{Document, Operation, OperationRef, Policy};
use policy_http::mount::{Framework as _, MountError, MountFault, Served};
use policy_http::{Authenticator, Enablement};

use crate::endpoint::{Fallback, Template, Unfit};
use crate::framework::{self, Poem};
use crate::mount::{OnError, Run, run};

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
    pub fn guard();

    #[must_use = "a guard serves nothing until `into_route`"]
    pub struct Guard<D, A, E> {
        on_error: Option<OnError> = None,
        beside: bool = false,
    }

    plan of Run;
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Guard<D, A, E> {
    /// Mounts a route outside the policy. It is the only way to serve one, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded(
        mut self,
        method: Method,
        template: &str,
        reason: &'static str,
        endpoint: impl IntoEndpoint<Endpoint: 'static>,
    ) -> Self {
        self.mount.plan.unguarded(method.as_str(), template, reason, run(endpoint.into_endpoint()));
        self
    }

    /// What serves an operation that the list leaves to the application (`elsewhere!(Operation, "reason")`). **Nothing is checked
    /// there.**
    pub fn elsewhere<O: Operation<Document = D>>(mut self, endpoint: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        self.mount.plan.application(Some(OperationRef::of::<O>()), run(endpoint.into_endpoint()));
        self
    }

    /// The application's own answer to the error of a handler or of an extractor, as poem's `catch_all_error` has it elsewhere:
    /// that one never sees them, because the guard's answers are final and must carry its headers.
    ///
    /// A denial is none of these errors ([`denials`](Self::denials)).
    pub fn catch_all_error<F, Fut, R>(mut self, on_error: F) -> Self
    where
        F: Fn(poem::Error) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: IntoResponse,
    {
        self.on_error = Some(Arc::new(move |error| {
            let answer = on_error(error);
            Box::pin(async { answer.await.into_response() })
        }));
        self
    }

    /// Leaves to the application what no template matches and what is not below the policy's base path: its own routes are then
    /// added to the guard's (`.at("/*rest", …)`, `.nest("/shop", …)`), and what matches none of them is poem's `NotFoundError`.
    ///
    /// Below the base path the guard answers whatever no template matches, so that an unknown caller cannot tell an operation
    /// from nothing. A document without a base path claims only what its templates match. The audit has a line of it.
    pub fn beside(mut self, reason: &'static str) -> Self {
        self.mount.plan.leave(policy_http::mount::Extent::Beside, reason);
        self.beside = true;
        self
    }

    /// The route, whether or not the handlers fit together: where they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_into_route`](Self::try_into_route) answers the error instead, so that `?` in `main` ends the program.
    #[must_use]
    pub fn into_route(self) -> Route {
        match self.try_into_route() {
            Ok(route) => route,
            Err(error) => {
                error.announce();
                Route::new().at(framework::rest(""), Unfit)
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
        let Self { authenticator, enablement, mut mount, options, on_error, beside } = self;
        if beside && mount.plan.templates().any(|template| template == "/") {
            mount.plan.fault(MountFault::Conflict {
                framework: Poem::NAME,
                template: "/".to_owned(),
                because: "poem gives its requests to a wildcard that the application may add (`beside`)".to_owned(),
            });
        }
        let Served { gate, endpoints, .. } =
            mount.plan.serve::<Poem, _, _, _>(authenticator, enablement, options, |run| run)?;
        let mut route = Route::new();
        let mut root = None;
        let taken: BTreeSet<String> = endpoints.iter().map(|endpoint| endpoint.template().to_owned()).collect();
        for endpoint in endpoints {
            let path = framework::route(endpoint.template());
            let template = Template { endpoint, on_error: on_error.clone() };
            if path == "/" {
                root = Some(template);
            } else {
                route = route.at(path, template);
            }
        }
        if !beside {
            return Ok(route.at(framework::rest(""), Fallback { gate, root }));
        }
        match Policy::<D>::new().base_path().trim_end_matches('/') {
            "" => Ok(route),
            base => {
                if !taken.contains(base) {
                    route = route.at(base, Fallback { gate: Arc::clone(&gate), root: None });
                }
                Ok(route.at(framework::rest(base), Fallback { gate, root: None }))
            }
        }
    }
}
