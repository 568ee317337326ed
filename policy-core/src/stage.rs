//! The four stages of a decision, and which orders of them are safe.

use core::fmt;

/// One check of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Stage {
    /// Who is calling: the credential is turned into a principal.
    Authentication,
    /// Is the route enabled for the caller's organization?
    Enablement,
    /// Does the caller hold every scope that one alternative of the route requires?
    Scopes,
    /// Does the route know every query parameter of the request?
    Query,
}

impl Stage {
    /// Every stage, in the order that applies where a document declares none.
    pub const ALL: [Stage; 4] = [Stage::Authentication, Stage::Enablement, Stage::Scopes, Stage::Query];

    /// The name under which `x-check-order` lists the stage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Authentication => "authentication",
            Stage::Enablement => "enablement",
            Stage::Scopes => "scopes",
            Stage::Query => "query",
        }
    }

    /// The stage of that name. `None` for anything else.
    ///
    /// ```
    /// use policy_core::Stage;
    /// assert_eq!(Stage::from_name("scopes"), Some(Stage::Scopes));
    /// assert_eq!(Stage::from_name("Scopes"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a list of stages is no check order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckOrderError {
    /// A stage is not in the list.
    Missing(Stage),
    /// A stage is in the list more than once.
    Repeated(Stage),
    /// Something else comes before authentication.
    AuthenticationNotFirst(Stage),
    /// Something else comes after the query parameters.
    QueryNotLast(Stage),
}

impl fmt::Display for CheckOrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(stage) => {
                write!(f, "the stage `{stage}` is missing; a check that is left out lets everybody pass it")
            }
            Self::Repeated(stage) => {
                write!(f, "the stage `{stage}` is listed twice; each of the four stages is listed once")
            }
            Self::AuthenticationNotFirst(stage) => write!(
                f,
                "`{stage}` comes before `authentication`; its answers would tell an anonymous caller which routes, scopes or parameters exist"
            ),
            Self::QueryNotLast(stage) => write!(
                f,
                "`query` comes before `{stage}`; a caller who may not use the route would learn its parameters from a 400 where a 403 is due"
            ),
        }
    }
}

impl core::error::Error for CheckOrderError {}

/// Accepts a safe check order: a permutation of the four stages, authentication first and query last.
///
/// # Errors
/// [`CheckOrderError`] says which stage is missing, repeated or out of place, and what would leak.
///
/// ```
/// use policy_core::{Stage::*, check_order};
/// assert!(check_order(&[Authentication, Scopes, Enablement, Query]).is_ok());
/// assert!(check_order(&[Authentication, Query, Enablement, Scopes]).is_err());
/// ```
pub fn check_order(stages: &[Stage]) -> Result<[Stage; 4], CheckOrderError> {
    for stage in Stage::ALL {
        match stages.iter().filter(|other| **other == stage).count() {
            0 => return Err(CheckOrderError::Missing(stage)),
            1 => {}
            _ => return Err(CheckOrderError::Repeated(stage)),
        }
    }
    match *stages {
        [Stage::Authentication, second, third, Stage::Query] => {
            Ok([Stage::Authentication, second, third, Stage::Query])
        }
        [Stage::Authentication, .., last] => Err(CheckOrderError::QueryNotLast(last)),
        [first, ..] => Err(CheckOrderError::AuthenticationNotFirst(first)),
        [] => Err(CheckOrderError::Missing(Stage::Authentication)),
    }
}
