//! A guarded axum service, as the README builds it: three operations, one of them still to come.

mod db;
mod handlers;
mod keys;
mod metrics;
mod serve;

/// The policy, compiled from the document.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use axum::Router;
use axum::http::{Method, Response};
use axum::routing::get;
use policy_axum::{Guard, MountError};
use policy_core::{Denial, handlers};
use policy_http::{Authenticator, EnableAll, Options, Unmatched};

use handlers::{get_encounter, health, list_encounters};
use policy::operations::GetAudio;
use policy::{Api, POLICY};

pub use db::Db;
pub use keys::Keys;
pub use metrics::{app_with_metrics, guard_with_metrics};
pub use serve::serve;

/// The guard of all routes of the document, and of one more, which the audit lists.
pub fn guard<A: Authenticator<Api>>(authenticator: A) -> Guard<Api, A, EnableAll, Db> {
    let enablement = EnableAll;
    policy_axum::guard(&POLICY, authenticator, enablement)
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(health))
}

/// The service.
///
/// # Errors
/// The routes do not fit the policy. The error gives every reason.
pub fn app(db: Db, authenticator: impl Authenticator<Api>) -> Result<Router, MountError> {
    guard(authenticator).try_with_state(db)
}

/// The same service with bodies of its own where no handler runs.
///
/// # Errors
/// As [`app`].
pub fn app_with_own_bodies(db: Db, authenticator: Keys) -> Result<Router, MountError> {
    guard(authenticator).options(Options::new().denials(denial).unmatched(unmatched)).try_with_state(db)
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
