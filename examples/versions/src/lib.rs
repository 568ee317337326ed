//! Two versions of an API in one service. Each has a document, a policy and a guard of its own, and they share state and data.

mod keys;
mod new;
mod notes;
mod old;

/// The first version, compiled.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod v1 {
    policy_core::include_policy!("v1");
}

/// The second version, compiled.
#[allow(missing_docs, reason = "the document describes itself")]
pub mod v2 {
    policy_core::include_policy!("v2");
}

use axum::Router;
use policy_axum::{Guard, MountError};
use policy_core::handlers;
use policy_http::EnableAll;

use new::Note;

pub use keys::Keys;
pub use notes::Notes;

/// The guard of the first version.
pub fn first() -> Guard<v1::Api, Keys, EnableAll, Notes> {
    policy_axum::guard(&v1::POLICY, Keys, EnableAll).handlers(handlers![old::get_note])
}

/// The guard of the second version.
pub fn second() -> Guard<v2::Api, Keys, EnableAll, Notes> {
    policy_axum::guard(&v2::POLICY, Keys, EnableAll).handlers(handlers![Note::get, Note::create])
}

/// The service: the second version, and beside it the first.
///
/// # Errors
/// The routes do not fit a policy. The error gives every reason.
pub fn app(notes: Notes) -> Result<Router, MountError> {
    let first = first().try_with_state(notes.clone())?;
    second().beside("the first version, by its own policy", first).try_with_state(notes)
}
