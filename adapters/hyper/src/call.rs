//! What belongs to one request.

use std::fmt;
use std::sync::Arc;

use http::Request;

use crate::routes::Routes;

/// One call of a handler: the request, the service's state, and the parameters of the path. `B` is the request's body,
/// hyper's own where nothing else is said.
pub struct Call<S, B = hyper::body::Incoming> {
    /// The service's state.
    pub state: S,
    /// The request, as it came.
    pub request: Request<B>,
    pub(crate) route: Option<Route>,
}

/// Which template the path is to be read by.
pub(crate) struct Route {
    pub(crate) routes: Arc<Routes>,
    pub(crate) operation: usize,
}

impl<S, B> Call<S, B> {
    /// A call as a handler's unit test makes it: without a route, and so without parameters.
    pub fn new(state: S, request: Request<B>) -> Self {
        Self { state, request, route: None }
    }

    /// The value of a parameter of the path, exactly as it stands there: nothing is decoded. It is never empty, `.` or `..`.
    ///
    /// It is read from the path when it is asked for; a request whose handler does not ask pays nothing.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let Route { routes, operation } = self.route.as_ref()?;
        routes.parameter(*operation, self.request.uri().path(), name)
    }
}

impl<S, B> fmt::Debug for Call<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The target may hold a credential.
        f.debug_struct("Call").field("method", self.request.method()).finish_non_exhaustive()
    }
}
