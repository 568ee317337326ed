//! The builder: from a policy and its handlers to a poem route.

use std::sync::Arc;

use http::Method;
use poem::endpoint::BoxEndpoint;
use poem::{EndpointExt, IntoEndpoint, IntoResponse, Route};
use policy_core::{Document, Operation, OperationRef};
use policy_http::mount::{Extent, Framework as _, MountError, MountFault, Served};
use policy_http::{Authenticator, Enablement};

use crate::endpoint::{Fallback, Guarded, Template, Unfit};
use crate::framework::{self, Poem};
use crate::mount::{OnError, Run, run};

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    pub fn guard();

    #[must_use = "a guard serves nothing until `into_route`"]
    pub struct Guard<D, A, E> {
        on_error: Option<OnError> = None,
        /// The application, if it answers what no template matches.
        application: Option<BoxEndpoint<'static>> = None,
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

    /// Mounts a handler for an operation that the list leaves to the application (`elsewhere!(Operation, "reason")`). **Nothing is
    /// checked there.**
    pub fn elsewhere<O: Operation<Document = D>>(mut self, endpoint: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        self.mount.plan.application(Some(OperationRef::of::<O>()), run(endpoint.into_endpoint()));
        self
    }

    /// The application's own answer to the errors of handlers and extractors. poem's `catch_all_error` never gets these errors, because the
    /// guard's answers are final and must carry its headers.
    ///
    /// A denial is not one of these errors ([`denials`](Self::denials)).
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

    /// The application beside the policy: an endpoint, such as a `Route`, that is asked where no template matches and the path is not
    /// below the policy's base path. It may have any routes, `/*rest` too; another guard's route is such an endpoint. The guard then ends
    /// with [`try_into_endpoint`](Self::try_into_endpoint).
    ///
    /// Below the base path the guard answers what no template matches, so that an unknown caller cannot tell which paths are
    /// operations. For a document without a base path, the guard answers only what its templates match. The audit has a line for the
    /// application.
    ///
    /// The application is never asked for a path that some reader could take for an operation's: encoded, with other slashes, with dots.
    pub fn beside(self, reason: &'static str, endpoint: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        self.leave(Extent::Beside, reason, endpoint)
    }

    /// The application, for what no template matches, **below the policy's base path too**. It is for a service that is guarded step by
    /// step and has routes that its document lacks. A guard has one application, given here or to [`beside`](Self::beside), and ends with
    /// [`try_into_endpoint`](Self::try_into_endpoint).
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. It also answers each path that would become an operation's by decoding, by merging slashes, by
    /// resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash. The application's own routes of guarded operations
    /// are never reached. The audit has a line for the application.
    pub fn otherwise(self, reason: &'static str, endpoint: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        self.leave(Extent::Otherwise, reason, endpoint)
    }

    fn leave(mut self, extent: Extent, reason: &'static str, endpoint: impl IntoEndpoint<Endpoint: 'static>) -> Self {
        self.mount.plan.leave(extent, reason);
        self.application = Some(endpoint.into_endpoint().map_to_response().boxed());
        self
    }

    /// The route, whether or not the handlers fit together. If they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_into_route`](Self::try_into_route) returns the error instead, so that `?` in `main` ends the program.
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

    /// The route: each template, and one endpoint for what matches none of them.
    ///
    /// A route that is added to it afterwards has no permit. If the document's templates contain the prefix, mount it with
    /// `nest_no_strip("/v1", route)`, since `nest` cuts the prefix off.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// poem cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_into_route(mut self) -> Result<Route, MountError> {
        if self.application.is_some() {
            self.mount.plan.fault(MountFault::Conflict {
                framework: Poem::NAME,
                template: "the application".to_owned(),
                because:
                    "in a `Route` its handlers would get one parameter more; end the guard with `try_into_endpoint`"
                        .to_owned(),
            });
        }
        self.serve().map(|guarded| guarded.route)
    }

    /// The route together with the application, as one endpoint.
    ///
    /// # Errors
    /// [`MountError`], as for [`try_into_route`](Self::try_into_route).
    pub fn try_into_endpoint(self) -> Result<Guarded, MountError> {
        self.serve()
    }

    fn serve(self) -> Result<Guarded, MountError> {
        let Self { authenticator, enablement, mount, options, on_error, application } = self;
        let Served { gate, endpoints, unclaimed, .. } =
            mount.plan.serve::<Poem, _, _, _>(authenticator, enablement, options, |run| run)?;
        let mut route = Route::new();
        let mut root = None;
        for endpoint in endpoints {
            let path = framework::route(endpoint.template());
            let template = Template { endpoint, on_error: on_error.clone() };
            if path == "/" {
                root = Some(template);
            } else {
                route = route.at(path, template);
            }
        }
        let route = route.at(framework::rest(""), Fallback { gate, root });
        Ok(Guarded { route, application: application.map(|application| (application, unclaimed)) })
    }
}
