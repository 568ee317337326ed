//! How dangerous a difference is to whoever relies on the policy: the order in which a reviewer has to be told.

use std::fmt;

use policy_core::Access;

use super::{Change, Difference, Subject, Witness};
use crate::model::PolicyModel;

/// What a difference means for whoever relies on the policy, from the most dangerous to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// An operation lets in anybody, and did not before.
    Opened,
    /// Something lets in more callers than before.
    Widened,
    /// Something lets in other callers than before, or it cannot be told whom.
    Incomparable,
    /// An operation is new.
    Added,
    /// The checks come in another order.
    CheckOrder,
    /// An operation takes query keys that it refused before.
    Query,
    /// Something refuses callers or query keys that it took before.
    Narrowed,
    /// An operation is gone.
    Removed,
    /// An operation has another path, and the same policy.
    Renamed,
    /// The words of the catalogue of scopes differ. They decide nothing.
    Catalogue,
}

impl Danger {
    /// Each of them, the most dangerous first.
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::Widened,
        Self::Incomparable,
        Self::Added,
        Self::CheckOrder,
        Self::Query,
        Self::Narrowed,
        Self::Removed,
        Self::Renamed,
        Self::Catalogue,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Widened => "widened",
            Self::Incomparable => "incomparable",
            Self::Added => "added",
            Self::CheckOrder => "order",
            Self::Query => "query",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Catalogue => "catalogue",
        }
    }

    /// A heading for what has it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Opened => "Opened to anybody",
            Self::Widened => "Lets in more callers",
            Self::Incomparable => "Lets in other callers",
            Self::Added => "New routes",
            Self::CheckOrder => "Another order of checks",
            Self::Query => "Takes more query keys",
            Self::Narrowed => "Refuses more",
            Self::Removed => "Routes that are gone",
            Self::Renamed => "Another path, the same policy",
            Self::Catalogue => "Words of the catalogue",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Opened => "An operation lets in anybody, and did not before.",
            Self::Widened => "An operation, the scope map or a scheme lets in callers that were refused before.",
            Self::Incomparable => "An operation lets in other callers than before, or it cannot be told whom.",
            Self::Added => "An operation is new, with whom it lets in.",
            Self::CheckOrder => "A request is checked in another order.",
            Self::Query => "An operation takes query keys that it refused before.",
            Self::Narrowed => "Callers or query keys are refused that were taken before.",
            Self::Removed => "An operation is gone.",
            Self::Renamed => "An operation that needs a caller has another path and the same policy.",
            Self::Catalogue => "A scope was added to the catalogue, taken out of it, or described otherwise.",
        }
    }

    /// The danger of a difference of `policy` from `against`, where `policy` is what comes after.
    #[must_use]
    pub fn of(difference: &Difference, policy: &PolicyModel) -> Self {
        let is_anybody =
            |witness: &Option<Witness>| matches!(witness, Some(Witness::Credential(held)) if held.is_empty());
        match difference.change {
            Change::Widened | Change::Incomparable if is_anybody(&difference.gained) => Self::Opened,
            Change::Widened | Change::AsNobodyWidened | Change::ScopeMapWidened => Self::Widened,
            // A scheme of another kind takes other credentials. What could not be compared may let in anybody.
            Change::Incomparable | Change::SchemeKind | Change::Undecided => Self::Incomparable,
            Change::Added => Self::Added,
            Change::CheckOrder => Self::CheckOrder,
            Change::QueryWidened | Change::QueryIncomparable => Self::Query,
            // A public operation takes also a request with a credential that an optional one refuses.
            Change::Access if access(difference, policy) == Some(Access::Public) => Self::Widened,
            Change::Access | Change::Narrowed | Change::QueryNarrowed => Self::Narrowed,
            Change::AsNobodyNarrowed | Change::ScopeMapNarrowed => Self::Narrowed,
            Change::Removed => Self::Removed,
        }
    }
}

/// The access of the operation that a difference is about, as it is served.
fn access(difference: &Difference, policy: &PolicyModel) -> Option<Access> {
    let Subject::Operation(Some(at), _) = difference.subject else { return None };
    let operation = policy.operations.get(at)?;
    match operation.access() {
        Some(Access::Optional) if operation.alternatives().iter().all(super::AlternativeFacts::is_anonymous) => {
            Some(Access::Public)
        }
        access => access,
    }
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
