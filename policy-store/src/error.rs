//! Why the store did not do as asked.

use std::fmt;

use policy_http::NoRandomness;
use sqlx::migrate::MigrateError;

use crate::organizations::NAME_LENGTH;

/// Why the store did not do as asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of an SQLite file.
    Url(String),
    /// There is no such file, and it is not the time to make one.
    Missing(String),
    /// The file cannot be opened or written.
    Unusable {
        /// The file.
        file: String,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The file cannot be brought to this version.
    Migration {
        /// The file.
        file: String,
        /// What stands in the way.
        source: MigrateError,
    },
    /// There is no organization of that name.
    UnknownOrganization {
        /// The name.
        name: String,
        /// The names that there are, for a suggestion.
        known: Vec<String>,
    },
    /// There is an organization of that name already.
    OrganizationExists(String),
    /// That is no name of an organization.
    OrganizationName(String),
    /// That is no name of a scope (RFC 6749, section 3.3).
    ScopeName(String),
    /// The organization does not allow its keys these scopes.
    Excess {
        /// The organization.
        organization: String,
        /// The names of the scopes that it does not allow.
        excess: Vec<String>,
    },
    /// The operating system gives no random bytes.
    Random(NoRandomness),
    /// What is stored contradicts itself.
    Damaged,
    /// A statement failed: the database does not answer.
    Statement(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Error::Statement(error)
    }
}

impl From<NoRandomness> for Error {
    fn from(error: NoRandomness) -> Self {
        Error::Random(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Url(url) => write!(f, "`{url}` is not a database; write `sqlite:` and the path of a file"),
            Error::Missing(file) => write!(f, "there is no database `{file}`"),
            Error::Unusable { file, source } => write!(
                f,
                "the database `{file}` cannot be opened for writing: {source}; check that it is an SQLite file, in a folder that exists and is yours to write"
            ),
            Error::Migration { file, source } => {
                write!(f, "the database `{file}` cannot be brought to this version: {source}")
            }
            Error::UnknownOrganization { name, known: _ } => {
                write!(f, "there is no organization `{}`", name.escape_debug())
            }
            Error::OrganizationExists(name) => write!(f, "there is an organization `{name}` already"),
            Error::OrganizationName(name) => write!(
                f,
                "`{}` is no name for an organization; use 1 to {NAME_LENGTH} characters, none of them a control character, no space at either end",
                name.escape_debug()
            ),
            Error::ScopeName(name) => write!(
                f,
                "`{}` is no name of a scope; use printable ASCII characters other than space, `\"` and `\\`",
                name.escape_debug()
            ),
            Error::Excess { organization, excess } => {
                write!(f, "keys of organization `{organization}` may not hold `{}`", excess.join("`, `"))
            }
            Error::Random(error) => error.fmt(f),
            Error::Damaged => f.write_str("what is stored in the database contradicts itself"),
            Error::Statement(source) => write!(f, "the database did not answer: {source}"),
        }
    }
}

impl std::error::Error for Error {}
