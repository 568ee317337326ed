//! `policy-gateway store`: organizations, keys and webhook receivers in the store that `gateway.toml` names.
//!
//! The commands change the database, and nothing of a gateway that runs: it notices the change within a second.

mod failure;
mod key;
mod least;
mod organization;
mod policies;
mod receiver;
mod times;
mod told;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use policy_http::KeyFormat;
use policy_store::{Error, Missing, Store};

pub use self::failure::Failure;
pub use self::told::Told;

use self::key::KeyCommand;
use self::organization::OrganizationCommand;
use self::policies::{For, Policies};
use self::receiver::ReceiverCommand;
use crate::configuration::{Configuration, StoreEntry};
use crate::loading::{Refusal, migrations};

/// Issues and revokes API keys, and says what organizations may use: in the store that gateway.toml names.
///
/// A gateway that runs notices each change within a second.
#[derive(Debug, Args)]
pub struct StoreCommand {
    /// The configuration that names the store.
    #[arg(long, global = true, value_name = "FILE", default_value = Configuration::FILE)]
    config: PathBuf,
    /// The store, where the configuration has several.
    #[arg(long, global = true, value_name = "NAME")]
    store: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Organizations: what is enabled for them, and the scopes that their keys may hold.
    #[command(subcommand)]
    Organization(OrganizationCommand),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Webhook receivers and their keys.
    #[command(subcommand)]
    Receiver(ReceiverCommand),
    /// Brings the tables of the database up to date, as each other command and the start of a gateway do.
    Migrate,
}

/// A configuration, and its store that is asked.
struct Chosen<'c> {
    configuration: &'c Configuration,
    entry: &'c StoreEntry,
}

impl StoreCommand {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`], which says what to do. Nothing is changed then.
    pub async fn run(self) -> Result<Told, Failure> {
        let configuration = Configuration::load(&self.config).map_err(Refusal::from)?;
        let entry = chosen(&configuration, self.store.as_deref())?;
        let chosen = Chosen { configuration: &configuration, entry };
        match self.action {
            Action::Organization(command) => command.run(&chosen).await,
            Action::Key(command) => command.run(&chosen).await,
            Action::Receiver(command) => command.run(&chosen).await,
            Action::Migrate => chosen.migrate().await,
        }
    }
}

impl Chosen<'_> {
    /// Opens the store. `creates` says whether the command may make an SQLite file that the configuration lets be made.
    async fn open(&self, creates: bool) -> Result<Store, Failure> {
        let format =
            KeyFormat::new(self.entry.key_prefix.clone()).map_err(|error| Failure::asked(error.to_string()))?;
        let missing = if creates && self.entry.create { Missing::Create } else { Missing::Refuse };
        Ok(Store::open(&self.url()?, format, missing).await?)
    }

    /// The address of the store's database.
    fn url(&self) -> Result<String, Failure> {
        let name = &self.entry.name.value;
        self.entry.url().map_err(|error| Failure::System(format!("the address of the store `{name}`: {error}")))
    }

    async fn migrate(&self) -> Result<Told, Failure> {
        let due = match Store::due_migrations(&self.url()?).await {
            Err(Error::Missing(_)) => None,
            due => Some(due?),
        };
        organization::closed(self.open(true).await?, Ok(())).await?;
        let mut told = Told::default();
        let name = &self.entry.name.value;
        match due.as_deref().map(migrations) {
            None => told.note(format_args!("made the database of the store `{name}`")),
            Some(None) => told.note(format_args!("the database of the store `{name}` is up to date")),
            Some(Some(applied)) => told.note(format_args!("applied {applied} to the database of the store `{name}`")),
        }
        Ok(told)
    }

    /// The policies that the store is for, or the one with that name alone.
    async fn policies(&self, only: Option<&str>, purpose: For) -> Result<Policies, Failure> {
        Policies::read(self.configuration, &self.entry.name.value, only, purpose).await
    }
}

fn chosen<'c>(configuration: &'c Configuration, named: Option<&str>) -> Result<&'c StoreEntry, Failure> {
    let names = || configuration.stores.iter().map(|entry| entry.name.value.as_str());
    match (named, configuration.stores.as_slice()) {
        (Some(name), entries) => {
            let found = entries.iter().find(|entry| entry.name.value == name);
            found.ok_or_else(|| Failure::unknown("store", name, names()))
        }
        (None, [one]) => Ok(one),
        (None, []) => Err(Failure::asked("the configuration has no store; write a table `[[stores]]`")),
        (None, _) => {
            let names = names().collect::<Vec<_>>().join("`, `");
            Err(Failure::asked(format!("the configuration has the stores `{names}`; choose one by `--store`")))
        }
    }
}
