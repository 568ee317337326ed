//! Why a command could not do what was asked, for a person to read.

use std::fmt;

use crate::AppError;
use crate::names::UnknownName;
use crate::store::{IssueError, OrganizationError, ReceiverError, SeedError, StoreError};

/// One message. It names what was wrong and what to do.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! failure_of {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        })*
    };
}

failure_of!(
    std::fmt::Error,
    UnknownName,
    StoreError,
    SeedError,
    OrganizationError,
    IssueError,
    ReceiverError,
    AppError,
    std::io::Error
);
