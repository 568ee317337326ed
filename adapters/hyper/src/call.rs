//! The arguments of a handler that belong to one request.

use std::fmt;
use std::sync::Arc;

use http::Request;

use crate::routes::{RouteIndex, RouteTable};

/// One call of a handler: the request, the service's state, and the parameters of the path. `B` is the type of the request's body, by
/// default hyper's own.
pub struct Call<S, B = hyper::body::Incoming> {
    /// The service's state.
    pub state: S,
    /// The request, as it came.
    pub request: Request<B>,
    pub(crate) parameters: Parameters,
}

/// Where the parameters of the path are.
pub(crate) enum Parameters {
    /// In the path of the request, at the places of this route's template.
    Routed(Arc<RouteTable>, RouteIndex),
    /// A unit test gave them, each with its name.
    Given(Vec<(String, String)>),
}

impl<S, B> Call<S, B> {
    /// A call for a handler's unit test. It has no parameters, until it is [given](Self::with_parameter) some.
    pub fn new(state: S, request: Request<B>) -> Self {
        Self { state, request, parameters: Parameters::Given(Vec::new()) }
    }

    /// The same call with a parameter of the path, for a handler's unit test. The value is written as in a path, so a space is `%20`.
    ///
    /// ```
    /// use http::Request;
    /// use policy_hyper::Call;
    ///
    /// let call = Call::new((), Request::new(())).with_parameter("name", "a%20b");
    /// assert_eq!(call.parameter("name"), Some("a%20b"));
    /// ```
    ///
    /// In a call that a service made, the given parameters replace those of the path.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let mut given = match self.parameters {
            Parameters::Given(given) => given,
            Parameters::Routed(..) => Vec::new(),
        };
        let name = name.into();
        given.retain(|(earlier, _)| *earlier != name);
        given.push((name, value.into()));
        self.parameters = Parameters::Given(given);
        self
    }

    /// The value of a parameter of the path, exactly as it stands there: it is **not** percent-decoded, so that a space is
    /// `%20` and `ü` is `%C3%BC`. `percent_encoding::percent_decode_str(value).decode_utf8()` decodes it. It is never empty, `.` or `..`, and
    /// has no encoded slash, backslash or dot segment, since such a request is answered 404.
    ///
    /// It is read from the path by this call.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        match &self.parameters {
            Parameters::Routed(routes, route) => routes.parameter(*route, self.request.uri().path(), name),
            Parameters::Given(given) => given.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str()),
        }
    }
}

impl<S, B> fmt::Debug for Call<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The target may hold a credential.
        f.debug_struct("Call").field("method", self.request.method()).finish_non_exhaustive()
    }
}
