//! The reference API. Partner organizations read their encounters, documents, transcripts and recordings. The API's OpenAPI document,
//! `spec/charthero.yaml`, says who may call what.
//!
//! [`app`] is the whole service as an axum router. [`cli`] is its command line.

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
