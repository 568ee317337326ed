//! The same service with its decisions counted, and a route where Prometheus collects the numbers.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method};
use axum::routing::get;
use policy_axum::{Guard, MountError};
use policy_core::handlers;
use policy_http::{Counters, EnableAll, Options, Prometheus, Tracing};

use crate::handlers::{get_encounter, health, list_encounters};
use crate::policy::operations::GetAudio;
use crate::policy::{Api, POLICY};
use crate::{Db, Keys};

/// The service with `GET /metrics`, which needs no credential. Anybody who reaches the port can read how often each route was called and
/// refused. The numbers say nothing about callers. The audit lists the route. Serve it on another port if it must not be public.
///
/// # Errors
/// The routes do not fit the policy; it says how.
pub fn app_with_metrics(db: Db, authenticator: Keys) -> Result<Router, MountError> {
    guard_with_metrics(authenticator).try_with_state(db)
}

/// The guard of this service. Its audit is a snapshot that is reviewed.
pub fn guard_with_metrics(authenticator: Keys) -> Guard<Api, Keys, EnableAll, Db> {
    let counters = Arc::new(Counters::new());
    let log = (Tracing, Arc::clone(&counters));
    policy_axum::guard(&POLICY, authenticator, EnableAll)
        .options(Options::new().log(log))
        .handlers(handlers![list_encounters, get_encounter, pending!(GetAudio, "moves in March")])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(health))
        .unguarded(Method::GET, "/metrics", "numbers of decisions", get(async move || metrics(&counters)))
}

fn metrics(counters: &Counters<Api>) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, Prometheus::<Api>::CONTENT_TYPE)], counters.prometheus().to_string())
}
