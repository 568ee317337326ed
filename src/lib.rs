//! The reference API: partner organizations read their encounters, documents, transcripts and recordings, and who may
//! call what is decided by the policy in the API's own OpenAPI document, `spec/charthero.yaml`.
//!
//! [`app`] is the whole service as an axum router; [`cli`] is the command line around it.

pub mod audio;
pub mod cli;
pub mod handlers;
pub mod names;
pub mod page;
pub mod problem;
pub mod serve;
pub mod store;

mod app;

pub use app::{AppError, Service, Settings, app, audit, guard};

/// The policy, compiled from `spec/charthero.yaml`.
pub mod policy {
    policy_core::include_policy!();
}
