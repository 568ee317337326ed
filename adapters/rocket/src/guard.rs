//! The builder: from a policy and its handlers to a fairing that mounts them.

use std::fmt;
use std::sync::Arc;

use policy_core::{Audit, Document, Policy};
use policy_http::mount::{Doors, MountError};
use policy_http::{Authenticator, Drive, Enablement, Gate, Options};
use rocket::Route;
use rocket::http::Method;

use crate::entrance::Entrance;
use crate::framework::{self, METHODS, Rocket};
use crate::handler::Handler;
use crate::mount::{Mount, Run};
use crate::rank::Guarded;
use crate::routes::{Routes, Unguarded, say};
use crate::utf8;

/// Starts the guard of a policy. Nothing is served, enabled or public until it is said.
pub fn guard<D, A, E>(_policy: &Policy<D>, authenticator: A, enablement: E) -> Guard<D, A, E>
where
    D: Document,
    D::Order: Drive<D>,
    A: Authenticator<D>,
    E: Enablement<D>,
{
    let (mount, options) = (Mount::new(), Options::new());
    Guard { authenticator, enablement, mount, options, beside: Vec::new(), non_utf8: None }
}

/// A policy, who authenticates, who enables, and the handlers behind it. [`guard`] makes one.
#[must_use = "a guard serves nothing until `into_fairing`"]
pub struct Guard<D: Document, A, E> {
    authenticator: A,
    enablement: E,
    mount: Mount<D>,
    options: Options<D>,
    beside: Vec<Unguarded>,
    /// Why a credential that is not UTF-8 may count as none, where the application said so.
    non_utf8: Option<&'static str>,
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
        self.mount.unguarded(method.as_str(), template, reason, handler);
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

    /// Mounts the operations in which a credential that is not UTF-8 counts as none, although the document has it refused. The
    /// audit names them, with this reason: a proxy in front refuses such headers, say.
    ///
    /// rocket drops a header that is not UTF-8 before anybody sees it. Most operations refuse such a request all the same, as one
    /// without credential. Where another alternative does without that header, it decides: an optional operation answers
    /// as to an anonymous caller, one with several schemes as to whom another scheme names. Without this, such an
    /// operation is an error at start.
    pub fn non_utf8_credentials_count_as_none(mut self, reason: &'static str) -> Self {
        self.non_utf8 = Some(reason);
        self
    }

    policy_http::__guard_options!(D);

    /// The policy's audit, with the operations that are still pending, the routes outside it, shadow mode, and where a credential that
    /// is not UTF-8 counts as none.
    #[must_use]
    pub fn audit(&self) -> Audit<D> {
        let audit = self.mount.plan.audit(self.options.audit());
        let undecidable = utf8::undecidable();
        let audit = match self.non_utf8.filter(|_| !undecidable.is_empty()) {
            Some(reason) => audit.with_accepted(undecidable, utf8::ACCEPTED, reason),
            None => audit,
        };
        let beside = self.beside.iter().flat_map(|beside| beside.routes.iter().map(move |route| (beside, route)));
        beside.fold(audit, |audit, (beside, route)| {
            let template = format!("{}{}", beside.base.trim_end_matches('/'), route.uri);
            audit.with_unguarded(route.method.as_str(), &template, beside.reason)
        })
    }

    /// The fairing that mounts the routes, whether or not they fit together: where they do not, rocket does not launch, and the log
    /// and stderr say why. [`try_into_fairing`](Self::try_into_fairing) answers the error instead, so that `?` in `main` ends the
    /// program.
    #[must_use]
    pub fn into_fairing(self) -> Routes {
        match self.try_into_fairing() {
            Ok(routes) => routes,
            Err(error) => {
                say(&error);
                Routes::new(None, Vec::new(), false)
            }
        }
    }

    /// The fairing that mounts the routes: each template, and one for whatever matches none below the policy's base path.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template or a method
    /// that rocket cannot serve exactly, an unguarded route in an operation's place, an operation that a header which
    /// rocket drops could open.
    pub fn try_into_fairing(self) -> Result<Routes, MountError> {
        let Self { authenticator, enablement, mount, options, beside, non_utf8 } = self;
        let mut problems = mount.plan.problems::<Rocket>();
        problems.extend(mount.uncallable);
        problems.extend(framework::unknown_methods::<D>());
        if non_utf8.is_none() {
            problems.extend(utf8::undecidable::<D>().iter().map(utf8::problem));
        }
        MountError::check(problems)?;
        let templates = mount.plan.open::<Rocket, _>(|run| run)?;
        let owing = options.owes_headers();
        let gate = Arc::new(Gate::new(authenticator, enablement, options));
        let serve = |path: &str, doors: Option<Doors<D, Run>>| {
            let entrance = Entrance { gate: Arc::clone(&gate), doors: doors.map(Arc::new) };
            METHODS.map(|method| Route::new(method, path, entrance.clone())).into()
        };
        let base = Policy::<D>::new().base_path().trim_end_matches('/');
        let nothing = serve(&format!("{base}/<_..>"), None);
        let templates = templates.into_iter().map(|doors| serve(&framework::route(doors.template()), Some(doors)));
        Ok(Routes::new(Some(Guarded { templates: templates.collect(), nothing }), beside, owing))
    }
}

impl<D: Document, A, E> fmt::Debug for Guard<D, A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("mount", &self.mount).finish_non_exhaustive()
    }
}
