//! A guarded salvo service: three operations, one of them still to come.

mod db;
mod handlers;
mod keys;

/// What the document says, compiled.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use http::{Method, Response};
use policy_core::{Denial, handlers};
use policy_http::{EnableAll, Options};
use policy_salvo::State;
use salvo::Router;

use handlers::{get_encounter, health, list_encounters};
use policy::operations::GetAudio;
use policy::{Api, POLICY};

pub use db::Db;
pub use keys::Keys;

/// The service: the document's routes, all of them, and one more that the audit lists.
pub fn app(db: Db, authenticator: Keys) -> Router {
    let enablement = EnableAll;
    policy_salvo::guard(&POLICY, authenticator, enablement)
        .options(Options::new().denials(denial))
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", health)
        .into_router()
        .hoop(State(db))
}

/// The service's own body of a denial. The challenge and what else HTTP demands are added to it.
fn denial(denial: &Denial<'_, Api>) -> Response<String> {
    let body = format!(r#"{{"error":"{}","stage":"{}"}}"#, denial.reason_code(), denial.stage());
    let response = Response::builder().status(denial.status()).header("content-type", "application/json");
    // Status and header are legal; a response that is none would be replaced by problem details.
    response.body(body).unwrap_or_default()
}
