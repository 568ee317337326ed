//! Why the store did not do as asked.

use std::fmt;

use policy_http::{EnabledRoute, NoRandomness};
use sqlx::migrate::MigrateError;

use crate::NoSuccessor;
use crate::organizations::NAME_LENGTH;

/// Why the store did not do as asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL is none of a database that this build knows.
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
    /// PostgreSQL does not answer, or the database cannot be written.
    Unreachable {
        /// The URL, without a password.
        url: String,
        /// What PostgreSQL or the network says.
        source: sqlx::Error,
    },
    /// The database cannot be read.
    Unreadable {
        /// The file, or the URL without a password.
        file: String,
        /// What the database or the network says.
        source: sqlx::Error,
    },
    /// The database cannot be brought to this version.
    Migration {
        /// The file, or the URL without a password.
        file: String,
        /// What stands in the way.
        source: MigrateError,
    },
    /// The server is PostgreSQL before 15. The URL is without a password.
    OldServer(String),
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
    /// Several scope sets are enough, and none of them is the least. These are they, each with spaces between its scopes.
    NoSoleMinimum(Vec<String>),
    /// A webhook receiver was approved for nothing.
    NothingApproved,
    /// A webhook receiver was approved for what is not enabled for its organization.
    NotEnabled {
        /// The organization.
        organization: String,
        /// The operations that are not enabled for it.
        operations: Vec<EnabledRoute>,
    },
    /// There is no key with this id.
    UnknownKey,
    /// The key can have no successor.
    NoSuccessor(NoSuccessor),
    /// The operating system gives no random bytes.
    Random(NoRandomness),
    /// What is stored contradicts itself.
    Damaged,
    /// The database took too long to answer a guard.
    NoAnswer,
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
            Error::Url(url) => {
                write!(f, "`{url}` is not a database; write ")?;
                f.write_str(match (cfg!(feature = "sqlite"), cfg!(feature = "postgres")) {
                    (true, true) => "`sqlite:` and the path of a file, or `postgres://user@host/database`",
                    (false, _) => "`postgres://user@host/database`",
                    (_, false) => {
                        "`sqlite:` and the path of a file (`postgres:` needs policy-store's feature `postgres`)"
                    }
                })
            }
            Error::Missing(file) => write!(f, "there is no database `{file}`"),
            Error::Unusable { file, source } => write!(
                f,
                "the database `{file}` cannot be opened for writing: {source}; check that it is an SQLite file, in a folder that exists and is yours to write"
            ),
            Error::Unreachable { url, source } => write!(
                f,
                "the database `{url}` cannot be opened for writing: {source}; check that PostgreSQL runs there, that the database exists, and \
                 that the user may make tables in it"
            ),
            Error::Unreadable { file, source } => write!(
                f,
                "the database `{file}` cannot be read: {source}; check that it is there, and that the user may read its tables"
            ),
            Error::Migration { file, source: MigrateError::VersionMissing(version) } => write!(
                f,
                "the database `{file}` has the migration {version}, which this version does not know: a newer one was here; run that, or restore a backup"
            ),
            Error::Migration { file, source } => {
                write!(f, "the database `{file}` cannot be brought to this version: {source}")
            }
            Error::OldServer(url) => write!(
                f,
                "the server of the database `{url}` is PostgreSQL before 15; bring it to 15 or newer (`SHOW server_version` tells what it is)"
            ),
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
            Error::NoSoleMinimum(sets) => {
                f.write_str(
                    "the operations have alternatives, and no single scope set is the least; choose one of these:",
                )?;
                sets.iter().try_for_each(|set| write!(f, "\n    {set}"))
            }
            Error::NothingApproved => f.write_str("a receiver is approved for one operation at least; approve one"),
            Error::NotEnabled { organization, operations } => {
                let named: Vec<String> = operations.iter().map(ToString::to_string).collect();
                let (are, them) = if named.len() == 1 { ("is", "it") } else { ("are", "them") };
                write!(
                    f,
                    "`{}` {are} not enabled for organization `{organization}`; enable {them} first, or do not approve {them}",
                    named.join("`, `")
                )
            }
            // Somebody may have typed a whole key in place of its id, so that it is not repeated.
            Error::UnknownKey => f.write_str("there is no key with this id"),
            Error::NoSuccessor(why) => write!(f, "{why}; issue a new key instead"),
            Error::Random(error) => error.fmt(f),
            Error::Damaged => f.write_str("what is stored in the database contradicts itself"),
            Error::NoAnswer => f.write_str("the database did not answer within three seconds"),
            Error::Statement(source) => write!(f, "the database did not answer: {source}"),
        }
    }
}

impl std::error::Error for Error {}

/// A URL as messages and logs may show it: what stands between the user and the host is left out, and so is what follows the database's
/// name, where a password may stand too.
#[must_use]
pub fn without_password(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://api:s3cret@db.example/partners", "postgres://api@db.example/partners"),
            ("postgres://api:s3@cret@db.example/partners", "postgres://api@db.example/partners"),
            ("postgres://api@db.example/partners?password=s3cret", "postgres://api@db.example/partners"),
            ("postgres://db.example/partners", "postgres://db.example/partners"),
            ("sqlite:partners.db", "sqlite:partners.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
