//! The builder: from a policy and its handlers to a service.

use std::future::Future;
use std::sync::Arc;

use http::Method;
use http_body::Body;
use policy_core::{Document, Policy};
use policy_http::mount::{Extent, Framework, MountError, MountFault, NoPermit};
use policy_http::{Authenticator, Enablement};
use policy_router::{OwnedRouter, Router};

use crate::call::Call;
use crate::endpoint::Shared;
use crate::framework::Hyper;
use crate::handler::Answer;
use crate::mount::{Bind, RunUnguarded, bind, unguarded};
use crate::routes::{PolicyRouter, RouteTable};
use crate::service::Service;

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    ///
    /// `body` makes a response body of a text, such as `Full::from`.
    pub fn guard(body: fn(String) -> R);

    #[must_use = "a guard serves nothing until `service`"]
    pub struct Guard<D, A, E, S: [Clone + Send + Sync + 'static], B: [Send + 'static], R: [Body + Send + 'static]> {
        router: Option<&'static Router<'static>> = None,
        body: fn(String) -> R = body,
        /// The application, if it answers what no template matches.
        application: Option<RunUnguarded<S, B, R>> = None,
    }

    plan of Bind<D, S, B, R>;
}

impl<D, A, E, S, B, R> Guard<D, A, E, S, B, R>
where
    D: Document,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
{
    /// Mounts a route outside the policy. It is the only way to serve one, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded<F, Fut>(mut self, method: Method, template: &str, reason: &'static str, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.mount.plan.unguarded(method.as_str(), template, reason, bind(handler));
        self
    }

    /// The application's own handler, which serves the operations that the list leaves to it
    /// (`elsewhere!(Operation, "reason")`). **Nothing is checked there.** It is asked for exactly the methods and paths of these
    /// operations, and may be a router of its own.
    pub fn elsewhere<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.mount.plan.application(None, bind(handler));
        self
    }

    /// The application beside the policy: a handler that is asked where no template matches and the path is not below the policy's
    /// base path. It may be a router of its own, or call another guard's service.
    ///
    /// Below the base path the guard answers what no template matches, so that an unknown caller cannot tell which paths are
    /// operations. For a document without a base path, the guard answers only what its templates match. The audit has a line for the
    /// application.
    ///
    /// The application is never asked for a path that some reader could take for an operation's: encoded, with other slashes, with dots.
    pub fn beside<F, Fut>(self, reason: &'static str, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.leave(Extent::Beside, reason, unguarded(handler))
    }

    /// The application, for what no template matches, **below the policy's base path too**. It is for a service that is guarded step by
    /// step and has routes that its document lacks. A guard has one application, given here or to [`beside`](Self::beside).
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. It also answers each path that would become an operation's by decoding, by merging slashes, by
    /// resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash. The audit has a line for the application.
    pub fn otherwise<F, Fut>(self, reason: &'static str, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.leave(Extent::Otherwise, reason, unguarded(handler))
    }

    fn leave(mut self, extent: Extent, reason: &'static str, handler: RunUnguarded<S, B, R>) -> Self {
        self.mount.plan.leave(extent, reason);
        self.application = Some(handler);
        self
    }

    /// Uses the router that `policy-build` generated with the policy (`.router(true)`), instead of one that is built at start.
    pub fn router(mut self, router: &'static Router<'static>) -> Self {
        self.router = Some(router);
        self
    }

    /// The service, whether or not the routes fit together. If they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_service`](Self::try_service) returns the error instead, so that `?` in `main` ends the program.
    pub fn service(self, state: S) -> Service<B, R> {
        let body = self.body;
        self.try_service(state).unwrap_or_else(|error| {
            error.announce();
            Service::new(move |_| Box::pin(async move { Ok(NoPermit::Missing.answer().map(body)) }))
        })
    }

    /// The service.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that no
    /// request can reach, an unguarded route in an operation's place, a router that was generated for another policy.
    pub fn try_service(self, state: S) -> Result<Service<B, R>, MountError> {
        let Self { authenticator, enablement, mount, options, router, body, application } = self;
        let unguarded: Vec<(String, String)> =
            mount.plan.unguarded_routes().map(|(method, template)| (method.to_owned(), template.to_owned())).collect();
        let served = mount.plan.serve::<Hyper, _, _, _>(authenticator, enablement, options, |bind| bind(body))?;
        let operations = || Policy::<D>::new().operations().map(|operation| (operation.method(), operation.template()));
        let policy = match router {
            Some(router) => {
                MountError::check(foreign::<D>(router))?;
                PolicyRouter::Generated(router)
            }
            None => PolicyRouter::Built(build(operations())?),
        };
        let unguarded = unguarded.iter().map(|(method, template)| (method.as_str(), template.as_str()));
        let routes = Arc::new(RouteTable { policy, unguarded: build(unguarded.clone())? });
        let endpoint_of = operations().chain(unguarded).map(|(_, template)| {
            // Each route was planned, so it has an endpoint. A route without one would answer 404.
            served.endpoints.iter().position(|endpoint| endpoint.template() == template).unwrap_or(usize::MAX)
        });
        let endpoint_of = endpoint_of.collect();
        let shared = Arc::new(Shared { served, routes, endpoint_of, application, state, body });
        Ok(Service::new(move |request| Box::pin(Arc::clone(&shared).answer(request))))
    }
}

fn build<'a>(routes: impl Iterator<Item = (&'a str, &'a str)>) -> Result<OwnedRouter, MountError> {
    let routes: Vec<_> = routes.collect();
    Router::build(routes.iter().copied()).map_err(|error| {
        let conflict = |template, because| MountFault::Conflict { framework: Hyper::NAME, template, because };
        let mut faults = error.faults().iter().map(|fault| conflict(template_of(fault), fault.to_string()));
        let first = faults.next().unwrap_or_else(|| conflict("the routes".into(), error.to_string()));
        MountError::new(first, faults)
    })
}

fn template_of(fault: &policy_router::BuildFault) -> String {
    use policy_router::BuildFault;

    match fault {
        BuildFault::Template { template, .. } | BuildFault::Method { template, .. } => template.clone(),
        BuildFault::Collision { second, .. } => second.clone(),
        _ => "the routes".into(),
    }
}

/// The faults of a router that was generated for another policy. Its routes would lead to other operations.
fn foreign<D: Document>(router: &Router<'_>) -> Vec<MountFault> {
    let policy = Policy::<D>::new();
    let fault = |template: &str| MountFault::Conflict {
        framework: Hyper::NAME,
        template: template.into(),
        because: "the generated router is of another policy; include both from one generated file".into(),
    };
    let mut faults: Vec<_> = policy
        .operations()
        .enumerate()
        .filter(|(index, operation)| {
            let found = router.find(operation.method(), &sample(operation.template())).operation();
            // A more concrete template may match the sample. That template is checked by its own sample.
            let takes = found.and_then(|found| policy.operation_at(found));
            let other = takes.is_none_or(|takes| takes.template() == operation.template() && found != Some(*index));
            router.template(*index) != Some(operation.template()) || other
        })
        .map(|(_, operation)| fault(operation.template()))
        .collect();
    if router.len() > policy.operations().count() {
        faults.extend(router.template(policy.operations().count()).map(fault));
    }
    faults
}

/// A path that the template matches.
fn sample(template: &str) -> String {
    let mut sample = String::new();
    for (at, part) in template.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, literal)) if at > 0 => sample.extend(["~", literal]),
            _ => sample.push_str(part),
        }
    }
    sample
}
