//! The routes that are to be mounted, and their check at start.

use std::fmt;
use std::sync::Arc;

use http::Method;
use policy_core::handler_list::Elsewhere;
use policy_core::{Audit, Date, Document, OperationRef, OperationSet, Policy};

use super::claims::Claims;
use super::endpoint::{Endpoint, MethodEntry, Target};
use super::fault::{MountError, MountFault};
use super::framework::Framework;
use super::template;
use super::unclaimed::{Extent, Unclaimed};
use crate::authenticator::Authenticator;
use crate::enablement::Enablement;
use crate::gate::Gate;
use crate::options::Options;

/// The routes that are to be mounted: operations with a handler, operations that have none yet, operations that are left to the
/// application, and routes outside the policy. `B` is a handler of the framework, before it has its state.
///
/// `handlers!` fills the adapter's `Mount`, which fills the plan. [`serve`](Self::serve) checks the plan and turns it into
/// [`Endpoint`]s.
pub struct Plan<D: Document, B> {
    routes: Vec<Route<D, B>>,
    head: Vec<OperationRef<D>>,
    /// What serves the operations that are left to the application: one of them, or all that have nothing of their own.
    applications: Vec<(Option<OperationRef<D>>, B)>,
    /// Which requests the application answers itself, and why. One is enough.
    left: Vec<(Extent, &'static str)>,
    /// Routes that the framework serves by itself, as method, template and reason. The audit lists them.
    listed: Vec<(String, String, &'static str)>,
    /// What the application accepts of its framework. The audit names it.
    accepted: Vec<(OperationSet<D>, &'static str, &'static str)>,
    /// Faults that the adapter found.
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
    /// The paths that could mean one of the templates.
    pub claims: Arc<Claims>,
    /// What the application answers, of what no template matches.
    pub unclaimed: Arc<Unclaimed>,
}

struct Route<D, B> {
    method: String,
    template: String,
    kind: Kind<D, B>,
}

enum Kind<D, B> {
    Operation(OperationRef<D>, B),
    Pending(OperationRef<D>, &'static str),
    Elsewhere(OperationRef<D>, Elsewhere),
    Unguarded(&'static str, B),
}

impl<D, B> Route<D, B> {
    fn operation(&self) -> Option<OperationRef<D>> {
        match self.kind {
            Kind::Operation(operation, _) | Kind::Pending(operation, _) | Kind::Elsewhere(operation, _) => {
                Some(operation)
            }
            Kind::Unguarded(..) => None,
        }
    }

    /// Its name in messages.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

impl<D: Document, B> Plan<D, B> {
    /// A plan without routes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            routes: Vec::new(),
            head: Vec::new(),
            applications: Vec::new(),
            left: Vec::new(),
            listed: Vec::new(),
            accepted: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Mounts a handler at the method and template of its operation.
    pub fn handler(&mut self, operation: OperationRef<D>, handler: B) {
        self.add(operation.method(), operation.template(), Kind::Operation(operation, handler));
    }

    /// Changes the handler that was mounted last: puts a layer around it.
    pub fn change_last_handler(&mut self, change: impl FnOnce(B) -> B) {
        if let Some(Route { method, template, kind: Kind::Operation(operation, handler) }) =
            self.routes.pop_if(|route| matches!(route.kind, Kind::Operation(..)))
        {
            self.routes.push(Route { method, template, kind: Kind::Operation(operation, change(handler)) });
        }
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending(&mut self, operation: OperationRef<D>, reason: &'static str) {
        self.add(operation.method(), operation.template(), Kind::Pending(operation, reason));
    }

    /// Leaves an operation to the application's own routes: nothing is checked there. The audit and the log at start name it.
    pub fn elsewhere(&mut self, operation: OperationRef<D>, elsewhere: Elsewhere) {
        self.add(operation.method(), operation.template(), Kind::Elsewhere(operation, elsewhere));
    }

    /// What serves an operation that is left to the application; without one, whatever is left and has nothing of its own. It gets
    /// the request as it came.
    pub fn application(&mut self, operation: Option<OperationRef<D>>, application: B) {
        self.applications.push((operation, application));
    }

    /// Mounts a route outside the policy. It serves exactly this method.
    pub fn unguarded(&mut self, method: &str, template: &str, reason: &'static str, handler: B) {
        self.add(method, template, Kind::Unguarded(reason, handler));
    }

    /// Lets the handler of a GET operation answer HEAD as well.
    pub fn head(&mut self, get: OperationRef<D>) {
        self.head.push(get);
    }

    /// Leaves requests to the application that no template matches. The audit names this with the reason.
    pub fn leave(&mut self, extent: Extent, reason: &'static str) {
        self.left.push((extent, reason));
    }

    /// Lists a route in the audit that the framework serves by itself, outside the policy.
    pub fn list(&mut self, method: &str, template: &str, reason: &'static str) {
        self.listed.push((method.into(), template.into(), reason));
    }

    /// Names in the audit what the application accepts of its framework, for which operations and why.
    pub fn accept(&mut self, operations: OperationSet<D>, what: &'static str, reason: &'static str) {
        self.accepted.push((operations, what, reason));
    }

    /// Adds a fault that only the adapter can see. It is reported together with all others.
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

    /// The audit of the policy with these options, the pending operations and those that are left to the application, all routes
    /// outside the policy, and what the application accepts of its framework.
    #[must_use]
    pub fn audit(&self, options: &Options<D>) -> Audit<D> {
        let today = Date::of_unix(options.clock.unix_seconds());
        let audit = options.audit();
        let audit = self.routes.iter().fold(audit.with_all_routes(), |audit, route| match &route.kind {
            Kind::Operation(..) => audit,
            Kind::Pending(operation, reason) => audit.with_pending(*operation, reason),
            Kind::Elsewhere(operation, elsewhere) => audit.with_elsewhere(*operation, *elsewhere, today),
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
        self.left
            .iter()
            .fold(audit, |audit, (extent, reason)| audit.with_unguarded("ANY", &extent.words::<D>(), reason))
    }

    /// The gate, and the endpoint of each template, with concrete templates before templated ones. `bind` makes a handler ready to
    /// run.
    ///
    /// # Errors
    /// [`MountError`], if the routes do not fit together in the framework `F`. It names all reasons at once.
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
        self.announce_elsewhere(&options);
        let extent = self.left.first().map(|(extent, _)| *extent);
        let claims = Arc::new(Claims::new(self.templates()));
        let unclaimed = Arc::new(Unclaimed::new::<D>(extent, Arc::clone(&claims)));
        let mut applications = Vec::new();
        for (operation, application) in self.applications {
            applications.push((operation, Arc::new(bind(application))));
        }
        let application_of = |operation| {
            let own = applications.iter().find(|(of, _)| *of == Some(operation));
            own.or_else(|| applications.iter().find(|(of, _)| of.is_none()))
                .map(|(_, application)| Arc::clone(application))
        };
        let mut templates: Vec<(String, Vec<MethodEntry<D, H>>)> = Vec::new();
        for route in self.routes {
            let Ok(method) = Method::from_bytes(route.method.as_bytes()) else { continue };
            let target = match route.kind {
                Kind::Operation(operation, handler) => Target::Handler(operation, bind(handler)),
                Kind::Pending(operation, _) => Target::Pending(operation),
                Kind::Elsewhere(operation, _) => match application_of(operation) {
                    Some(application) => Target::Elsewhere(application),
                    // A fault, which ended this before.
                    None => continue,
                },
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
        Ok(Served { gate, endpoints, claims, unclaimed })
    }

    /// Says in the log which operations nothing checks. Those whose last day is over are errors.
    fn announce_elsewhere(&self, options: &Options<D>) {
        let today = Date::of_unix(options.clock.unix_seconds());
        for route in &self.routes {
            let Kind::Elsewhere(operation, elsewhere) = &route.kind else { continue };
            if elsewhere.is_overdue(today) {
                tracing::error!(target: "policy", %operation, reason = %elsewhere, "the operation was to be guarded by now, and is not");
            } else {
                tracing::warn!(target: "policy", %operation, reason = %elsewhere, "the operation is not guarded: the application serves it");
            }
        }
    }

    /// All reasons why the routes do not fit together in the framework `F`.
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
            // An unguarded route that takes the requests of an operation is another kind of fault.
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
            match route.kind {
                Kind::Unguarded(..) => faults.extend(in_place_of(route)),
                Kind::Elsewhere(operation, _) => {
                    if self.applications.iter().all(|(of, _)| of.is_some_and(|of| of != operation)) {
                        faults.push(MountFault::NoApplication { operation: route.name() });
                    }
                }
                Kind::Operation(..) | Kind::Pending(..) => {}
            }
        }
        faults.extend(
            self.left.iter().skip(1).map(|(of, _)| MountFault::Repeated { route: format!("ANY {}", of.words::<D>()) }),
        );
        faults.extend(self.applications_in_excess());
        faults.extend(self.conflicts::<F>());
        faults.extend(self.unfit_for_head());
        faults.extend(self.faults.iter().cloned());
        faults
    }

    /// What serves an operation that the list does not leave to the application, or serves it a second time.
    fn applications_in_excess(&self) -> impl Iterator<Item = MountFault> {
        self.applications.iter().enumerate().filter_map(|(at, (of, _))| {
            if self.applications.iter().take(at).any(|(earlier, _)| earlier == of) {
                let route = of.map_or_else(|| "the operations served elsewhere".to_owned(), |of| of.to_string());
                return Some(MountFault::Repeated { route });
            }
            let left = self.routes.iter().any(|route| match route.kind {
                Kind::Elsewhere(operation, _) => of.is_none_or(|of| of == operation),
                _ => false,
            });
            (!left).then(|| MountFault::NothingElsewhere { operation: of.map(|of| of.to_string()) })
        })
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

/// The operation whose requests an unguarded route would answer. An unguarded route for another method of the same template takes
/// none. One at another template that matches the same paths does: a router chooses one template for all methods.
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
