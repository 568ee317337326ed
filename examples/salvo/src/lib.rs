//! A guarded salvo service: three operations, one of them still to come.

mod db;
mod handlers;
mod keys;
mod serve;

/// The policy, compiled from the document.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use http::{Method, Response};
use policy_core::{Denial, handlers};
use policy_http::{Authenticator, EnableAll, Options, Unmatched};
use policy_salvo::{Guard, MountError, State};
use salvo::Router;

use handlers::{get_encounter, health, list_encounters};
use policy::operations::GetAudio;
use policy::{Api, POLICY};

pub use db::Db;
pub use keys::Keys;
pub use serve::serve;

/// The guard of all routes of the document, and of one more, which the audit lists.
pub fn guard<A: Authenticator<Api>>(authenticator: A) -> Guard<Api, A, EnableAll> {
    policy_salvo::guard(&POLICY, authenticator, EnableAll)
        .options(Options::new().denials(denial).unmatched(unmatched))
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", health)
}

/// The service.
///
/// # Errors
/// The routes do not fit the policy. The error gives every reason.
pub fn app(db: Db, authenticator: impl Authenticator<Api>) -> Result<Router, MountError> {
    Ok(guard(authenticator).try_into_router()?.hoop(State(db)))
}

/// The service's own body of a denial. The guard adds the challenge and the other headers that HTTP requires.
fn denial(denial: &Denial<'_, Api>) -> Response<String> {
    let body = format!(r#"{{"error":"{}","stage":"{}"}}"#, denial.reason_code(), denial.stage());
    let response = Response::builder().status(denial.status()).header("content-type", "application/json");
    // This cannot fail: the status and the header are valid.
    response.body(body).unwrap_or_default()
}

/// The service's own body for known callers if no operation matches. Unknown callers get a denial.
fn unmatched(unmatched: Unmatched) -> Response<String> {
    let body = format!(r#"{{"error":"{}"}}"#, unmatched.code());
    let response = Response::builder().status(unmatched.status()).header("content-type", "application/json");
    response.body(body).unwrap_or_default()
}
