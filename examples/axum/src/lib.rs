//! A guarded axum service, as the README builds it: three operations, one of them still to come.

mod db;
mod handlers;
mod keys;
mod metrics;

/// What the document says, compiled.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use axum::Router;
use axum::http::{Method, Response};
use axum::routing::get;
use policy_core::{Denial, handlers};
use policy_http::{EnableAll, Options};

use handlers::{get_encounter, health, list_encounters};
use policy::operations::GetAudio;
use policy::{Api, POLICY};

pub use db::Db;
pub use keys::Keys;
pub use metrics::{app_with_metrics, guard_with_metrics};

/// The service: the document's routes, all of them, and one more that the audit lists.
pub fn app(db: Db, authenticator: Keys) -> Router {
    let enablement = EnableAll;
    policy_axum::guard(&POLICY, authenticator, enablement)
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(health))
        .with_state(db)
}

/// The same service with a body of its own for denials.
pub fn app_with_own_denials(db: Db, authenticator: Keys) -> Router {
    policy_axum::guard(&POLICY, authenticator, EnableAll)
        .options(Options::new().denials(denial))
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .with_state(db)
}

/// The service's own body of a denial. The challenge and what else HTTP demands are added to it.
fn denial(denial: &Denial<'_, Api>) -> Response<String> {
    let body = format!(r#"{{"error":"{}","stage":"{}"}}"#, denial.reason_code(), denial.stage());
    let response = Response::builder().status(denial.status()).header("content-type", "application/json");
    // Status and header are legal; a response that is none would be replaced by problem details.
    response.body(body).unwrap_or_default()
}
