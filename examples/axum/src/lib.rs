//! A guarded axum service, as the README builds it: three operations, one of them still to come.

mod db;
mod handlers;
mod keys;

/// What the document says, compiled.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use axum::Router;
use axum::http::Method;
use axum::routing::get;
use policy_core::handlers;
use policy_http::EnableAll;

use handlers::{get_encounter, health, list_encounters};
use policy::POLICY;
use policy::operations::GetAudio;

pub use db::Db;
pub use keys::Keys;

/// The service: the document's routes, all of them, and one more that the audit lists.
pub fn app(db: Db, authenticator: Keys) -> Router {
    let enablement = EnableAll;
    policy_axum::guard(&POLICY, authenticator, enablement)
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(health))
        .with_state(db)
}
