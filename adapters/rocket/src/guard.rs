//! The builder: from a policy and its handlers to a fairing that mounts them.

use std::sync::Arc;

use policy_core::{Document, Operation, Policy};
use policy_http::mount::{Extent, MountError, Served};
use policy_http::{Authenticator, Enablement};
use rocket::Route;
use rocket::http::Method;
use rocket::route;

use crate::endpoint::{Claimed, Fallback, Template};
use crate::framework::{self, METHODS, Rocket};
use crate::handler::Handler;
use crate::mount::Run;
use crate::rank::Guarded;
use crate::routes::{Routes, Unguarded, say};
use crate::utf8;

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    pub fn guard();

    #[must_use = "a guard serves nothing until `into_fairing`"]
    pub struct Guard<D, A, E> {
        unguarded: Vec<Unguarded> = Vec::new(),
        /// Whether a credential that is not UTF-8 may count as none.
        non_utf8: bool = false,
        /// Whether the application answers what no template matches, below the base path too.
        otherwise: bool = false,
    }

    plan of Run;
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Guard<D, A, E> {
    /// Mounts a route outside the policy. The audit lists it with its reason.
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

    /// Mounts a handler for an operation that the list leaves to the application (`elsewhere!(Operation, "reason")`). **Nothing is
    /// checked there.**
    pub fn elsewhere<O: Operation<Document = D>, T: 'static>(mut self, handler: impl Handler<T>) -> Self {
        self.mount.application::<O, T>(handler);
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
        let (base, routes) = (base.into(), routes.into());
        for route in &routes {
            let template = format!("{}{}", base.trim_end_matches('/'), route.uri);
            self.mount.plan.list(route.method.as_str(), &template, reason);
        }
        self.unguarded.push(Unguarded { base, routes });
        self
    }

    /// Leaves to the application what no template matches, **below the policy's base path too**: its own
    /// [routes](Self::unguarded_routes), catch-alls too, and rocket's catchers. It is for a service that is guarded step by step and has
    /// routes that its document lacks. The audit has a line for it.
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. With this and without, it also answers each path that would become an operation's by decoding, by
    /// merging slashes, by resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash.
    pub fn otherwise(mut self, reason: &'static str) -> Self {
        self.mount.plan.leave(Extent::Otherwise, reason);
        self.otherwise = true;
        self
    }

    /// Accepts that a credential which is not UTF-8 counts as none, although the document requires to refuse it. The audit names the
    /// operations with this reason, for example that a proxy in front refuses such headers.
    ///
    /// rocket drops a header that is not UTF-8 before the guard sees it. Most operations then refuse the request, since it has no
    /// credential. But if another alternative does not need the header, that one decides. An optional operation takes the caller for an
    /// anonymous one. An operation with several schemes takes the caller whom another scheme names. Without this method, such an operation
    /// is an error at start.
    pub fn non_utf8_credentials_count_as_none(mut self, reason: &'static str) -> Self {
        let undecidable = utf8::undecidable();
        if !undecidable.is_empty() && !self.non_utf8 {
            self.mount.plan.accept(undecidable, utf8::ACCEPTED, reason);
        }
        self.non_utf8 = true;
        self
    }

    /// The fairing that mounts the routes, whether or not they fit together. If they do not, rocket does not launch, and the log
    /// and stderr say why. [`try_into_fairing`](Self::try_into_fairing) returns the error instead, so that `?` in `main` ends the
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

    /// The fairing that mounts the routes: each template, and one for what matches none below the policy's base path.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template or a method
    /// that rocket cannot serve exactly, an unguarded route in an operation's place, an operation that could be
    /// opened because rocket drops a header.
    pub fn try_into_fairing(self) -> Result<Routes, MountError> {
        let Self { authenticator, enablement, mut mount, options, unguarded, non_utf8, otherwise } = self;
        framework::unknown_methods::<D>().for_each(|fault| mount.plan.fault(fault));
        if !non_utf8 {
            utf8::undecidable::<D>().iter().for_each(|operation| mount.plan.fault(utf8::fault(operation)));
        }
        let owing = options.owes_headers();
        let Served { gate, endpoints, claims, .. } =
            mount.plan.serve::<Rocket, _, _, _>(authenticator, enablement, options, |run| run)?;
        let templates = endpoints.into_iter().map(|endpoint| {
            let path = framework::route(endpoint.template());
            routes(&path, Template(Arc::new(endpoint)))
        });
        let base = Policy::<D>::new().base_path().trim_end_matches('/');
        let templates = templates.collect();
        let kept = routes("/<_..>", Claimed { gate: Arc::clone(&gate), claims });
        let nothing = if otherwise { Vec::new() } else { routes(&format!("{base}/<_..>"), Fallback(gate)) };
        Ok(Routes::new(Some(Guarded { templates, kept, nothing }), unguarded, owing))
    }
}

/// A route for each method that rocket knows.
fn routes(path: &str, handler: impl route::Handler + Clone) -> Vec<Route> {
    METHODS.map(|method| Route::new(method, path, handler.clone())).into()
}
