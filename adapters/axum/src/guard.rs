//! The builder: from a policy and its handlers to an axum router.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::MethodRouter;
use http::{HeaderValue, Method, Response};
use policy_core::{Audit, Denial, Document, Operation, OperationRef, Policy};
use policy_http::{Authenticator, Drive, Enablement, Gate, Options, Unmatched};

use crate::door::{Access, Door, Doors};
use crate::mount::{Kind, Mount, Planned};
use crate::mount_error::{MountError, MountProblem};
use crate::permit::PermitRejection;
use crate::template;

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E, S>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E, S>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
    S: Clone + Send + Sync + 'static,
{
    Guard { authenticator, enablement, mount: Mount::new(), options: Options::new(), head: Vec::new() }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `with_state`"]
pub struct Guard<D: Document, A, E, S> {
    authenticator: A,
    enablement: E,
    mount: Mount<D, S>,
    options: Options<D>,
    head: Vec<OperationRef<D>>,
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
    /// It serves exactly this method; HEAD is not implied.
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

    /// Lets the handler of the GET operation `O` answer HEAD as well, under GET's policy. Say so only of a handler that
    /// mints nothing: it runs whole, and its body is dropped (RFC 9110, section 9.3.2).
    pub fn head<O: Operation<Document = D>>(mut self) -> Self {
        self.head.push(OperationRef::of::<O>());
        self
    }

    /// What the application chose: realm, answers, CORS, decision log, clock and, with the feature `shadow` of
    /// `policy-http`, shadow mode. It replaces what was chosen before.
    pub fn options(mut self, options: Options<D>) -> Self {
        self.options = options;
        self
    }

    /// The application's own answer to a denial ([`Options::denials`]).
    pub fn denials(mut self, mapper: impl Fn(&Denial<'_, D>) -> Response<String> + Send + Sync + 'static) -> Self {
        self.options = self.options.denials(mapper);
        self
    }

    /// The application's own answer to 404 and 405 ([`Options::unmatched`]).
    pub fn unmatched(mut self, mapper: impl Fn(Unmatched) -> Response<String> + Send + Sync + 'static) -> Self {
        self.options = self.options.unmatched(mapper);
        self
    }

    /// The protected space that `WWW-Authenticate` names ([`Options::realm`]).
    pub fn realm(mut self, realm: impl Into<Cow<'static, str>>) -> Self {
        self.options = self.options.realm(realm);
        self
    }

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        self.mount.routes.iter().fold(self.options.audit(), |audit, route| match &route.kind {
            Kind::Operation(..) => audit,
            Kind::Pending(operation, reason) => audit.with_pending(*operation, reason),
            Kind::Unguarded(reason, _) => audit.with_unguarded(&route.method, &route.template, reason),
        })
    }

    /// The router. Where the routes do not fit together, every request is answered 500 and the log says why;
    /// [`try_with_state`](Self::try_with_state) answers the error instead.
    pub fn with_state(self, state: S) -> Router {
        match self.try_with_state(state) {
            Ok(router) => router,
            Err(error) => {
                tracing::error!(target: "policy", "{error}");
                Router::new().fallback(async || PermitRejection::Missing.into_response())
            }
        }
    }

    /// The router: each template as it stands in the document, and one fallback.
    ///
    /// Merge other routers into it only if they have no fallback of their own. A route that is added to it afterwards
    /// has no permit.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// axum cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_with_state(self, state: S) -> Result<Router, MountError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(MountError { problems });
        }
        let Self { authenticator, enablement, mount, options, head } = self;
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let mut templates: Vec<(String, Vec<Door<D>>)> = Vec::new();
        for route in mount.routes {
            let Ok(method) = Method::from_bytes(route.method.as_bytes()) else { continue };
            let access = match route.kind {
                Kind::Operation(operation, bind) => Access::Operation(operation, bind(state.clone())),
                Kind::Pending(operation, _) => Access::Pending(operation),
                Kind::Unguarded(_, bind) => Access::Unguarded(bind(state.clone())),
            };
            let door = Door { method, access };
            match templates.iter_mut().find(|(template, _)| *template == route.template) {
                Some((_, doors)) => doors.push(door),
                None => templates.push((route.template, vec![door])),
            }
        }
        // axum 0.7's `:name` and `*name` are literals here, as they are in the document.
        let mut router = Router::new().without_v07_checks();
        for (template, doors) in templates {
            let head = head.iter().any(|operation| operation.template() == template);
            let doors = Arc::new(Doors {
                gate: Arc::clone(&gate),
                parameters: template::parameters(&template),
                allow: allow(&doors, head),
                doors,
                head,
            });
            router = router.route_service(
                &template,
                tower::service_fn(move |request: Request| Arc::clone(&doors).answer(request)),
            );
        }
        Ok(router.fallback_service(tower::service_fn(move |request: Request| {
            let gate = Arc::clone(&gate);
            async move {
                let (parts, _body) = request.into_parts();
                Ok::<_, Infallible>(gate.not_found(&parts).await.map(Body::from))
            }
        })))
    }

    fn problems(&self) -> Vec<MountProblem> {
        let routes = &self.mount.routes;
        let mut problems = Vec::new();
        for operation in Policy::<D>::new().operations() {
            if !routes.iter().any(|route| route.operation() == Some(operation)) {
                problems.push(MountProblem::Missing { operation: operation.to_string() });
            }
        }
        for (at, route) in routes.iter().enumerate() {
            let same = |other: &&Planned<S, D>| other.method == route.method && other.template == route.template;
            if routes.iter().take(at).any(|other| same(&other)) {
                problems.push(MountProblem::Repeated { route: route.route() });
            }
            if Method::from_bytes(route.method.as_bytes()).map_or(true, |method| method == Method::CONNECT) {
                problems.push(MountProblem::Method { route: route.route() });
            }
            if let Some(because) = template::refusal(&route.template) {
                problems.push(MountProblem::Template { route: route.route(), because });
            }
            if route.operation().is_none() {
                problems.extend(self.in_place_of(route));
            }
        }
        problems.extend(self.conflicts());
        for operation in &self.head {
            let declared = Policy::<D>::new()
                .operations()
                .any(|other| other.method() == "HEAD" && other.template() == operation.template());
            let handled =
                routes.iter().any(|route| matches!(route.kind, Kind::Operation(found, _) if found == *operation));
            if operation.method() != "GET" || declared || !handled {
                problems.push(MountProblem::Head { operation: operation.to_string() });
            }
        }
        problems
    }

    /// The operation whose requests an unguarded route would answer. Another method of the same template is no such
    /// route; another template that matches the same paths is, because axum prefers one for all methods.
    fn in_place_of(&self, route: &Planned<S, D>) -> Option<MountProblem> {
        let operation = Policy::<D>::new().operations().find(|operation| {
            if operation.template() == route.template {
                operation.method() == route.method
            } else {
                template::overlap(operation.template(), &route.template)
            }
        })?;
        Some(MountProblem::UnguardedOperation { route: route.route(), operation: operation.to_string() })
    }

    /// What axum's own router says of the templates together; axum would panic.
    fn conflicts(&self) -> Vec<MountProblem> {
        let mut router = matchit::Router::new();
        let mut known: Vec<&str> = Vec::new();
        let mut problems = Vec::new();
        for route in &self.mount.routes {
            if known.contains(&route.template.as_str()) || template::refusal(&route.template).is_some() {
                continue;
            }
            known.push(&route.template);
            if let Err(error) = router.insert(route.template.as_str(), ()) {
                problems.push(MountProblem::Conflict { template: route.template.clone(), because: error.to_string() });
            }
        }
        problems
    }
}

/// The value of `Allow` (RFC 9110, section 10.2.1).
fn allow<D>(doors: &[Door<D>], head: bool) -> HeaderValue {
    let mut methods: Vec<&str> = doors.iter().map(|door| door.method.as_str()).collect();
    if head {
        methods.push("HEAD");
    }
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

impl<D: Document, A, E, S> fmt::Debug for Guard<D, A, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
