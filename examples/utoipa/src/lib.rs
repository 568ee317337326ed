//! A guarded axum service that is written code first: utoipa makes the document of its handlers, and the document is the policy.

mod document;
mod files;

/// The policy, compiled from the document.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod policy {
    policy_core::include_policy!();
}

use axum::Router;
use policy_axum::MountError;
use policy_core::handlers;
use policy_http::{Authenticator, EnableAll};
use policy_test::{CallerError, Callers};

use files::{list_files, read_file, write_file};
use policy::schemes::TOKEN;
use policy::{Api, POLICY};

pub use document::openapi;
pub use files::Files;

/// The service. Its routes are the document's, mounted by the guard.
///
/// # Errors
/// The routes do not fit the policy. The error gives every reason.
pub fn app(files: Files, authenticator: impl Authenticator<Api>) -> Result<Router, MountError> {
    policy_axum::guard(&POLICY, authenticator, EnableAll)
        .handlers(handlers![list_files, read_file, write_file])
        .try_with_state(files)
}

/// Callers for trying the service, whose names are their tokens. A build without debug assertions knows none of them. A real service has
/// another authenticator.
///
/// # Errors
/// A scope that the document does not have.
pub fn callers() -> Result<Callers<Api>, CallerError> {
    Callers::new().with("reader", TOKEN, "files:read")?.with("writer", TOKEN, "files:read files:write")
}
