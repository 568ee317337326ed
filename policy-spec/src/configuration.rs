//! `policy.toml`: the settings of a project in one file, read by the build script and the command line alike.

mod draft;
mod extensions;
mod findings;
mod limits;
mod names;
mod overlays;
mod public;
mod reader;
#[cfg_attr(not(feature = "tools"), path = "configuration/schema/absent.rs")]
pub mod schema;
mod schemes;
mod scopes;

use std::fmt;
use std::path::{Path, PathBuf};

use policy_core::{Stage, check_order};
use toml::Spanned;
use toml::de::DeTable;

pub use self::reader::{Range, Reader, Value};
use self::schema::{Key, key};

use crate::code::Code;
use crate::draft::DraftSettings;
use crate::finding::Finding;
use crate::settings::{Settings, Undeclared, UnsupportedQuery};
use crate::source::{Sources, Span};

/// What `policy.toml` says.
///
/// ```
/// let toml = r#"
/// document = "openapi.yaml"
///
/// [[extensions]]
/// name = "x-scopes"
/// combine = "any"
///
/// [levels]
/// missing-operation-id = "allow"
/// "#;
/// let configuration = policy_spec::Configuration::parse("policy.toml", toml).map_err(|error| error.to_string())?;
/// assert_eq!(configuration.document.as_deref(), Some("openapi.yaml".as_ref()));
/// assert_eq!(configuration.settings.extensions[0].name, "x-scopes");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The document, relative to the folder of the file.
    pub document: Option<PathBuf>,
    /// How it is read.
    pub settings: Settings,
    /// How it is written, where a program prints it. `None` for a document that people write.
    pub draft: Option<DraftSettings>,
}

/// What is wrong with a configuration file. Displays as `rustc` would print it.
#[derive(Clone, Debug)]
pub struct ConfigurationError {
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// The text that the findings point into.
    pub sources: Sources,
}

impl ConfigurationError {
    /// A file that cannot be read.
    #[doc(hidden)]
    #[must_use]
    pub fn unreadable(name: &str, error: &std::io::Error) -> Self {
        let mut sources = Sources::default();
        let span = Span { file: sources.add(name, ""), start: 0, end: 0 };
        let finding = Finding::error(Code::UnreadableFile, span, format!("`{name}` cannot be read: {error}"));
        Self { findings: vec![finding], sources }
    }

    /// The same findings over another text of the file, for one that must not be shown whole. `place` says where a byte of the first text
    /// stands in the other.
    #[doc(hidden)]
    #[must_use]
    pub fn over(mut self, text: String, place: impl Fn(usize) -> usize) -> Self {
        let Some(file) = self.sources.files().next() else { return self };
        let mut sources = Sources::default();
        sources.add(self.sources.name(file), text);
        self.sources = sources;
        for finding in &mut self.findings {
            for label in std::iter::once(&mut finding.primary).chain(&mut finding.secondary) {
                label.span.start = place(label.span.start);
                label.span.end = place(label.span.end);
            }
        }
        self
    }

    /// Every finding as `rustc` would print it, with ANSI colours if asked.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let all: Vec<String> = self.findings.iter().map(|finding| finding.render(&self.sources, color)).collect();
        all.join("\n\n")
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ConfigurationError {}

impl Configuration {
    /// The name that the file has beside `Cargo.toml`.
    pub const FILE: &'static str = "policy.toml";

    /// Reads the file.
    ///
    /// # Errors
    /// A [`ConfigurationError`] with every mistake in it, or that it cannot be read.
    pub fn load(path: &Path) -> Result<Self, ConfigurationError> {
        let name = path.to_string_lossy().replace('\\', "/");
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => Err(ConfigurationError::unreadable(&name, &error)),
        }
    }

    /// Reads a text. `name` is what findings call it.
    ///
    /// # Errors
    /// A [`ConfigurationError`] with every mistake in it.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigurationError> {
        let mut configuration = Self::default();
        read_toml(name, text, |reader, root| reader.root(root, &mut configuration))?;
        Ok(configuration)
    }
}

/// Reads a configuration file in TOML with every mistake in it: those of the grammar, or those that `read` finds.
pub fn read_toml<T>(
    name: &str,
    text: &str,
    read: impl FnOnce(&mut Reader, &DeTable<'_>) -> T,
) -> Result<T, ConfigurationError> {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    let mut reader = Reader::new(file, name, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        let message = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
        reader.error(range, message, "");
    }
    let read = reader.findings.is_empty().then(|| read(&mut reader, root.get_ref()));
    reader.findings.sort_by_key(|finding| finding.primary.span);
    match read {
        Some(read) if reader.findings.is_empty() => Ok(read),
        _ => Err(ConfigurationError { findings: reader.findings, sources }),
    }
}

/// What an operation without any security becomes.
const UNDECLARED: [(&str, Undeclared); 2] = [("error", Undeclared::Error), ("deny", Undeclared::Deny)];

/// The keys of the file.
const KEYS: &[Key] = &[
    key("document", "The OpenAPI document, relative to the folder of this file.", schema::text),
    key("draft", "How the document is written, where a program prints it.", || schema::table(draft::KEYS)),
    key("overlays", "OpenAPI Overlays that are applied to the document, in this order.", overlays::schema),
    key("public", "Operations that anybody may call, although the document does not say so.", || {
        schema::tables(public::KEYS)
    }),
    key("reference-root", "The folder that references to other files must stay in.", schema::text),
    key("extensions", "Where an operation's scopes stand beside `security`.", || schema::tables(extensions::KEYS)),
    key("base-path", "The path below which the templates are served, instead of what the servers say.", schema::text),
    key("undeclared", "What becomes of an operation without any `security`.", || schema::words(&UNDECLARED)),
    key("unsupported-query", "What becomes of query parameters that an operation does not have.", || {
        schema::words(&UnsupportedQuery::ALL)
    }),
    key("names", "What operations, scopes and security schemes are called in Rust.", names::schema),
    key("check-order", "The order of checks for a document without `x-check-order`.", orders),
    key("levels", "The level of a finding by its code.", findings::levels_schema),
    key("waivers", "Findings to live with, each for a reason and until a day.", || schema::tables(findings::WAIVER)),
    key("schemes", "What is said of one security scheme.", schemes::schema),
    key("scopes", "What grants mean beside the names that they have.", || schema::table(scopes::KEYS)),
    key("limits", "Budgets against documents that are too large to be meant.", limits::schema),
];

/// Every order of checks that does not tell callers what they may not know.
fn orders() -> schema::Value {
    let [first, one, other, last] = Stage::ALL.map(Stage::as_str);
    let orders = [[first, one, other, last], [first, other, one, last]];
    schema::json!({ "enum": orders })
}

impl Reader {
    fn root(&mut self, root: &DeTable<'_>, configuration: &mut Configuration) {
        for (key, value) in root {
            if !self.knows(key, "key", KEYS) {
                continue;
            }
            let settings = &mut configuration.settings;
            match key.get_ref().as_ref() {
                "document" => configuration.document = self.string(value).map(PathBuf::from),
                "draft" => configuration.draft = self.draft(value),
                // The document's name is shown to people as it is written. This folder is never shown, so it is resolved here.
                "reference-root" => {
                    settings.reference_root = self.string(value).map(|root| self.beside(root));
                }
                "overlays" => settings.overlays = self.overlays(value),
                "public" => settings.public = self.tables(value, Self::public).into_iter().flatten().collect(),
                "base-path" => settings.base_path = self.string(value).map(str::to_owned),
                "undeclared" => {
                    settings.undeclared =
                        self.word(value, "answer to undeclared operations", &UNDECLARED).unwrap_or_default();
                }
                "unsupported-query" => {
                    settings.unsupported_query = self
                        .word(value, "answer to unsupported query parameters", &UnsupportedQuery::ALL)
                        .unwrap_or_default();
                }
                "names" => settings.names = self.names(value),
                "check-order" => settings.check_order = self.check_order(value),
                "extensions" => settings.extensions = self.tables(value, Self::extension),
                "levels" => self.levels(value, settings),
                "waivers" => settings.waivers = self.tables(value, Self::waiver),
                "schemes" => settings.as_nobody = self.schemes(value),
                "scopes" => settings.scope_map = self.scopes(value),
                "limits" => self.limits(value, settings),
                // The table has no key that is not read here; a test goes through it.
                _ => {}
            }
        }
        let names: Vec<String> =
            configuration.settings.extensions.iter().map(|extension| extension.name.clone()).collect();
        if let Some(twice) =
            names.iter().enumerate().find_map(|(at, name)| names.get(..at)?.contains(name).then_some(name))
        {
            let range = root.get("extensions").map_or(0..0, Spanned::span);
            self.error(range, format!("the extension `{twice}` is named twice"), "keep one of the two");
        }
    }

    fn check_order(&mut self, value: &Value<'_>) -> Option<[Stage; 4]> {
        let Some(items) = value.get_ref().as_array() else {
            self.error(value.span(), "`check-order` is no list", "list the four stages");
            return None;
        };
        let known: Vec<(&str, Stage)> = Stage::ALL.iter().map(|stage| (stage.as_str(), *stage)).collect();
        let stages: Vec<Option<Stage>> = items.iter().map(|item| self.word(item, "stage", &known)).collect();
        let stages: Vec<Stage> = stages.into_iter().collect::<Option<_>>()?;
        match check_order(&stages) {
            Ok(order) => Some(order),
            Err(error) => {
                let help = "list `authentication` first, `query` last, and `enablement` and `scopes` between them in either order";
                self.error(value.span(), error.to_string(), help);
                None
            }
        }
    }
}
