//! The least that a caller of some operations must be granted.

use alloc::vec::Vec;
use core::fmt;

use crate::definition::{Access, OperationDefinition};
use crate::policy::{Document, OperationRef};
use crate::scope::ScopeSet;

/// How many minimal sets are listed at most. Real documents need a few.
const BUDGET: usize = 4096;

/// The minimal scope sets for some operations. Each set is enough for all of them, and none is a subset of another.
///
/// If no requirement has alternatives, there is exactly one set: all scopes together. Here a scope counts whichever scheme grants it. The
/// decision itself keeps schemes apart.
///
/// ```
/// # mod policy { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../surface/clinic/policy.rs")); }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use policy::POLICY;
/// use policy_core::ScopeSet;
///
/// let least = POLICY.least_privilege(POLICY.operations())?;
/// let all = ScopeSet::parse("encounters:read patients:read recordings:read")?.set();
/// assert_eq!(least.sole(), Some(all));
/// assert!(!least.is_met_by(&ScopeSet::parse("encounters:read")?.set()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastPrivilege<D: Document> {
    sets: Vec<ScopeSet<D>>,
}

impl<D: Document> LeastPrivilege<D> {
    /// The minimal sets, in the order that the document's alternatives give.
    #[must_use]
    pub fn sets(&self) -> &[ScopeSet<D>] {
        &self.sets
    }

    /// The minimal set, if there is only one.
    #[must_use]
    pub fn sole(&self) -> Option<ScopeSet<D>> {
        match *self.sets {
            [set] => Some(set),
            _ => None,
        }
    }

    /// Whether the grant is enough for all of the operations.
    #[must_use]
    pub fn is_met_by(&self, grant: &ScopeSet<D>) -> bool {
        self.sets.iter().any(|set| set.is_subset(grant))
    }

    /// The scopes that the grant has without need: those outside the minimal set that it comes closest to. If it meets several sets, the
    /// largest of them counts.
    #[must_use]
    pub fn excess(&self, grant: &ScopeSet<D>) -> ScopeSet<D> {
        let closest = self.sets.iter().min_by_key(|set| (set.difference(grant).len(), grant.difference(set).len()));
        closest.map_or(*grant, |set| grant.difference(set))
    }
}

/// The alternatives of the operations multiply to more minimal sets than are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlternativesExceedBudget;

impl fmt::Display for AlternativesExceedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the alternatives of these operations multiply to more than {BUDGET} minimal scope sets; ask for fewer operations at once"
        )
    }
}

impl core::error::Error for AlternativesExceedBudget {}

pub(crate) fn of<D: Document>(
    operations: impl IntoIterator<Item = OperationRef<D>>,
) -> Result<LeastPrivilege<D>, AlternativesExceedBudget> {
    let mut sets: Vec<ScopeSet<D>> = alloc::vec![ScopeSet::EMPTY];
    for operation in operations {
        let choices = choices(&operation.definition());
        let mut next = Vec::new();
        for set in &sets {
            for choice in &choices {
                keep_minimal(&mut next, set.union(choice));
                if next.len() > BUDGET {
                    return Err(AlternativesExceedBudget);
                }
            }
        }
        sets = next;
    }
    Ok(LeastPrivilege { sets })
}

fn choices<D: Document>(operation: &OperationDefinition) -> Vec<ScopeSet<D>> {
    if operation.access() != Access::Required {
        return alloc::vec![ScopeSet::EMPTY];
    }
    let mut choices = Vec::new();
    for alternative in operation.requirement().alternatives() {
        keep_minimal(&mut choices, ScopeSet::of_indices(alternative.scopes()));
    }
    choices
}

fn keep_minimal<D: Document>(sets: &mut Vec<ScopeSet<D>>, set: ScopeSet<D>) {
    if sets.iter().any(|other| other.is_subset(&set)) {
        return;
    }
    sets.retain(|other| !set.is_subset(other));
    sets.push(set);
}

/// The union of what the operations require, as a constant; for [`least_privilege!`](crate::least_privilege).
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "const fn; the index is below the length it is compared with")]
pub const fn union<const N: usize>(operations: &[OperationDefinition]) -> [u64; N] {
    let mut words = [0; N];
    let mut at = 0;
    while at < operations.len() {
        let requirement = operations[at].requirement();
        if let Some(alternative) = requirement.alternative(0) {
            assert!(
                requirement.alternative(1).is_none(),
                "an operation has alternatives, so there is no single least set; use `Policy::least_privilege`"
            );
            alternative.mark(&mut words);
        }
        at += 1;
    }
    words
}

/// The least that a caller of these operations must be granted, as a constant [`ScopeSet`](crate::ScopeSet).
///
/// `least_privilege![ListEncounters, GetAudio]` does not compile where an operation has alternatives: there is no single
/// least set then, and [`Policy::least_privilege`](crate::Policy::least_privilege) lists them.
#[macro_export]
macro_rules! least_privilege {
    ($first:ty $(, $operation:ty)* $(,)?) => {
        const {
            $crate::ScopeSet::<<$first as $crate::Operation>::Document>::from_words($crate::__private::union(&[
                $crate::OperationRef::<<$first as $crate::Operation>::Document>::of::<$first>().definition(),
                $($crate::OperationRef::<<$first as $crate::Operation>::Document>::of::<$operation>().definition(),)*
            ]))
        }
    };
}
