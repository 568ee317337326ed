//! The routes that are to be mounted, and what is checked of them at start.

use std::fmt;

use http::Method;
use policy_core::{Audit, Document, Operation, OperationRef, Policy};

use super::doors::{Access, Door, Doors};
use super::framework::Framework;
use super::problem::{MountError, MountProblem};
use super::template;

/// The routes that are to be mounted: operations with their handlers, operations without one yet, routes outside the
/// policy. `B` is a handler as the framework takes it, before it has its state.
///
/// `handlers!` fills an adapter's mount, and that fills the plan.
pub struct Plan<D, B> {
    routes: Vec<Route<D, B>>,
    head: Vec<OperationRef<D>>,
    /// Why the application answers itself what is not below the base path.
    beside: Vec<&'static str>,
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
        Self { routes: Vec::new(), head: Vec::new(), beside: Vec::new() }
    }

    /// Mounts a handler at the method and template of its operation.
    pub fn operation<O: Operation<Document = D>>(&mut self, handler: B) {
        let operation = OperationRef::of::<O>();
        self.add(operation.method(), operation.template(), Kind::Operation(operation, handler));
    }

    /// Stands in for a handler that is still to come: the operation passes every stage and is then denied.
    pub fn pending<O: Operation<Document = D>>(&mut self, reason: &'static str) {
        let operation = OperationRef::of::<O>();
        self.add(operation.method(), operation.template(), Kind::Pending(operation, reason));
    }

    /// Mounts a route outside the policy. It serves exactly this method.
    pub fn unguarded(&mut self, method: &str, template: &str, reason: &'static str, handler: B) {
        self.add(method, template, Kind::Unguarded(reason, handler));
    }

    /// Lets the handler of the GET operation `O` answer HEAD as well.
    pub fn head<O: Operation<Document = D>>(&mut self) {
        self.head.push(OperationRef::of::<O>());
    }

    /// Leaves what no template matches, and what is not below the policy's base path, to the application itself. The audit
    /// says so, with the reason.
    pub fn beside(&mut self, reason: &'static str) {
        self.beside.push(reason);
    }

    fn add(&mut self, method: &str, template: &str, kind: Kind<D, B>) {
        self.routes.push(Route { method: method.into(), template: template.into(), kind });
    }

    /// The templates of the routes, one for each.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(|route| route.template.as_str())
    }

    /// Adds to an audit ([`Options::audit`](crate::Options::audit)) the operations that are still pending and the routes
    /// outside the policy, all of them.
    #[must_use]
    pub fn audit(&self, audit: Audit<D>) -> Audit<D> {
        let audit = self.routes.iter().fold(audit.with_all_routes(), |audit, route| match &route.kind {
            Kind::Operation(..) => audit,
            Kind::Pending(operation, reason) => audit.with_pending(*operation, reason),
            Kind::Unguarded(reason, _) => audit.with_unguarded(&route.method, &route.template, reason),
        });
        self.beside.iter().fold(audit, |audit, reason| audit.with_unguarded("ANY", &outside::<D>(), reason))
    }

    /// The doors of each template, concrete templates before templated ones. `bind` makes a handler ready to run.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once why the routes do not fit together in the framework `F`.
    pub fn open<F: Framework, H>(self, mut bind: impl FnMut(B) -> H) -> Result<Vec<Doors<D, H>>, MountError> {
        MountError::check(self.problems::<F>())?;
        let mut templates: Vec<(String, Vec<Door<D, H>>)> = Vec::new();
        for route in self.routes {
            let Ok(method) = Method::from_bytes(route.method.as_bytes()) else { continue };
            let access = match route.kind {
                Kind::Operation(operation, handler) => Access::Operation(operation, bind(handler)),
                Kind::Pending(operation, _) => Access::Pending(operation),
                Kind::Unguarded(_, handler) => Access::Unguarded(bind(handler)),
            };
            let door = Door { method, access };
            match templates.iter_mut().find(|(template, _)| *template == route.template) {
                Some((_, doors)) => doors.push(door),
                None => templates.push((route.template, vec![door])),
            }
        }
        templates.sort_by(|(left, _), (right, _)| template::concrete_first(left, right));
        let doors = templates.into_iter().map(|(template, doors)| {
            let head = self.head.iter().any(|operation| operation.template() == template);
            Doors::new(template, doors, head)
        });
        Ok(doors.collect())
    }

    /// Why the routes do not fit together in the framework `F`. None where they do.
    #[must_use]
    pub fn problems<F: Framework>(&self) -> Vec<MountProblem> {
        let mut problems = Vec::new();
        for operation in Policy::<D>::new().operations() {
            if !self.routes.iter().any(|route| route.operation() == Some(operation)) {
                problems.push(MountProblem::Missing { operation: operation.to_string() });
            }
        }
        for (at, route) in self.routes.iter().enumerate() {
            // An unguarded route in an operation's place is a mistake with a name of its own.
            let same = |other: &Route<D, B>| {
                let kinds = other.operation().is_some() == route.operation().is_some();
                kinds && other.method == route.method && other.template == route.template
            };
            if self.routes.iter().take(at).any(same) {
                problems.push(MountProblem::Repeated { route: route.name() });
            }
            if Method::from_bytes(route.method.as_bytes()).map_or(true, |method| method == Method::CONNECT) {
                problems.push(MountProblem::Method { route: route.name() });
            }
            if let Some(because) = F::refusal(&route.template) {
                problems.push(MountProblem::Template { framework: F::NAME, route: route.name(), because });
            }
            if route.operation().is_none() {
                problems.extend(in_place_of(route));
            }
        }
        problems.extend(
            self.beside.iter().skip(1).map(|_| MountProblem::Repeated { route: format!("ANY {}", outside::<D>()) }),
        );
        problems.extend(self.conflicts::<F>());
        problems.extend(self.unfit_for_head());
        problems
    }

    fn conflicts<F: Framework>(&self) -> impl Iterator<Item = MountProblem> + use<F, D, B> {
        let mut templates: Vec<&str> = Vec::new();
        for route in &self.routes {
            if !templates.contains(&route.template.as_str()) && F::refusal(&route.template).is_none() {
                templates.push(&route.template);
            }
        }
        let conflicts = F::conflicts(&templates).into_iter();
        conflicts.map(|(template, because)| MountProblem::Conflict { framework: F::NAME, template, because })
    }

    fn unfit_for_head(&self) -> impl Iterator<Item = MountProblem> {
        let unfit = self.head.iter().filter(|operation| {
            let declared = Policy::<D>::new()
                .operations()
                .any(|other| other.method() == "HEAD" && other.template() == operation.template());
            let handled =
                self.routes.iter().any(|route| matches!(route.kind, Kind::Operation(found, _) if found == **operation));
            operation.method() != "GET" || declared || !handled
        });
        unfit.map(|operation| MountProblem::Head { operation: operation.to_string() })
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
fn in_place_of<D: Document, B>(route: &Route<D, B>) -> Option<MountProblem> {
    let operation = Policy::<D>::new().operations().find(|operation| {
        if operation.template() == route.template {
            operation.method() == route.method
        } else {
            template::overlap(operation.template(), &route.template)
        }
    })?;
    Some(MountProblem::UnguardedOperation { route: route.name(), operation: operation.to_string() })
}

impl<D: Document, B> Default for Plan<D, B> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D, B> fmt::Debug for Plan<D, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(Route::name)).finish()
    }
}
