//! The ways in which two policies differ.

use std::fmt;

/// The way in which the first policy differs from the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The operation is in the first policy only.
    Added,
    /// The operation is in the second policy only.
    Removed,
    /// It lets more callers in.
    Widened,
    /// It lets fewer callers in.
    Narrowed,
    /// It lets callers in that the second refuses, and refuses others that the second lets in.
    Incomparable,
    /// It lets the same callers in by another [`Access`](crate::Access). A public operation does not look at credentials. An optional
    /// one refuses a credential that is not valid.
    Access,
    /// It takes more query keys.
    QueryWidened,
    /// It takes fewer query keys.
    QueryNarrowed,
    /// It takes query keys that the second refuses, and refuses others that the second takes.
    QueryIncomparable,
    /// The checks come in another order.
    CheckOrder,
    /// A scheme of one name is of another kind.
    SchemeKind,
    /// Credentials of a scheme count as nobody that the second refuses.
    AsNobodyWidened,
    /// Credentials of a scheme are refused that count as nobody in the second.
    AsNobodyNarrowed,
    /// The scope map grants more for something that was issued.
    ScopeMapWidened,
    /// The scope map grants less for something that was issued.
    ScopeMapNarrowed,
    /// The requirements have too many combinations to be compared.
    Undecided,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 16] = [
        Self::Added,
        Self::Removed,
        Self::Widened,
        Self::Narrowed,
        Self::Incomparable,
        Self::Access,
        Self::QueryWidened,
        Self::QueryNarrowed,
        Self::QueryIncomparable,
        Self::CheckOrder,
        Self::SchemeKind,
        Self::AsNobodyWidened,
        Self::AsNobodyNarrowed,
        Self::ScopeMapWidened,
        Self::ScopeMapNarrowed,
        Self::Undecided,
    ];

    /// Its stable name, in kebab-case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "operation-added",
            Self::Removed => "operation-removed",
            Self::Widened => "operation-widened",
            Self::Narrowed => "operation-narrowed",
            Self::Incomparable => "operation-incomparable",
            Self::Access => "access-changed",
            Self::QueryWidened => "query-widened",
            Self::QueryNarrowed => "query-narrowed",
            Self::QueryIncomparable => "query-incomparable",
            Self::CheckOrder => "check-order-changed",
            Self::SchemeKind => "scheme-kind-changed",
            Self::AsNobodyWidened => "as-nobody-widened",
            Self::AsNobodyNarrowed => "as-nobody-narrowed",
            Self::ScopeMapWidened => "scope-map-widened",
            Self::ScopeMapNarrowed => "scope-map-narrowed",
            Self::Undecided => "operation-undecided",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Added => "The operation is in this document only.",
            Self::Removed => "The operation is in the other document only.",
            Self::Widened => "The operation lets in callers that the other document refuses.",
            Self::Narrowed => "The operation refuses callers that the other document lets in.",
            Self::Incomparable => {
                "The operation lets in callers that the other document refuses, and refuses others that it lets in."
            }
            Self::Access => "The operation lets the same callers in, but by another access: public, or optional.",
            Self::QueryWidened => "The operation takes query keys that the other document refuses.",
            Self::QueryNarrowed => "The operation refuses query keys that the other document takes.",
            Self::QueryIncomparable => {
                "The operation takes query keys that the other document refuses, and refuses others that it takes."
            }
            Self::CheckOrder => "A request is checked in another order.",
            Self::SchemeKind => "A security scheme of the same name is of another kind.",
            Self::AsNobodyWidened => {
                "Where anybody may call, credentials count as nobody that the other document's policy refuses."
            }
            Self::AsNobodyNarrowed => {
                "Where anybody may call, credentials are refused that count as nobody by the other document's policy."
            }
            Self::ScopeMapWidened => {
                "`scopes.map` grants scopes, or grants them for longer, that the other document's does not."
            }
            Self::ScopeMapNarrowed => "`scopes.map` lacks scopes, or ends earlier, than the other document's.",
            Self::Undecided => "The requirements have too many combinations to be compared.",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
