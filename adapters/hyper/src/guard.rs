//! The builder: from a policy and its handlers to a service.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::Method;
use http_body::Body;
use policy_core::{Audit, Document, Policy};
use policy_http::mount::{Framework, MountError, MountProblem, NoPermit};
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};
use policy_router::{OwnedRouter, Router};

use crate::call::Call;
use crate::framework::Hyper;
use crate::handler::Answer;
use crate::mount::Mount;
use crate::routes::{Routes, Table};
use crate::service::{Service, Shared};

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `service`"]
pub struct Guard<D: Document, A, E, S, B, R> {
    authenticator: A,
    enablement: E,
    options: Options<D>,
    mount: Mount<D, S, B, R>,
    router: Option<&'static Router<'static>>,
    body: fn(String) -> R,
}

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
///
/// `body` makes a response body of a text: `Full::from`, or what boxes it.
pub fn guard<D, A, E, S, B, R>(
    _policy: &Policy<D>,
    authenticator: A,
    enablement: E,
    body: fn(String) -> R,
) -> Guard<D, A, E, S, B, R>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
{
    Guard { authenticator, enablement, options: Options::new(), mount: Mount::new(), router: None, body }
}

impl<D, A, E, S, B, R> Guard<D, A, E, S, B, R>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
    B: Send + 'static,
    R: Body + Send + 'static,
{
    /// Mounts the handlers of the policy's operations: `.handlers(handlers![list, get, pending!(Later, "why")])`.
    pub fn handlers(mut self, list: impl FnOnce(Mount<D, S, B, R>) -> Mount<D, S, B, R>) -> Self {
        self.mount = list(self.mount);
        self
    }

    /// Mounts a route outside the policy: the only other door, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded<F, Fut>(mut self, method: Method, template: &str, reason: &'static str, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.mount.unguarded(method.as_str(), template, reason, handler);
        self
    }

    /// The application beside the policy: a handler that is asked where no template matches and the path is not below the policy's
    /// base path. It may be a router of its own, or call another guard's service.
    ///
    /// Below the base path the guard answers whatever no template matches, so that an unknown caller cannot tell an operation
    /// from nothing. A document without a base path claims only what its templates match. The audit has a line of it.
    pub fn beside<F, Fut>(mut self, reason: &'static str, handler: F) -> Self
    where
        F: Fn(Call<S, B>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: Answer<R>> + Send + 'static,
    {
        self.mount.beside(reason, handler);
        self
    }

    policy_http::__guard_options!(D);

    /// The router that `policy-build` generated beside the policy (`.router(true)`), in place of one that is built at start.
    pub fn router(mut self, router: &'static Router<'static>) -> Self {
        self.router = Some(router);
        self
    }

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.plan.audit(self.options.audit())
    }

    /// The service, whether or not the routes fit together: where they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_service`](Self::try_service) answers the error instead, so that `?` in `main` ends the program.
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
    /// request can reach, an unguarded route in an operation's place, a router that was generated beside another policy.
    pub fn try_service(self, state: S) -> Result<Service<B, R>, MountError> {
        let Self { authenticator, enablement, options, mount, router, body } = self;
        let doors = mount.plan.open::<Hyper, _>(|run| run)?;
        let operations = || Policy::<D>::new().operations().map(|operation| (operation.method(), operation.template()));
        let policy = match router {
            Some(router) => {
                MountError::check(foreign::<D>(router))?;
                Table::Generated(router)
            }
            None => Table::Built(build(operations())?),
        };
        let unguarded = mount.unguarded.iter().map(|(method, template)| (method.as_str(), template.as_str()));
        let routes = Arc::new(Routes { policy, unguarded: build(unguarded.clone())? });
        let doors_of = operations().chain(unguarded).map(|(_, template)| {
            // Each of them was planned, so it has doors; without any it would answer 404.
            doors.iter().position(|doors| doors.template() == template).unwrap_or(usize::MAX)
        });
        let doors_of = doors_of.collect();
        let gate = Gate::new(authenticator, enablement, options);
        let shared = Arc::new(Shared { gate, routes, doors, doors_of, beside: mount.beside, state, body });
        Ok(Service::new(move |request| Box::pin(Arc::clone(&shared).answer(request))))
    }
}

fn build<'a>(routes: impl Iterator<Item = (&'a str, &'a str)>) -> Result<OwnedRouter, MountError> {
    let routes: Vec<_> = routes.collect();
    Router::build(routes.iter().copied()).map_err(|error| {
        let conflict = |template, because| MountProblem::Conflict { framework: Hyper::NAME, template, because };
        let mut problems = error.problems().iter().map(|problem| conflict(template_of(problem), problem.to_string()));
        let first = problems.next().unwrap_or_else(|| conflict("the routes".into(), error.to_string()));
        MountError::new(first, problems)
    })
}

fn template_of(problem: &policy_router::Problem) -> String {
    use policy_router::Problem;

    match problem {
        Problem::Template { template, .. } | Problem::Method { template, .. } => template.clone(),
        Problem::Collision { second, .. } => second.clone(),
        _ => "the routes".into(),
    }
}

/// What shows that the router was generated beside another policy: its places would lead to other operations.
fn foreign<D: Document>(router: &Router<'_>) -> Vec<MountProblem> {
    let policy = Policy::<D>::new();
    let problem = |template: &str| MountProblem::Conflict {
        framework: Hyper::NAME,
        template: template.into(),
        because: "the generated router is of another policy; include both from one generated file".into(),
    };
    let mut problems: Vec<_> = policy
        .operations()
        .enumerate()
        .filter(|(place, operation)| {
            let found = router.find(operation.method(), &sample(operation.template())).operation();
            // A concrete sibling may take the sample; it is then looked at itself.
            let takes = found.and_then(|found| policy.operation_at(found));
            let other = takes.is_none_or(|takes| takes.template() == operation.template() && found != Some(*place));
            router.template(*place) != Some(operation.template()) || other
        })
        .map(|(_, operation)| problem(operation.template()))
        .collect();
    if router.len() > policy.operations().count() {
        problems.extend(router.template(policy.operations().count()).map(problem));
    }
    problems
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

impl<D: Document, A, E, S, B, R> fmt::Debug for Guard<D, A, E, S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
