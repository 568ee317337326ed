//! The builder: from a policy and its handlers to a poem route.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use http::Method;
use poem::{IntoEndpoint, IntoResponse, Route};
use policy_core::{Audit, Document, Policy};
use policy_http::mount::{Framework as _, MountError, MountProblem};
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};

use crate::endpoint::{Entrance, Fallback, Unfit};
use crate::framework::{self, Poem};
use crate::mount::{Mount, OnError};

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    Guard { authenticator, enablement, mount: Mount::new(), options: Options::new(), on_error: None, beside: false }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `into_route`"]
pub struct Guard<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    mount: Mount<D>,
    options: Options<D>,
    on_error: Option<OnError>,
    beside: bool,
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
        self.mount.plan.beside(reason);
        self.beside = true;
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
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
        let Self { authenticator, enablement, mount, options, on_error, beside } = self;
        let mut problems = mount.plan.problems::<Poem>();
        if beside && mount.plan.templates().any(|template| template == "/") {
            problems.push(MountProblem::Conflict {
                framework: Poem::NAME,
                template: "/".to_owned(),
                because: "poem gives its requests to a wildcard that the application may add (`beside`)".to_owned(),
            });
        }
        MountError::check(problems)?;
        let templates = mount.plan.open::<Poem, _>(|run| run)?;
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let mut route = Route::new();
        let mut root = None;
        let taken: BTreeSet<String> = templates.iter().map(|doors| doors.template().to_owned()).collect();
        for doors in templates {
            let path = framework::route(doors.template());
            let entrance = Entrance { gate: Arc::clone(&gate), doors, on_error: on_error.clone() };
            if path == "/" {
                root = Some(entrance);
            } else {
                route = route.at(path, entrance);
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

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
