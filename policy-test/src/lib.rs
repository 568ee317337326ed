#![doc = include_str!("../README.md")]
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "callers")]
mod callers;
mod document;
mod stale;

#[cfg(feature = "callers")]
pub use callers::{CallerError, Callers};
pub use document::{compare_document, document_is_current};
pub use stale::StaleDocument;
