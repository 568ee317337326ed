//! A secret, which never stands in the file itself.

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

/// Why a secret cannot be had. It says where it should be, and nothing of what was found.
#[derive(Debug)]
pub struct NoSecret {
    place: String,
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
                format!("the file `{}`", path.display()),
                crate::file::read_text(path).map_err(|error| error.to_string()),
            ),
            Self::Environment(name) => {
                (format!("the environment variable `{name}`"), std::env::var(name).map_err(|error| error.to_string()))
            }
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
        let from_environment =
            self.text(environment).map(|At { value, place }| At { value: Secret::Environment(value), place });
        if self.has(file) && self.has(environment) {
            self.refuse(environment, format!("`{environment}` stands beside `{file}`"), "keep one of the two");
        }
        from_file.or(from_environment)
    }
}
