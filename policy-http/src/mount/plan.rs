//! The routes that are to be mounted, and what is checked of them at start.

use std::fmt;
use std::sync::Arc;

use http::Method;
use policy_core::{Audit, Document, OperationRef, OperationSet, Policy};

use super::endpoint::{Endpoint, MethodEntry, Target};
use super::fault::{MountError, MountFault};
use super::framework::Framework;
use super::template;
use crate::authenticator::Authenticator;
use crate::enablement::Enablement;
use crate::gate::Gate;
use crate::options::Options;

/// The routes that are to be mounted: operations with their handlers, operations without one yet, routes outside the
/// policy. `B` is a handler as the framework takes it, before it has its state.
///
/// `handlers!` fills an adapter's mount, and that fills the plan. [`serve`](Self::serve) checks it and turns it into
/// [`Endpoint`]s.
pub struct Plan<D: Document, B> {
    routes: Vec<Route<D, B>>,
    head: Vec<OperationRef<D>>,
    /// Why the application answers itself what is not below the base path.
    beside: Vec<&'static str>,
    /// Routes that the framework serves by itself: method, template, reason. The audit lists them.
    listed: Vec<(String, String, &'static str)>,
    /// What the application accepts of its framework. The audit names it.
    accepted: Vec<(OperationSet<D>, &'static str, &'static str)>,
    /// What the adapter found wrong with the routes.
    faults: Vec<MountFault>,
}

/// A plan that is served: the gate of the policy, and an endpoint for each template.
#[derive(Debug)]
#[non_exhaustive]
pub struct Served<D: Document, A, E, H> {
    /// Answers what no template matches.
    pub gate: Arc<Gate<D, A, E>>,
    /// Each template once, concrete ones before templated ones.
    pub endpoints: Vec<Endpoint<D, A, E, H>>,
}

struct Route<D, B> {
    method: String,
    template: String,
    kind: Kind<D, B>,
}

enum Kind<D, B> {
    Operation(OperationRef<D>, B),
    Pending(OperationRef<D>, &'static str),
    Unguarded(&'static str, B),
}

impl<D, B> Route<D, B> {
    fn operation(&self) -> Option<OperationRef<D>> {
        match self.kind {
            Kind::Operation(operation, _) | Kind::Pending(operation, _) => Some(operation),
            Kind::Unguarded(..) => None,
        }
    }

    /// As messages name it.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

impl<D: Document, B> Plan<D, B> {
    /// No route yet.
    #[must_use]
    pub fn new() -> Self {
        let (listed, accepted, faults) = (Vec::new(), Vec::new(), Vec::new());
        Self { routes: Vec::new(), head: Vec::new(), beside: Vec::new(), listed, accepted, faults }
    }

    /// Mounts a handler at the method and template of its operation.
    pub fn handler(&mut self, operation: OperationRef<D>, handler: B) {
        self.add(operation.method(), operation.template(), Kind::Operation(operation, handler));
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending(&mut self, operation: OperationRef<D>, reason: &'static str) {
        self.add(operation.method(), operation.template(), Kind::Pending(operation, reason));
    }

    /// Mounts a route outside the policy. It serves exactly this method.
    pub fn unguarded(&mut self, method: &str, template: &str, reason: &'static str, handler: B) {
        self.add(method, template, Kind::Unguarded(reason, handler));
    }

    /// Lets the handler of a GET operation answer HEAD as well.
    pub fn head(&mut self, get: OperationRef<D>) {
        self.head.push(get);
    }

    /// Leaves what no template matches, and what is not below the policy's base path, to the application itself. The audit
    /// says so, with the reason.
    pub fn beside(&mut self, reason: &'static str) {
        self.beside.push(reason);
    }

    /// Lists a route in the audit that the framework serves by itself, outside the policy.
    pub fn list(&mut self, method: &str, template: &str, reason: &'static str) {
        self.listed.push((method.into(), template.into(), reason));
    }

    /// Names in the audit what the application accepts of its framework, for which operations and why.
    pub fn accept(&mut self, operations: OperationSet<D>, what: &'static str, reason: &'static str) {
        self.accepted.push((operations, what, reason));
    }

    /// Adds what only the adapter knows to be wrong, so that it is named with all other faults.
    pub fn fault(&mut self, fault: MountFault) {
        self.faults.push(fault);
    }

    fn add(&mut self, method: &str, template: &str, kind: Kind<D, B>) {
        self.routes.push(Route { method: method.into(), template: template.into(), kind });
    }

    /// The templates of the routes, one for each.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.template.as_str())
    }

    /// Method and template of the routes outside the policy.
    pub fn unguarded_routes(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        let unguarded = self.routes.iter().filter(|route| route.operation().is_none());
        unguarded.map(|route| (route.method.as_str(), route.template.as_str()))
    }

    /// Adds to an audit ([`Options::audit`]) the operations that are still pending, the routes outside the policy, all of
    /// them, and what the application accepts.
    #[must_use]
    pub fn audit(&self, audit: Audit<D>) -> Audit<D> {
        let audit = self.routes.iter().fold(audit.with_all_routes(), |audit, route| match &route.kind {
            Kind::Operation(..) => audit,
            Kind::Pending(operation, reason) => audit.with_pending(*operation, reason),
            Kind::Unguarded(reason, _) => audit.with_unguarded(&route.method, &route.template, reason),
        });
        let audit = self
            .accepted
            .iter()
            .fold(audit, |audit, (operations, what, reason)| audit.with_accepted(*operations, what, reason));
        let audit = self
            .listed
            .iter()
            .fold(audit, |audit, (method, template, reason)| audit.with_unguarded(method, template, reason));
        self.beside.iter().fold(audit, |audit, reason| audit.with_unguarded("ANY", &outside::<D>(), reason))
    }

    /// The endpoint of each template, concrete templates before templated ones, behind one gate. `bind` makes a handler ready to
    /// run.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once why the routes do not fit together in the framework `F`.
    pub fn serve<F: Framework, A, E, H>(
        self,
        authenticator: A,
        enablement: E,
        options: Options<D>,
        mut bind: impl FnMut(B) -> H,
    ) -> Result<Served<D, A, E, H>, MountError>
    where
        A: Authenticator<D>,
        E: Enablement<D>,
    {
        MountError::check(self.faults::<F>())?;
        let mut templates: Vec<(String, Vec<MethodEntry<D, H>>)> = Vec::new();
        for route in self.routes {
            let Ok(method) = Method::from_bytes(route.method.as_bytes()) else { continue };
            let target = match route.kind {
                Kind::Operation(operation, handler) => Target::Handler(operation, bind(handler)),
                Kind::Pending(operation, _) => Target::Pending(operation),
                Kind::Unguarded(_, handler) => Target::Unguarded(bind(handler)),
            };
            let entry = MethodEntry { method, target };
            match templates.iter_mut().find(|(template, _)| *template == route.template) {
                Some((_, methods)) => methods.push(entry),
                None => templates.push((route.template, vec![entry])),
            }
        }
        templates.sort_by(|(left, _), (right, _)| template::concrete_first(left, right));
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let endpoints = templates.into_iter().map(|(template, methods)| {
            let head = self.head.iter().any(|operation| operation.template() == template);
            Endpoint::new(Arc::clone(&gate), template, methods, head)
        });
        let endpoints = endpoints.collect();
        Ok(Served { gate, endpoints })
    }

    /// Why the routes do not fit together in the framework `F`. None where they do.
    fn faults<F: Framework>(&self) -> Vec<MountFault> {
        if Policy::<D>::new().is_draft() {
            return vec![MountFault::Draft];
        }
        let mut faults = Vec::new();
        for operation in Policy::<D>::new().operations() {
            if !self.routes.iter().any(|route| route.operation() == Some(operation)) {
                faults.push(MountFault::Missing { operation: operation.to_string() });
            }
        }
        for (at, route) in self.routes.iter().enumerate() {
            // An unguarded route in an operation's place is a mistake with a name of its own.
            let same = |other: &Route<D, B>| {
                let kinds = other.operation().is_some() == route.operation().is_some();
                kinds && other.method == route.method && other.template == route.template
            };
            if self.routes.iter().take(at).any(same) {
                faults.push(MountFault::Repeated { route: route.name() });
            }
            if Method::from_bytes(route.method.as_bytes()).map_or(true, |method| method == Method::CONNECT) {
                faults.push(MountFault::Method { route: route.name() });
            }
            if let Some(because) = F::refusal(&route.template) {
                faults.push(MountFault::Template { framework: F::NAME, route: route.name(), because });
            }
            if route.operation().is_none() {
                faults.extend(in_place_of(route));
            }
        }
        faults.extend(
            self.beside.iter().skip(1).map(|_| MountFault::Repeated { route: format!("ANY {}", outside::<D>()) }),
        );
        faults.extend(self.conflicts::<F>());
        faults.extend(self.unfit_for_head());
        faults.extend(self.faults.iter().cloned());
        faults
    }

    fn conflicts<F: Framework>(&self) -> impl Iterator<Item = MountFault> + use<F, D, B> {
        let mut templates: Vec<&str> = Vec::new();
        for route in &self.routes {
            if !templates.contains(&route.template.as_str()) && F::refusal(&route.template).is_none() {
                templates.push(&route.template);
            }
        }
        let conflicts = F::conflicts(&templates).into_iter();
        conflicts.map(|(template, because)| MountFault::Conflict { framework: F::NAME, template, because })
    }

    fn unfit_for_head(&self) -> impl Iterator<Item = MountFault> {
        let unfit = self.head.iter().filter(|operation| {
            let declared = Policy::<D>::new()
                .operations()
                .any(|other| other.method() == "HEAD" && other.template() == operation.template());
            let handled =
                self.routes.iter().any(|route| matches!(route.kind, Kind::Operation(found, _) if found == **operation));
            operation.method() != "GET" || declared || !handled
        });
        unfit.map(|operation| MountFault::Head { operation: operation.to_string() })
    }
}

/// What the application answers itself, as the audit names it.
fn outside<D: Document>() -> String {
    match Policy::<D>::new().base_path().trim_end_matches('/') {
        "" => "(whatever no route matches)".to_owned(),
        base => format!("(whatever is not below {base})"),
    }
}

/// The operation whose requests an unguarded route would answer. Another method of the same template is no such route;
/// another template that matches the same paths is, because a router prefers one for all methods.
fn in_place_of<D: Document, B>(route: &Route<D, B>) -> Option<MountFault> {
    let operation = Policy::<D>::new().operations().find(|operation| {
        if operation.template() == route.template {
            operation.method() == route.method
        } else {
            template::overlap(operation.template(), &route.template)
        }
    })?;
    Some(MountFault::UnguardedOperation { route: route.name(), operation: operation.to_string() })
}

impl<D: Document, B> Default for Plan<D, B> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Document, B> fmt::Debug for Plan<D, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(Route::name)).finish()
    }
}
