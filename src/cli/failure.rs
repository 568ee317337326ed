//! Why a command failed, for people.

use std::fmt;

use policy_store::Error;

use crate::AppError;
use crate::names::{self, UnknownName};
use crate::store::{ReceiverError, SeedError, StoreError};

/// One message. It says what is wrong and what to do.
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

failure_of!(std::fmt::Error, UnknownName, AppError, std::io::Error);

/// The store's error, and the command that helps.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let help = match &error {
            Error::UnknownOrganization { name, known } => {
                return names::unknown("organization", name, known.clone()).into();
            }
            Error::Missing(_) => "; `charthero-api organization create` or `charthero-api serve` makes one".to_owned(),
            Error::OrganizationExists(_) => "; `charthero-api organization enable` and `allow` change it".to_owned(),
            Error::Excess { organization, excess } => format!(
                "; leave it out, or first `charthero-api organization allow {} {}`",
                shell_word(organization),
                excess.iter().map(|scope| shell_word(scope)).collect::<Vec<_>>().join(" ")
            ),
            Error::UnknownKey => "; `charthero-api key list` shows the ids".to_owned(),
            _ => String::new(),
        };
        Self(format!("{error}{help}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Partners(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<SeedError> for Failure {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Store(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

impl From<ReceiverError> for Failure {
    fn from(error: ReceiverError) -> Self {
        match error {
            ReceiverError::Store(error) => error.into(),
            error => Self::new(error.to_string()),
        }
    }
}

/// A name, quoted for a shell: people copy the proposed command.
fn shell_word(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
