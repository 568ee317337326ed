#![doc = include_str!("../README.md")]

mod builder;
mod draft;
mod generate;
mod instructions;
mod report;
mod text;
mod write;
mod written;

use std::path::Path;

pub use builder::{Builder, configure};
pub use generate::{GenerateError, Options, generate};
pub use policy_core::Stage;
pub use policy_spec::Combine;
pub use report::Report;

/// Compiles an OpenAPI document to the policy that `policy_core::include_policy!()` includes.
///
/// The path is relative to the package. For other settings than the defaults, see [`configure`].
///
/// # Errors
/// A [`Report`] of every error in the document, or of the file that cannot be read or written. Return it from `main`:
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), policy_build::Report> {
///     policy_build::compile("openapi.yaml")
/// }
/// ```
pub fn compile(document: impl AsRef<Path>) -> Result<(), Report> {
    configure().compile(document)
}
