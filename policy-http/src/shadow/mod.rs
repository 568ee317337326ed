//! Shadow mode: a policy is tried on real traffic before it is enforced. For a compiled policy it needs the feature `shadow`, which is off
//! by default; a gate of a policy that is read at run time has it where its operator says so.

mod mode;

#[cfg(feature = "shadow")]
mod of_document;

#[cfg(feature = "run-time")]
pub(crate) use mode::Mode;
pub use mode::ShadowError;
#[cfg(feature = "shadow")]
pub use of_document::Shadow;
#[cfg(feature = "shadow")]
pub(crate) use of_document::header;
