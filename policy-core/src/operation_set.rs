//! Some operations of a policy.

use core::fmt;

use crate::policy::{Document, OperationRef, Policy};
use crate::words::{self, Words};

/// Operations of the policy `D`, as a bit set. What is enabled for a caller.
///
/// It is made from method and template and never stored: a rebuilt policy numbers its operations anew.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// use policy::operations::{GetEncounter, ListEncounters};
/// use policy_core::{OperationRef, OperationSet};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let enabled: OperationSet<policy::Api> = [OperationRef::of::<ListEncounters>()].into_iter().collect();
/// assert!(enabled.contains(OperationRef::of::<ListEncounters>()));
/// assert!(!enabled.contains(OperationRef::of::<GetEncounter>()));
/// assert_eq!(OperationSet::<policy::Api>::all().iter().count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperationSet<D: Document> {
    words: D::OperationWords,
}

impl<D: Document> OperationSet<D> {
    /// No operation: what is enabled by default.
    pub const EMPTY: Self = Self { words: D::OperationWords::ZERO };

    /// Every operation of the policy.
    #[must_use]
    pub fn all() -> Self {
        let mut words = D::OperationWords::ZERO;
        words::fill(&mut words, D::DEFINITION.count());
        Self { words }
    }

    /// Adds an operation.
    pub fn insert(&mut self, operation: OperationRef<D>) {
        words::insert(&mut self.words, operation.index_u32());
    }

    /// Whether the operation is in the set.
    #[must_use]
    pub fn contains(&self, operation: OperationRef<D>) -> bool {
        words::contains(&self.words, operation.index_u32())
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        words::count(&self.words) == 0
    }

    /// The operations, in document order.
    pub fn iter(&self) -> impl Iterator<Item = OperationRef<D>> + '_ {
        Policy::<D>::new().operations().filter(|operation| self.contains(*operation))
    }
}

impl<D: Document> Default for OperationSet<D> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<D: Document> FromIterator<OperationRef<D>> for OperationSet<D> {
    fn from_iter<I: IntoIterator<Item = OperationRef<D>>>(operations: I) -> Self {
        let mut set = Self::EMPTY;
        for operation in operations {
            set.insert(operation);
        }
        set
    }
}

impl<D: Document> fmt::Debug for OperationSet<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
