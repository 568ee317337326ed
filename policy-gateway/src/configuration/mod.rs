//! `gateway.toml`: what the gateway listens to, and by which policies it decides.

mod assertion;
mod fields;
mod forms;
mod listener;
mod observation;
mod policy;
mod provider;
mod redaction;
mod scheme;
mod secret;
mod store;
mod whole;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use policy_spec::ConfigurationError;
use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Reader, read_toml};

pub use self::assertion::AssertionEntry;
pub(crate) use self::fields::Reading;
pub use self::fields::{At, Place};
pub use self::listener::{Bind, Dialect, LimitEntry, Listener, Tls};
pub use self::observation::{Decisions, Log, LogLevel, Traces};
pub use self::policy::{Enablement, IdentityEntry, PolicyEntry, ShadowEntry};
pub use self::provider::Known;
pub(crate) use self::redaction::redacted;
pub use self::scheme::{By, IntrospectionEntry, Issuer, JwtEntry, SchemeEntry, TokenEntry};
pub use self::secret::{NoSecret, Secret};
pub use self::store::{Database, StoreEntry};

use self::fields::Fields;

/// What `gateway.toml` says.
///
/// ```
/// let toml = r#"
/// [[listeners]]
/// name = "edge"
/// dialect = "forward-auth"
/// address = "127.0.0.1:9191"
///
/// [[policies]]
/// name = "notes"
/// source = "openapi.yaml"
/// enablement = "all"
/// "#;
/// let configuration = policy_gateway::Configuration::parse("gateway.toml", toml).map_err(|error| error.to_string())?;
/// assert_eq!(configuration.policies[0].name.value, "notes");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Where proxies ask.
    pub listeners: Vec<Listener>,
    /// By what is decided.
    pub policies: Vec<PolicyEntry>,
    /// Where keys and organizations are.
    pub stores: Vec<StoreEntry>,
    /// Where metrics and health are told. Nowhere, if nothing is said.
    pub admin: Option<At<SocketAddr>>,
    /// What is written.
    pub log: Log,
    /// Where traces are sent.
    pub traces: Option<Traces>,
    /// How long requests in flight may take when the gateway ends.
    pub drain: Duration,
    /// The name of the file and its text, for what is found later to be wrong with it.
    source: (String, String),
}

const DRAIN: RangeInclusive<u64> = 0..=600;

/// The keys of the file.
const KEYS: &[Key] = &[
    key("listeners", "Where proxies ask, and in which dialect.", || schema::tables(listener::KEYS)).required(),
    key("policies", "The documents by which is decided.", || schema::tables(policy::KEYS)).required(),
    key("stores", "Databases of keys, organizations and enabled routes.", || schema::tables(store::KEYS)),
    key("admin", "Where metrics and health are told.", || schema::table(observation::ADMIN)),
    key("log", "What is written.", || schema::table(observation::LOG)),
    key("traces", "Where traces are sent.", || schema::table(observation::TRACES)),
    key(
        "drain-seconds",
        "How long requests in flight may take when the gateway ends: 10 where nothing is said.",
        || forms::number(&DRAIN),
    ),
];

impl Configuration {
    /// The name that the file has where nobody names another.
    pub const FILE: &'static str = "gateway.toml";

    /// Reads the file.
    ///
    /// # Errors
    /// A [`ConfigurationError`] with every mistake in it, or that it cannot be read.
    pub fn load(path: &Path) -> Result<Self, ConfigurationError> {
        Self::load_or_part(path).map_err(|(error, _)| error)
    }

    /// The same, and what could be read in spite of mistakes, so that the documents that it names can be judged all the same.
    pub(crate) fn load_or_part(path: &Path) -> Result<Self, (ConfigurationError, Option<Box<Self>>)> {
        let name = path.to_string_lossy().replace('\\', "/");
        match crate::file::read_text(path) {
            Ok(text) => Self::parse_or_part(&name, &text),
            Err(error) => Err((ConfigurationError::unreadable(&name, &error), None)),
        }
    }

    /// Reads a text. `name` is the path of the file, from which paths in it start.
    ///
    /// # Errors
    /// A [`ConfigurationError`] with every mistake in it.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigurationError> {
        Self::parse_or_part(name, text).map_err(|(error, _)| error)
    }

    fn parse_or_part(name: &str, text: &str) -> Result<Self, (ConfigurationError, Option<Box<Self>>)> {
        let mut part = None;
        let read = read_toml(name, text, |form, root| {
            let mut reading = Self::reading(name, form);
            part = read(&mut reading, root, (name, text));
            form.findings = reading.form.findings;
            form.findings.append(&mut reading.meaning.findings);
        });
        let misread =
            || ConfigurationError::unreadable(name, &std::io::Error::other("a part of it was not understood"));
        match (read, part) {
            (Ok(()), Some(whole)) => Ok(whole),
            (Ok(()), None) => Err((misread(), None)),
            (Err(error), part) => Err((shown(error), part.map(Box::new))),
        }
    }

    /// Whether the file has the form that its schema says, whatever it means.
    #[doc(hidden)]
    pub fn has_form(name: &str, text: &str) -> Result<(), ConfigurationError> {
        read_toml(name, text, |form, root| {
            let mut reading = Self::reading(name, form);
            let _ = read(&mut reading, root, (name, text));
            form.findings = reading.form.findings;
        })
    }

    /// The JSON schema (draft-07) of the file, by which an editor completes and checks it.
    ///
    /// It says what the reader says of keys, words and numbers. What two keys mean together, the reader alone can tell.
    #[must_use]
    pub fn schema() -> String {
        schema::whole("gateway.toml: what the gateway listens to, and by which policies it decides", KEYS)
    }

    /// What is found to be wrong with the file after it was read.
    pub(crate) fn faults(&self, find: impl FnOnce(&mut Reader)) -> Result<(), ConfigurationError> {
        read_toml(&self.source.0, &self.source.1, |reader, _| find(reader)).map_err(shown)
    }

    /// The files that it names beside the documents: certificates, keys and secrets.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for tls in self.listeners.iter().filter_map(|listener| listener.tls.as_ref()) {
            files.extend([&tls.certificate, &tls.key].into_iter().chain(&tls.client_ca).map(|file| file.value.clone()));
        }
        for store in &self.stores {
            if let Database::Url(secret) = &store.database.value {
                files.extend(secret.file().cloned());
            }
        }
        for policy in &self.policies {
            files.extend(policy.assertion.iter().map(|assertion| assertion.key.value.clone()));
            for scheme in &policy.schemes {
                let (token, secret) = match &scheme.by {
                    By::Store(_) => continue,
                    By::Jwt(jwt) => (&jwt.token, None),
                    By::Introspection(asked) => (&asked.token, asked.client_secret.value.file()),
                };
                files.extend(token.authorities.iter().map(|file| file.value.clone()).chain(secret.cloned()));
            }
        }
        files
    }

    fn reading(name: &str, form: &Reader) -> Reading {
        let folder = Path::new(name).parent().unwrap_or(Path::new("")).to_path_buf();
        Reading { form: form.clone(), meaning: form.clone(), folder }
    }
}

/// What is wrong with the file, without what may be a secret in it.
fn shown(error: ConfigurationError) -> ConfigurationError {
    redacted(error, &Configuration::schema())
}

/// Reads the whole file. `None` only where something was found to be wrong.
fn read(reading: &mut Reading, root: &DeTable<'_>, (name, text): (&str, &str)) -> Option<Configuration> {
    let mut fields = Fields::new(reading, root, 0..0, "gateway.toml", KEYS);
    let mut complete = true;
    macro_rules! each {
        ($key:literal, $read:path) => {{
            let mut found = Vec::new();
            for (table, place) in fields.tables($key) {
                let read = $read(fields.reading, table, place);
                complete &= read.is_some();
                found.extend(read);
            }
            found
        }};
    }
    let listeners = each!("listeners", listener::read);
    let policies = each!("policies", policy::read);
    let stores = each!("stores", store::read);
    let admin = fields.table("admin").map(|(table, place)| observation::admin(fields.reading, table, place));
    let log = fields.table("log").map(|(table, place)| observation::log(fields.reading, table, place));
    let traces = fields.table("traces").map(|(table, place)| observation::traces(fields.reading, table, place));
    let drain = fields.number("drain-seconds", &DRAIN).unwrap_or(10);
    let configuration = Configuration {
        listeners,
        policies,
        stores,
        admin: admin.flatten(),
        log: log.unwrap_or_default(),
        traces: traces.flatten(),
        drain: Duration::from_secs(drain),
        source: (name.to_owned(), text.to_owned()),
    };
    whole::judge(reading, &configuration, complete);
    Some(configuration)
}
