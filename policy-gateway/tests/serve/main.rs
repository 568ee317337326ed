//! The gateway as a process: it starts, decides, takes new configurations, tells what it does, and ends.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test"
)]

mod authenticators;
mod check;
mod held_log;
mod image;
mod reload;
mod running;
mod seeing;
#[path = "../../../policy-store/tests/store/server.rs"]
mod server;
mod store;
mod store_behaviour;
mod store_tls;

/// A document in which `GET /notes` requires a scope.
fn document(scope: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{ title: Notes, version: '1' }}\npaths:\n  /health: {{ get: {{ security: [] }} }}\n  /notes:\n    get:\n\
         \x20     x-required-scopes: ['{scope}']\n\
         security: [{{ Key: [] }}]\ncomponents:\n  securitySchemes:\n    Key: {{ type: http, scheme: bearer }}\n"
    )
}

/// A policy by that document, whose keys are in the folder's store.
const POLICY: &str = "
[[stores]]
name = 'main'
sqlite = 'keys.db'
key-prefix = 'acme_sk'
[[policies]]
name = 'notes'
source = 'openapi.yaml'
enablement = 'all'
[policies.schemes.Key]
store = 'main'
[policies.identity]
scopes = 'X-Scopes'
subject = 'X-Subject'
";
