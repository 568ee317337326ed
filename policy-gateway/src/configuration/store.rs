//! `[[stores]]`: databases of keys, organizations and enabled routes.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range};

use super::fields::{At, Fields, Reading};
use super::forms;
use super::secret::{NoSecret, Secret};

/// A database of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreEntry {
    /// What policies call it.
    pub name: At<String>,
    /// Where it is.
    pub database: At<Database>,
    /// Whether an SQLite file that is missing is created.
    pub create: bool,
    /// What its keys begin with.
    pub key_prefix: String,
    /// A key that nobody used for so long is inactive.
    pub key_inactivity: Option<Duration>,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In a file of SQLite.
    Sqlite(PathBuf),
    /// At an address that holds a password, and is a secret for that.
    Url(Secret),
}

impl StoreEntry {
    /// The address of the database.
    ///
    /// # Errors
    /// The secret that holds it cannot be had.
    pub(crate) fn url(&self) -> Result<String, NoSecret> {
        match &self.database.value {
            Database::Sqlite(path) => Ok(format!("sqlite:{}", path.display())),
            Database::Url(secret) => secret.read(),
        }
    }
}

const DAYS: RangeInclusive<u64> = 1..=3_650;

/// The keys of `[[stores]]`.
pub(super) const KEYS: &[Key] = &[
    key("name", "What policies call the store.", schema::said).required(),
    key("sqlite", "The file of an SQLite database.", schema::said),
    key("create", "Whether an SQLite file that is missing is created.", forms::flag),
    key(
        "url-file",
        "The file that holds the address of the database: `postgres://user:password@host/name`.",
        schema::said,
    ),
    key("url-env", "The environment variable that holds the address of the database.", schema::said),
    key("key-prefix", "What keys begin with: `acme_sk`.", schema::said).required(),
    key("key-inactivity-days", "A key that nobody used for so many days is inactive.", || forms::number(&DAYS)),
];

pub(super) fn read(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<StoreEntry> {
    let mut fields = Fields::new(reading, table, place, "[[stores]]", KEYS);
    let (name, prefix) = (fields.text("name"), fields.text("key-prefix"));
    let sqlite = fields.path("sqlite").map(|At { value, place }| At { value: Database::Sqlite(value), place });
    let url = fields.secret("url-file", "url-env").map(|At { value, place }| At { value: Database::Url(value), place });
    let create = fields.flag("create");
    let days = fields.number("key-inactivity-days", &DAYS);
    if name.as_ref().is_some_and(|name| name.value == "all") {
        fields.refuse(
            "name",
            "no store is called `all`",
            "`enablement = \"all\"` enables everything; choose another name",
        );
    }
    if let Some(prefix) = &prefix
        && let Err(error) = policy_http::KeyFormat::new(prefix.value.clone())
    {
        fields.refuse("key-prefix", error.to_string(), "write letters, digits, `-` and `_`, such as `acme_sk`");
    }
    if sqlite.is_some() == url.is_some() {
        let what = if sqlite.is_some() { "two databases" } else { "no database" };
        let help = "write one of `sqlite`, `url-file` and `url-env`";
        fields.reading.refuse(fields.place(), format!("the store has {what}"), help);
        return None;
    }
    if create && sqlite.is_none() {
        fields.refuse(
            "create",
            "only an SQLite file can be created",
            "leave it out, and create the database by its own tools",
        );
    }
    Some(StoreEntry {
        name: name?,
        database: sqlite.or(url)?,
        create,
        key_prefix: prefix?.value,
        key_inactivity: days.map(|days| Duration::from_secs(days * 24 * 60 * 60)),
    })
}
