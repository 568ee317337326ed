//! The builder: from a policy and its handlers to a salvo router.

use std::sync::Arc;

use http::Method;
use policy_core::{Document, Operation, OperationRef, Policy};
use policy_http::mount::{Extent, MountError, Served, Unclaimed};
use policy_http::{Authenticator, Enablement};
use salvo_core::routing::PathState;
use salvo_core::{Handler, Request, Router};

use crate::endpoint::{Fallback, Template, Unfit};
use crate::framework::{REST, Salvo};
use crate::mount::Run;

policy_http::__guard! {
    /// Starts the guard of a policy. Nothing is served, enabled or public by default.
    pub fn guard();

    #[must_use = "a guard serves nothing until `into_router`"]
    pub struct Guard<D, A, E> {
        /// The application, if it answers what no template matches.
        application: Option<Router> = None,
    }

    plan of Run;
}

impl<D: Document, A: Authenticator<D>, E: Enablement<D>> Guard<D, A, E> {
    /// Mounts a route outside the policy. It is the only way to serve one, and the audit lists it with its reason.
    ///
    /// It serves exactly this method, and HEAD with the handler of GET (RFC 9110, section 9.1).
    pub fn unguarded(mut self, method: Method, template: &str, reason: &'static str, handler: impl Handler) -> Self {
        self.mount.plan.unguarded(method.as_str(), template, reason, Arc::new(handler));
        self
    }

    /// Mounts a handler for an operation that the list leaves to the application (`elsewhere!(Operation, "reason")`). **Nothing is
    /// checked there.**
    pub fn elsewhere<O: Operation<Document = D>>(mut self, handler: impl Handler) -> Self {
        self.mount.plan.application(Some(OperationRef::of::<O>()), Arc::new(handler));
        self
    }

    /// The application beside the policy: a router that is asked where no template matches and the path is not below the policy's
    /// base path. It may have any routes, `{**rest}` too; another guard's router is such a router.
    ///
    /// Below the base path the guard answers what no template matches, so that an unknown caller cannot tell which paths are
    /// operations. For a document without a base path, the guard answers only what its templates match. The audit has a line for the
    /// application.
    ///
    /// The application is never asked for a path that some reader could take for an operation's: encoded, with other slashes, with dots.
    pub fn beside(self, reason: &'static str, router: Router) -> Self {
        self.leave(Extent::Beside, reason, router)
    }

    /// The application, for what no template matches, **below the policy's base path too**. It is for a service that is guarded step by
    /// step and has routes that its document lacks. A guard has one application, given here or to [`beside`](Self::beside).
    ///
    /// An unknown caller can then tell which paths are operations, since these are answered 401. The guard still answers
    /// methods that a template lacks. It also answers each path that would become an operation's by decoding, by merging slashes, by
    /// resolving dots, by cutting off what follows a `;`, or by taking `\` for a slash. The application's own routes of guarded operations
    /// are never reached. The audit has a line for the application.
    pub fn otherwise(self, reason: &'static str, router: Router) -> Self {
        self.leave(Extent::Otherwise, reason, router)
    }

    fn leave(mut self, extent: Extent, reason: &'static str, router: Router) -> Self {
        self.mount.plan.leave(extent, reason);
        self.application = Some(router);
        self
    }

    /// The router, whether or not the handlers fit together. If they do not, every request is answered 500, and the log and
    /// stderr say why. [`try_into_router`](Self::try_into_router) returns the error instead, so that `?` in `main` ends the program.
    #[must_use]
    pub fn into_router(self) -> Router {
        match self.try_into_router() {
            Ok(router) => router,
            Err(error) => {
                error.announce();
                Router::new().push(Router::with_path(REST).goal(Unfit))
            }
        }
    }

    /// The router: each template as it stands in the document, and one handler for what matches none of them below the policy's base
    /// path.
    ///
    /// Below the base path it answers every request, so a route that is pushed afterwards is reached only outside. If the document has no
    /// base path, such a route is never reached. Give it to [`beside`](Self::beside). A route that is put before (`unshift`) has no permit.
    /// To serve the router under a prefix, push it below another router with a path.
    ///
    /// # Errors
    /// [`MountError`] names every reason at once: an operation without handler, a route mounted twice, a template that
    /// salvo cannot serve exactly, an unguarded route in an operation's place, a handler that salvo cannot call.
    pub fn try_into_router(self) -> Result<Router, MountError> {
        let Routers { operations, rest } = self.try_into_routers()?;
        Ok(operations.push(rest))
    }

    /// The router in two parts, for several documents that share a base path. Push the operations of each document first, and then the
    /// other part of each.
    ///
    /// # Errors
    /// [`MountError`], as for [`try_into_router`](Self::try_into_router).
    pub fn try_into_routers(self) -> Result<Routers, MountError> {
        let Self { authenticator, enablement, mount, options, application } = self;
        let Served { gate, endpoints, unclaimed, .. } =
            mount.plan.serve::<Salvo, _, _, _>(authenticator, enablement, options, |run| run)?;
        let mut operations = Router::new();
        for endpoint in endpoints {
            let route = match endpoint.template() {
                // The root needs no filter, and salvo would warn of one.
                "/" => Router::new(),
                template => Router::with_path(template),
            };
            operations = operations.push(route.goal(Template(endpoint)));
        }
        let base = Policy::<D>::new().base_path().trim_matches('/');
        let mut rest = Router::new();
        if let Some(application) = application {
            let kept = Arc::clone(&unclaimed);
            rest = rest.push(
                Router::with_filter_fn(move |request, rest| is_left(&unclaimed, request, rest)).push(application),
            );
            // The guard answers paths that the application could take for an operation, below the base path and elsewhere.
            let kept = Router::with_filter_fn(move |request, rest| !is_left(&kept, request, rest));
            rest = rest.push(kept.push(Router::with_path(REST).goal(Fallback(gate))));
        } else if base.is_empty() {
            rest = rest.push(Router::with_path(REST).goal(Fallback(gate)));
        } else {
            rest = rest.push(Router::with_path(format!("{base}/{REST}")).goal(Fallback(gate)));
        }
        Ok(Routers { operations, rest })
    }
}

/// Whether the application answers a request. Neither the whole path nor its rest after the prefix of a router may be the guard's.
fn is_left(unclaimed: &Unclaimed, request: &Request, path: &PathState<'_>) -> bool {
    let rest = path.all_rest().unwrap_or_default();
    unclaimed.has(request.uri().path()) && unclaimed.has(&format!("/{rest}"))
}

/// A guard's router in two parts: [`Guard::try_into_routers`].
#[derive(Debug)]
#[must_use = "a router serves nothing until it is pushed"]
#[non_exhaustive]
pub struct Routers {
    /// Each template of the document, and the unguarded routes.
    pub operations: Router,
    /// What answers if none of them matches: below the policy's base path 401 without a valid credential, and 404 with one. The application
    /// [beside](Guard::beside) comes after that. Without this part an unknown caller can tell an operation, which is answered 401, from a
    /// path without one, which salvo answers 404.
    pub rest: Router,
}
