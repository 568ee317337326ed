//! The layer that refuses routes which were added to the guard's router.

use std::collections::BTreeSet;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use futures_util::future::Either;
use policy_core::unmatched::BasePath;
use policy_http::mount::{Framework as _, MountFault, NoPermit};
use tower::{Layer, Service};

use crate::framework::Axum;

/// Answers 500 if axum routes a request below the policy's base path to a route that the audit does not list, because it was added to the
/// guard's router. [`Guard::seal`](crate::Guard::seal) makes it.
///
/// It is a layer for the whole router. It checks the routes that exist when it is added:
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../surface/clinic/policy.rs")); }
/// use axum::Router;
/// use policy_axum::{Guard, MountError};
/// use policy_http::{Authenticator, Enablement};
///
/// fn sealed<A, E>(guard: Guard<policy::Api, A, E, ()>, own: Router) -> Result<Router, MountError>
/// where
///     A: Authenticator<policy::Api>,
///     E: Enablement<policy::Api>,
/// {
///     let seal = guard.seal();
///     Ok(guard.try_with_state(())?.merge(own).layer(seal))
/// }
/// # fn main() {}
/// ```
/// Requests that are not below the base path pass. If the document has no base path, all paths are below it.
#[derive(Clone, Debug)]
pub struct Seal {
    listed: Arc<BTreeSet<String>>,
    base: &'static str,
    prefix: Arc<str>,
}

impl Seal {
    pub(crate) fn new<'t>(listed: impl Iterator<Item = &'t str>, base: &'static str) -> Self {
        Self { listed: Arc::new(listed.map(str::to_owned).collect()), base, prefix: Arc::from("") }
    }

    /// For a router that is nested at this path. axum then puts the path before the router's own routes.
    #[must_use]
    pub fn nested_at(self, prefix: &str) -> Self {
        Self { prefix: Arc::from(prefix.trim_end_matches('/')), ..self }
    }

    /// Whether a route is one of the guard's, or is not below the base path.
    fn lets_pass(&self, route: &str) -> bool {
        let own = route.strip_prefix(&*self.prefix).is_some_and(|own| self.listed.contains(own));
        own || !BasePath::new(self.base).contains(route)
    }
}

impl<S> Layer<S> for Seal {
    type Service = Sealed<S>;

    fn layer(&self, inner: S) -> Sealed<S> {
        Sealed { inner, seal: self.clone() }
    }
}

/// A router behind a [`Seal`].
#[derive(Clone, Debug)]
pub struct Sealed<S> {
    inner: S,
    seal: Seal,
}

impl<S> Service<Request> for Sealed<S>
where
    S: Service<Request, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let foreign =
            request.extensions().get::<MatchedPath>().filter(|matched| !self.seal.lets_pass(matched.as_str()));
        let Some(foreign) = foreign else { return Either::Left(self.inner.call(request)) };
        let route = format!("{} {}", request.method(), foreign.as_str());
        MountFault::Foreign { framework: Axum::NAME, route }.refused();
        Either::Right(ready(Ok(NoPermit::Missing.answer().map(Body::from))))
    }
}
