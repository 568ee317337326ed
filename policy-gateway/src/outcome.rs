//! What becomes of a request.

use http::header::{HeaderMap, HeaderName};
use http::{Response, StatusCode};

/// The decision about one request.
#[derive(Debug)]
pub enum Outcome {
    /// The proxy may forward it.
    Allowed(Admission),
    /// The proxy answers the client with this: 401, 403, 404, 405, 400 or 503, with its challenge and body. The status is never a
    /// success. A dialect that cannot carry an answer whole writes what it can, and always a denial.
    Denied(Response<String>),
}

impl Outcome {
    /// A denial because the gateway itself failed.
    #[must_use]
    pub fn unavailable() -> Self {
        let detail = "the decision could not be made";
        Self::undecided(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    /// A denial that no policy decided. It knows its reason, so that it can be logged where it is answered.
    pub(crate) fn undecided(status: StatusCode, reason_code: &'static str, detail: &str) -> Self {
        let mut denial = policy_http::run_time::answer(status, reason_code, detail);
        denial.extensions_mut().insert(Undecided(reason_code));
        Self::Denied(denial)
    }
}

/// Why no policy decided. It stands among the extensions of a denial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undecided(pub(crate) &'static str);

/// What the proxy adds to a request that it may forward.
#[derive(Debug, Default)]
pub struct Admission {
    /// The identity headers for the upstream. Each configured one is here at every allowed request, with an empty value where there is
    /// nothing to say, so that it overwrites what a client sent under this name.
    pub set: HeaderMap,
    /// Header fields that the proxy must not forward.
    pub remove: Vec<HeaderName>,
}
