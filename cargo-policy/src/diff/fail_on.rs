//! `--fail-on`: which differences make the exit code 1.

use clap::ValueEnum;
use policy_spec::Danger;

use super::entry::Entry;

/// A kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// An operation lets in anybody, and did not before.
    Opened,
    /// Something lets in callers that were refused before.
    Widened,
    /// Something lets in other callers, or it cannot be told whom.
    Incomparable,
    /// An operation is new.
    Added,
    /// An operation is new, and anybody may call it.
    AddedOpen,
    /// The checks come in another order.
    Order,
    /// An operation takes more query keys.
    Query,
    /// Callers or query keys are refused that were taken before.
    Narrowed,
    /// An operation is gone.
    Removed,
    /// An operation has another path.
    Renamed,
    /// The words of the catalogue differ.
    Catalogue,
    /// Any difference but the words of the catalogue.
    Any,
}

impl FailOn {
    pub(super) fn is(self, entry: &Entry) -> bool {
        let danger = match self {
            Self::Any => return entry.danger != Danger::Catalogue,
            Self::AddedOpen => return entry.is_open,
            Self::Opened => Danger::Opened,
            Self::Widened => Danger::Widened,
            Self::Incomparable => Danger::Incomparable,
            Self::Added => Danger::Added,
            Self::Order => Danger::CheckOrder,
            Self::Query => Danger::Query,
            Self::Narrowed => Danger::Narrowed,
            Self::Removed => Danger::Removed,
            Self::Renamed => Danger::Renamed,
            Self::Catalogue => Danger::Catalogue,
        };
        entry.danger == danger
    }
}
