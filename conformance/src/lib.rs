#![doc = include_str!("../README.md")]

mod application;
mod capability;
mod connections;
mod corpus;
mod frames;
mod http2;
pub mod measure;
mod operations;
mod report;
mod runner;
mod serve;
mod vectors;
mod wire;
mod witness;

/// The document with its default order: enablement before scopes.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod enablement_first {
    policy_core::include_policy!("enablement_first");
}

/// The same document with scopes before enablement.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod scopes_first {
    policy_core::include_policy!("scopes_first");
}

pub use application::{Keys, enablement, options};
pub use capability::{Capability, Framework};
#[doc(no_inline)]
pub use policy_core;
pub use report::{Report, Violations};
pub use runner::conform;
pub use serve::{Setup, on_a_thread};
pub use witness::ran;
