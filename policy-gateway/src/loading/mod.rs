//! From `gateway.toml` to what decides: documents are read, databases are opened, issuers' keys are fetched.
//!
//! Everything that is wrong is found before anything is refused. What is refused changes nothing of what is in force.

mod assertions;
mod document;
mod issuers;
mod kept_keys;
mod policies;
mod refusal;
mod source;
mod stores;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use policy_http::run_time::DecisionLog;
use policy_spec::Engine;

pub(crate) use self::refusal::Faults;
pub use self::refusal::Refusal;
pub(crate) use self::stores::{Stores, migrations};

use self::issuers::Clients;
use self::stores::Found;
use crate::authorizer::PolicySet;
use crate::configuration::{Configuration, Dialect, PolicyEntry};

/// What is in force once it is loaded.
pub struct Loaded {
    /// What decides.
    pub set: PolicySet,
    /// What there is to say of each policy, in the order of the file.
    pub policies: Vec<Summary>,
    /// Every file that was read: a change of one of them may change what is decided.
    pub files: Vec<PathBuf>,
    /// What is worth a look and no error: findings, as `rustc` would print them, and databases that need migrations.
    pub warnings: Vec<String>,
    pub(crate) stores: Stores,
}

/// What there is to say of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its name in `gateway.toml`.
    pub name: String,
    /// What its document decides, in one word.
    pub fingerprint: String,
    /// How many operations it has.
    pub operations: usize,
}

/// How much is asked of what the configuration names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Databases are opened and issuers are asked, to serve.
    Serve,
    /// The same to judge: databases are looked at, and nothing in them is changed.
    Check,
    /// The file and its documents are read, and nothing else is asked or opened.
    Offline,
}

/// Loads what the configuration names. `open` are the databases that are open already; `log` is where decisions go.
///
/// # Errors
/// Everything that is wrong.
pub(crate) async fn load(
    configuration: &Configuration,
    mode: Mode,
    open: &Stores,
    log: Vec<Arc<dyn DecisionLog>>,
) -> Result<Loaded, (Refusal, Vec<PathBuf>)> {
    let mut faults = Faults::default();
    let mut refusal = Refusal::default();
    let (mut files, mut warnings) = (Vec::new(), Vec::new());
    let mut clients = Clients::default();
    let mut entries = Vec::new();
    let mut summaries = Vec::new();
    let stores = match mode {
        Mode::Offline => Stores::default(),
        Mode::Serve | Mode::Check => {
            let mut found = Found { faults: &mut faults, warnings: &mut warnings };
            Stores::open(&configuration.stores, mode, open, &mut found).await
        }
    };
    for entry in &configuration.policies {
        // A successor of a key is written in the place of the file.
        files.extend(entry.assertion.iter().map(|said| said.key.value.clone()));
        let Some(read) = read(entry).await else {
            faults.add(entry.source.place.clone(), UNREAD, "");
            continue;
        };
        files.extend(read.files);
        refusal.append(read.refusal);
        faults.append(read.faults);
        let Some(document) = read.document else { continue };
        if !document.warnings.is_empty() {
            warnings.push(document.warnings.clone());
        }
        summaries.push(Summary {
            name: entry.name.value.clone(),
            fingerprint: document.fingerprint.clone(),
            operations: document.engine.served().operations.len(),
        });
        let with = policies::With { configuration, mode, stores: &stores, log: &log };
        entries.extend(policies::entry(entry, &document, &with, &mut clients, &mut faults).await);
    }
    files.sort();
    files.dedup();
    let set = PolicySet::new(entries);
    if let Err(error) = &set {
        error.to_string().lines().for_each(|line| refusal.sentence(line));
    }
    let mut found = faults.into_refusal(configuration);
    found.append(refusal);
    match set {
        Ok(set) if found.is_empty() => {
            let stating = |listener: &&crate::configuration::Listener| {
                listener.dialect == Dialect::Authzen && listener.allows_stated_scopes
            };
            let stating = configuration.listeners.iter().filter(stating).map(|listener| listener.name.value.clone());
            let set = set.with_stated_scopes_at(stating);
            Ok(Loaded { set, policies: summaries, files, warnings, stores })
        }
        _ => Err((found, files)),
    }
}

/// Reads the documents of these policies alone: their engines, in the same order.
///
/// # Errors
/// Everything that is wrong with them.
pub(crate) async fn engines(
    configuration: &Configuration,
    entries: &[&PolicyEntry],
) -> Result<Vec<Arc<Engine>>, Refusal> {
    let (mut faults, mut refusal) = (Faults::default(), Refusal::default());
    let mut engines = Vec::new();
    for entry in entries {
        let Some(read) = read(entry).await else {
            faults.add(entry.source.place.clone(), UNREAD, "");
            continue;
        };
        refusal.append(read.refusal);
        faults.append(read.faults);
        engines.extend(read.document.map(|document| document.engine));
    }
    let mut found = faults.into_refusal(configuration);
    found.append(refusal);
    if found.is_empty() { Ok(engines) } else { Err(found) }
}

/// What is told of a document that is not read in time.
const UNREAD: &str = "the document cannot be read: reading it ended without an answer, or not within a minute";
/// How long the reading of a document may take. It takes seconds for a large one. On a network's file system it may never end.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// Reads a document on a thread of its own. One that never ends must not keep the gateway from its next reload.
async fn read(entry: &PolicyEntry) -> Option<document::Read> {
    let entry = entry.clone();
    let read = tokio::task::spawn_blocking(move || document::read(&entry));
    tokio::time::timeout(READ_WITHIN, read).await.ok()?.ok()
}
