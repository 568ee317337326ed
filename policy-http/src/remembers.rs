//! In which types authenticators and enablements remember what they were told.

#[cfg(feature = "run-time")]
use std::sync::Arc;

use policy_core::{Document, OperationSet, Principal};

/// The policy for which [`Introspection`](crate::Introspection) and [`StoredEnablement`](crate::StoredEnablement) remember answers: a
/// compiled one, by its type, or with the feature `run-time` any that is read at run time (`run_time::RunTime`). The trait is sealed.
///
/// For a compiled policy they remember callers and operations in its own types, so that an answer that is repeated costs next to nothing.
/// For policies that are read at run time they remember names, which hold for each of them and for the next version of one.
pub trait Remembers: sealed::Sealed + Send + Sync + 'static {
    /// Whom a token belongs to.
    #[doc(hidden)]
    type Caller: Clone + Send + Sync + 'static;
    /// What is enabled for an organization.
    #[doc(hidden)]
    type Enabled: Clone + Send + Sync + 'static;
}

impl<D: Document> Remembers for D {
    type Caller = Principal<D>;
    type Enabled = OperationSet<D>;
}

#[cfg(feature = "run-time")]
impl Remembers for crate::run_time::RunTime {
    type Caller = Arc<crate::verified::Verified>;
    type Enabled = Arc<crate::stored_enablement::EnabledNames>;
}

mod sealed {
    pub trait Sealed {}
    impl<D: super::Document> Sealed for D {}
    #[cfg(feature = "run-time")]
    impl Sealed for crate::run_time::RunTime {}
}
