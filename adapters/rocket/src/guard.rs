//! The builder: from a policy and its handlers to a fairing that mounts them.

use std::fmt;
use std::sync::Arc;

use policy_core::{Audit, Document, Policy};
use policy_http::mount::MountError;
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};
use rocket::Route;
use rocket::http::Method;

use crate::entrance::Entrance;
use crate::framework::{self, METHODS, Rocket};
use crate::handler::Handler;
use crate::mount::{Mount, run};
use crate::routes::{Routes, Unguarded};

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    Guard { authenticator, enablement, mount: Mount::new(), options: Options::new(), beside: Vec::new() }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `into_fairing`"]
pub struct Guard<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    mount: Mount<D>,
    options: Options<D>,
    beside: Vec<Unguarded>,
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

    /// Mounts a route outside the policy: another door, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded<T: 'static>(
        mut self,
        method: Method,
        template: &str,
        reason: &'static str,
        handler: impl Handler<T>,
    ) -> Self {
        self.mount.plan.unguarded(method.as_str(), template, reason, run(handler));
        self
    }

    /// Mounts rocket's own routes beside the policy's: `routes![…]`, or a `FileServer`. The audit lists each with this reason.
    ///
    /// They are asked after every operation, whatever their rank, and have no permit.
    pub fn unguarded_routes(
        mut self,
        base: impl Into<String>,
        reason: &'static str,
        routes: impl Into<Vec<Route>>,
    ) -> Self {
        self.beside.push(Unguarded { base: base.into(), reason, routes: routes.into() });
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, and shadow mode.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        let audit = self.mount.plan.audit(self.options.audit());
        let beside = self.beside.iter().flat_map(|beside| beside.routes.iter().map(move |route| (beside, route)));
        beside.fold(audit, |audit, (beside, route)| {
            let template = format!("{}{}", beside.base.trim_end_matches('/'), route.uri);
            audit.with_unguarded(route.method.as_str(), &template, beside.reason)
        })
    }

    /// The fairing that mounts the routes. Where they do not fit together, the log says why and rocket does not launch;
    /// [`try_into_fairing`](Self::try_into_fairing) answers the error instead.
    #[must_use]
    pub fn into_fairing(self) -> Routes {
        match self.try_into_fairing() {
            Ok(routes) => routes,
            Err(error) => {
                tracing::error!(target: "policy", "{error}");
                Routes::new(None, Vec::new(), false)
            }
        }
    }

    /// The fairing that mounts the routes: each template, and one for whatever matches none below the policy's base path.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template or a method
    /// that rocket cannot serve exactly, an unguarded route in an operation's place.
    pub fn try_into_fairing(self) -> Result<Routes, MountError> {
        let Self { authenticator, enablement, mount, options, beside } = self;
        let mut problems = mount.plan.problems::<Rocket>();
        problems.extend(framework::unknown_methods::<D>());
        MountError::check(problems)?;
        let templates = mount.plan.open::<Rocket, _>(|run| run)?;
        let owing = options.owes_headers();
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let mut routes = Vec::new();
        let mut serve = |rank: isize, path: &str, doors| {
            let entrance = Entrance { gate: Arc::clone(&gate), doors };
            routes.extend(METHODS.map(|method| Route::ranked(rank, method, path, entrance.clone())));
        };
        // An operation goes before every route that is not the guard's, and what matches nothing behind.
        for (rank, doors) in (isize::MIN..).zip(templates) {
            serve(rank, &framework::route(doors.template()), Some(Arc::new(doors)));
        }
        let base = Policy::<D>::new().base_path().trim_end_matches('/');
        serve(isize::MAX, &format!("{base}/<_..>"), None);
        Ok(Routes::new(Some(routes), beside, owing))
    }
}

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
