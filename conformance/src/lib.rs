#![doc = include_str!("../README.md")]

mod application;
mod capability;
mod child;
mod connections;
mod corpus;
mod even;
mod frames;
mod http2;
pub mod measure;
mod operations;
pub mod otherwise;
mod report;
mod requests;
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

/// Another document, below `/v2`, for applications with two documents.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod orders {
    policy_core::include_policy!("orders");
}

/// The other document below the base path of the first, `/v1`.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod orders_below_v1 {
    policy_core::include_policy!("orders_below_v1");
}

/// The other document without a base path.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod orders_at_root {
    policy_core::include_policy!("orders_at_root");
}

/// A document with a method that not every framework knows, `QUERY`.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod search {
    policy_core::include_policy!("search");
}

pub use application::{Keys, enablement, options};
pub use capability::{Capability, Framework};
pub use child::{WITHOUT_GUARD, mistakes_are_heard, stderr_of};
#[doc(no_inline)]
pub use policy_core;
pub use report::{Report, Violations};
pub use requests::Request;
pub use runner::conform;
pub use serve::{Setup, on_a_thread};
pub use witness::ran;
