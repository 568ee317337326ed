//! Why an organization was not made, found or changed.

use std::fmt;

use super::StoreError;
use crate::names::UnknownName;

/// How long an organization's name may be, in bytes.
pub(super) const NAME_LENGTH: usize = 64;

/// Why an organization was not made, found or changed.
#[derive(Debug)]
pub enum OrganizationError {
    /// There is none of that name.
    Unknown(UnknownName),
    /// There is one of that name already.
    Exists(String),
    /// That is no name.
    Name(String),
    /// The database does not answer.
    Store(StoreError),
}

impl From<StoreError> for OrganizationError {
    fn from(error: StoreError) -> Self {
        OrganizationError::Store(error)
    }
}

impl From<sqlx::Error> for OrganizationError {
    fn from(error: sqlx::Error) -> Self {
        OrganizationError::Store(error.into())
    }
}

impl fmt::Display for OrganizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OrganizationError::Unknown(unknown) => unknown.fmt(f),
            OrganizationError::Exists(name) => write!(
                f,
                "there is an organization `{name}` already; `charthero-api organization enable` and `allow` change it"
            ),
            OrganizationError::Name(name) => write!(
                f,
                "`{}` is no name for an organization; use 1 to {NAME_LENGTH} characters, none of them a control character, no space at either end",
                name.escape_debug()
            ),
            OrganizationError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OrganizationError {}
