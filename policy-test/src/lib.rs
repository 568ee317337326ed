#![doc = include_str!("../README.md")]
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "callers")]
mod callers;
mod document;
#[cfg(feature = "matrix")]
pub mod matrix;
mod stale;

#[cfg(feature = "callers")]
pub use callers::{CallerError, Callers};
pub use document::{compare_document, document_is_current};
#[cfg(feature = "matrix")]
pub use matrix::{Body, Credentials, Held, KnownCredentials, Matrix, MatrixError, Report, Wanted, matrix};
pub use stale::StaleDocument;
