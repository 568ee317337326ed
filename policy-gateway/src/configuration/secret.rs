//! A secret, which never stands in the file itself.

use std::env::VarError;
use std::fmt;
use std::path::PathBuf;

use super::fields::{At, Fields};

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// In a file. A line break at its end does not count.
    File(PathBuf),
    /// In an environment variable.
    Environment(String),
}

/// Why a secret cannot be had. It says nothing of what was found, nor how the file or the variable is called: somebody may have written the
/// secret itself there.
#[derive(Debug)]
pub struct NoSecret {
    place: &'static str,
    why: String,
}

impl Secret {
    /// The file that it is in.
    pub(super) fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Environment(_) => None,
        }
    }

    /// The secret.
    ///
    /// # Errors
    /// The file cannot be read or the variable is not set, or what is there is empty.
    pub fn read(&self) -> Result<String, NoSecret> {
        let (place, found) = match self {
            Self::File(path) => (
                "the file that the configuration names",
                crate::file::read_text(path).map_err(|error| error.to_string()),
            ),
            Self::Environment(name) => (
                "the environment variable that the configuration names",
                std::env::var(name).map_err(|error| match error {
                    VarError::NotPresent => "it is not set".into(),
                    // The error itself has the value.
                    VarError::NotUnicode(_) => "it is no text".into(),
                }),
            ),
        };
        match found {
            Ok(text) if text.trim_end_matches(['\r', '\n']).is_empty() => {
                Err(NoSecret { place, why: "it is empty".into() })
            }
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(why) => Err(NoSecret { place, why }),
        }
    }
}

impl fmt::Display for NoSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} gives no secret: {}", self.place, self.why)
    }
}

impl std::error::Error for NoSecret {}

impl Fields<'_, '_> {
    /// A secret by one of two keys, such as `client-secret-file` and `client-secret-env`.
    pub(super) fn secret(&mut self, file: &str, environment: &str) -> Option<At<Secret>> {
        let from_file = self.path(file).map(|At { value, place }| At { value: Secret::File(value), place });
        let from_environment = self.variable(environment);
        if self.has(file) && self.has(environment) {
            self.refuse(environment, format!("`{environment}` stands beside `{file}`"), "keep one of the two");
        }
        from_file.or(from_environment)
    }

    /// The name of an environment variable.
    fn variable(&mut self, key: &str) -> Option<At<Secret>> {
        let At { value, place } = self.text(key)?;
        let is_name = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !value.starts_with(|sign: char| sign.is_ascii_digit());
        if !is_name {
            let help = "write the variable's name, such as `DATABASE_URL`; what it holds never stands in this file";
            self.refuse(key, format!("`{key}` names no environment variable"), help);
        }
        Some(At { value: Secret::Environment(value), place })
    }
}
