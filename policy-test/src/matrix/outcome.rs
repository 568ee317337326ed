//! How a case ended.

use std::fmt;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the document says.
    Passed,
    /// Otherwise. The text says how.
    Failed(Fault, String),
    /// Nothing tells. The text says why.
    CannotTell(String),
}

impl Outcome {
    /// A stable word, for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(..) => "failed",
            Self::CannotTell(_) => "cannot-tell",
        }
    }

    /// What it says of itself; nothing, where it passed.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Passed => "",
            Self::Failed(_, message) | Self::CannotTell(message) => message,
        }
    }

    /// The fault, where there is one.
    #[must_use]
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::Failed(fault, _) => Some(*fault),
            _ => None,
        }
    }
}

/// What a service does otherwise than its document says. Displays as its stable word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It lets in a request that the document refuses.
    LetIn,
    /// It looks at something before what comes before that: a caller learns what only others may.
    OutOfOrder,
    /// It takes a query parameter that the document does not have.
    QueryTaken,
    /// It refuses a request that the document allows.
    TurnedAway,
    /// It refuses with a status that says something else: 403 where the caller is not known, or 401 where they are.
    OtherStatus,
    /// It answers 401 without `WWW-Authenticate`.
    NoChallenge,
}

impl Fault {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] =
        [Self::LetIn, Self::OutOfOrder, Self::QueryTaken, Self::TurnedAway, Self::OtherStatus, Self::NoChallenge];

    /// A stable word, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LetIn => "let-in",
            Self::OutOfOrder => "out-of-order",
            Self::QueryTaken => "query-taken",
            Self::TurnedAway => "turned-away",
            Self::OtherStatus => "other-status",
            Self::NoChallenge => "no-challenge",
        }
    }

    /// One sentence.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::LetIn => "The service lets in a request that the document refuses.",
            Self::OutOfOrder => "The service looks at the query before the credential or the scopes.",
            Self::QueryTaken => "The service takes a query parameter that the document does not have.",
            Self::TurnedAway => "The service refuses a request that the document allows.",
            Self::OtherStatus => {
                "The service refuses with 403 where it does not know the caller, or with 401 where it does."
            }
            Self::NoChallenge => "The service answers 401 without `WWW-Authenticate`.",
        }
    }

    /// Whether it is an error. What is none is a warning: the request was refused.
    #[must_use]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::LetIn | Self::OutOfOrder | Self::QueryTaken | Self::TurnedAway)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
