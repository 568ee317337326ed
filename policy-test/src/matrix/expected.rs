//! What the document says of a request.

use std::fmt;

use policy_core::Stage;

/// How a request must end. Displays as one phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A stage denies it.
    Denied {
        /// The stage.
        stage: Stage,
        /// The status that this project answers. Other services may have their own.
        status: u16,
    },
    /// It is a request for nothing that the document has: 404, 405 or 401.
    Unmatched,
    /// The operation's handler gets it.
    Allowed,
}

impl Expected {
    /// Whether the document lets the request in.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied { stage, status } => write!(f, "{status}, denied by the stage `{stage}`"),
            Self::Unmatched => f.write_str("a refusal, as it is for no operation of the document"),
            Self::Allowed => f.write_str("allowed"),
        }
    }
}
