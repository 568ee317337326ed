//! `policy.toml`: the settings of a project in one file, read by the build script and the command line alike.

mod draft;
mod names;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::{Date, Stage, check_order};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::code::Code;
use crate::draft::DraftSettings;
use crate::finding::{Finding, Level};
use crate::likely::likely;
use crate::settings::{
    Combine, Extension, ExtensionShape, Lint, Origin, Overlay, PublicOperation, Settings, Undeclared, Waiver,
};
use crate::source::{FileId, Sources, Span};

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
/// let configuration = policy_spec::Configuration::parse("policy.toml", toml).map_err(|problem| problem.to_string())?;
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
            Err(error) => {
                let mut sources = Sources::default();
                let span = Span { file: sources.add(name.as_str(), ""), start: 0, end: 0 };
                let finding = Finding::error(Code::UnreadableFile, span, format!("`{name}` cannot be read: {error}"));
                Err(ConfigurationError { findings: vec![finding], sources })
            }
        }
    }

    /// Reads a text. `name` is what findings call it.
    ///
    /// # Errors
    /// A [`ConfigurationError`] with every mistake in it.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigurationError> {
        let mut sources = Sources::default();
        let file = sources.add(name, text);
        let mut reader = Reader { file, origin: Arc::new((name.to_owned(), text.to_owned())), findings: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let range = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
            reader.error(range, message, "");
        }
        let mut configuration = Self::default();
        if reader.findings.is_empty() {
            reader.root(root.get_ref(), &mut configuration);
        }
        reader.findings.sort_by_key(|finding| finding.primary.span);
        if reader.findings.is_empty() {
            Ok(configuration)
        } else {
            Err(ConfigurationError { findings: reader.findings, sources })
        }
    }
}

type Value<'t> = Spanned<DeValue<'t>>;
type Range = std::ops::Range<usize>;

struct Reader {
    file: FileId,
    origin: Arc<(String, String)>,
    findings: Vec<Finding>,
}

impl Reader {
    fn error(&mut self, range: Range, message: impl Into<String>, help: &str) {
        let span = Span { file: self.file, start: range.start, end: range.end };
        let finding = Finding::error(Code::InvalidConfiguration, span, message);
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    /// A word that is none of those that are known.
    fn unknown(&mut self, range: Range, what: &str, word: &str, known: &[&str]) {
        let help = match likely(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of `{}`", known.join("`, `")),
        };
        self.error(range, format!("there is no {what} `{}`", word.escape_debug()), &help);
    }

    fn root(&mut self, root: &DeTable<'_>, configuration: &mut Configuration) {
        const KEYS: [&str; 13] = [
            "document",
            "draft",
            "overlays",
            "public",
            "reference-root",
            "extensions",
            "base-path",
            "undeclared",
            "names",
            "check-order",
            "levels",
            "waivers",
            "limits",
        ];
        for (key, value) in root {
            let settings = &mut configuration.settings;
            match key.get_ref().as_ref() {
                "document" => configuration.document = self.string(value).map(PathBuf::from),
                "draft" => configuration.draft = self.draft(value),
                // Unlike the document it is never shown, so that it can be settled here what it is relative to.
                "reference-root" => {
                    let folder = Path::new(&self.origin.0).parent().unwrap_or(Path::new("")).to_path_buf();
                    settings.reference_root = self.string(value).map(|root| folder.join(root));
                }
                "overlays" => settings.overlays = self.overlays(value),
                "public" => settings.public = self.tables(value, Self::public).into_iter().flatten().collect(),
                "base-path" => settings.base_path = self.string(value).map(str::to_owned),
                "undeclared" => {
                    let known = [("error", Undeclared::Error), ("deny", Undeclared::Deny)];
                    settings.undeclared =
                        self.word(value, "answer to undeclared operations", &known).unwrap_or_default();
                }
                "names" => settings.names = self.names(value),
                "check-order" => settings.check_order = self.check_order(value),
                "extensions" => settings.extensions = self.tables(value, Self::extension),
                "levels" => self.levels(value, settings),
                "waivers" => settings.waivers = self.tables(value, Self::waiver),
                "limits" => self.limits(value, settings),
                other => self.unknown(key.span(), "key", other, &KEYS),
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

    /// Like `reference-root`, each is relative to the folder of the file.
    fn overlays(&mut self, value: &Value<'_>) -> Vec<Overlay> {
        let Some(items) = value.get_ref().as_array() else {
            self.error(value.span(), "`overlays` is no list", "write `overlays = [\"policy.overlay.yaml\"]`");
            return Vec::new();
        };
        let folder = Path::new(&self.origin.0).parent().unwrap_or(Path::new("")).to_path_buf();
        let mut found: Vec<Overlay> = Vec::with_capacity(items.len());
        for item in items {
            let Some(text) = self.string(item) else { continue };
            if text.contains("://") {
                self.error(item.span(), "an overlay is a file; nothing is fetched", "copy it beside the document");
            } else {
                found.push(Overlay { origin: Some(self.origin(item.span())), ..Overlay::new(folder.join(text)) });
            }
        }
        found
    }

    fn public(&mut self, table: &DeTable<'_>, range: Range) -> Option<Vec<PublicOperation>> {
        const KEYS: [&str; 2] = ["operations", "reason"];
        const HELP: &str = "write `operations = [\"GET /health\"]` and a `reason`";
        for (key, _) in table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), "key of `[[public]]`", key.get_ref(), &KEYS);
            }
        }
        let [operations, reason] = KEYS.map(|key| {
            let found = table.get(key);
            if found.is_none() {
                self.error(range.clone(), format!("`[[public]]` has no `{key}`"), HELP);
            }
            found
        });
        let (operations, reason) = (operations?, reason?);
        let said = self.string(reason)?.trim().to_owned();
        if said.is_empty() {
            self.error(reason.span(), "`[[public]]` gives no reason", "say why anybody may call these operations");
        }
        let items = operations.get_ref().as_array();
        if items.is_none_or(|items| items.is_empty()) {
            self.error(operations.span(), "`operations` lists none", HELP);
        }
        let mut found = Vec::new();
        for item in items.into_iter().flatten() {
            if let Some(operation) = self.string(item) {
                let origin = Some(self.origin(item.span()));
                found.push(PublicOperation { origin, ..PublicOperation::new(operation, said.clone()) });
            }
        }
        Some(found)
    }

    fn origin(&self, range: Range) -> Origin {
        Origin { file: Arc::clone(&self.origin), range }
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

    fn extension(&mut self, table: &DeTable<'_>, range: Range) -> Option<Extension> {
        let mut extension = Extension::new("");
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => {
                    extension.name = self.string(value)?.to_owned();
                    if !extension.name.starts_with("x-") {
                        self.error(
                            value.span(),
                            format!("`{}` is no extension", extension.name),
                            "its name starts with `x-`",
                        );
                    }
                }
                "combine" => {
                    extension.combine =
                        self.word(value, "combination", &[("all", Combine::All), ("any", Combine::Any)])?;
                }
                "shape" => extension.shape = self.word(value, "shape", &ExtensionShape::ALL)?,
                "sibling" => extension.sibling = Some(self.string(value)?.to_owned()),
                other => {
                    self.unknown(key.span(), "key of an extension", other, &["name", "combine", "shape", "sibling"])
                }
            }
        }
        if extension.name.is_empty() && table.get("name").is_none() {
            self.error(range, "the extension has no `name`", "say which key of an operation holds its scopes");
            return None;
        }
        Some(extension)
    }

    fn levels(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = value.get_ref().as_table() else {
            self.error(value.span(), "`levels` is no table", "write `code = \"warning\"` below `[levels]`");
            return;
        };
        let known = [
            ("allow", Lint::Allow),
            ("note", Lint::Level(Level::Note)),
            ("warning", Lint::Level(Level::Warning)),
            ("error", Lint::Level(Level::Error)),
        ];
        for (key, value) in table {
            let Some(code) = self.code(key.get_ref(), key.span()) else { continue };
            if code.is_fixed() {
                let help = "without what such a finding is about, the policy would not be the document's";
                self.error(key.span(), format!("the level of `{code}` is fixed"), help);
            } else if let Some(lint) = self.word(value, "level", &known) {
                settings.levels.insert(code, lint);
            }
        }
    }

    fn waiver(&mut self, table: &DeTable<'_>, range: Range) -> Option<Waiver> {
        const KEYS: [&str; 4] = ["code", "location", "reason", "expires"];
        for (key, _) in table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), "key of a waiver", key.get_ref(), &KEYS);
            }
        }
        let [code, location, reason, expires] = KEYS.map(|key| {
            let found = table.get(key);
            if found.is_none() {
                self.error(
                    range.clone(),
                    format!("the waiver has no `{key}`"),
                    "a waiver says `code`, `location`, `reason` and `expires`",
                );
            }
            found
        });
        let (code, location, reason, expires) = (code?, location?, reason?, expires?);
        let code = self.string(code).map(str::to_owned).and_then(|text| self.code(&text, code.span()));
        let location = self.string(location)?.to_owned();
        let said = self.string(reason)?.trim().to_owned();
        if said.is_empty() {
            self.error(reason.span(), "the waiver gives no reason", "say why the finding can be lived with");
        }
        let date = match expires.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            _ => self.string(expires)?.to_owned(),
        };
        let Some(date) = Date::parse(&date) else {
            self.error(expires.span(), format!("`{}` is no day", date.escape_debug()), "write it as `2027-01-31`");
            return None;
        };
        Some(Waiver { origin: Some(self.origin(range)), ..Waiver::new(code?, location, said, date) })
    }

    fn limits(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = value.get_ref().as_table() else {
            self.error(value.span(), "`limits` is no table", "write `bytes = 100_000_000` below `[limits]`");
            return;
        };
        // Nesting is read by recursion, which a stack bounds.
        const DEEPEST: usize = 250;
        const KNOWN: [&str; 9] = [
            "bytes",
            "depth",
            "alias-values",
            "references",
            "overlay-values",
            "alternatives",
            "model-values",
            "comparisons",
            "findings",
        ];
        let limits = &mut settings.limits;
        for (key, value) in table {
            let (limit, most) = match key.get_ref().as_ref() {
                "bytes" => (&mut limits.bytes, usize::MAX),
                "depth" => (&mut limits.depth, DEEPEST),
                "alias-values" => (&mut limits.alias_values, usize::MAX),
                "references" => (&mut limits.references, usize::MAX),
                "overlay-values" => (&mut limits.overlay_values, usize::MAX),
                "alternatives" => (&mut limits.alternatives, usize::MAX),
                "model-values" => (&mut limits.model_values, usize::MAX),
                "comparisons" => (&mut limits.comparisons, usize::MAX),
                "findings" => (&mut limits.findings, usize::MAX),
                other => {
                    self.unknown(key.span(), "limit", other, &KNOWN);
                    continue;
                }
            };
            let number = value
                .get_ref()
                .as_integer()
                .and_then(|number| usize::from_str_radix(number.as_str(), number.radix()).ok());
            match number {
                Some(number) if (1..=most).contains(&number) => *limit = number,
                _ => {
                    let help = if most == DEEPEST { "write a number from 1 to 250" } else { "write a number from 1" };
                    self.error(value.span(), format!("the limit `{}` is out of range", key.get_ref()), help);
                }
            }
        }
    }

    fn code(&mut self, text: &str, range: Range) -> Option<Code> {
        let code = Code::from_text(text);
        if code.is_none() {
            let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
            let near = likely(text, known.iter().copied());
            let help = near.map_or_else(
                || "the codes are listed in the documentation of findings".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(range, format!("there is no code `{}`", text.escape_debug()), &help);
        }
        code
    }

    fn string<'t>(&mut self, value: &'t Value<'_>) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.error(value.span(), "expected a string here", "");
        }
        text
    }

    fn word<T: Copy>(&mut self, value: &Value<'_>, what: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.string(value)?.to_owned();
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            self.unknown(value.span(), what, &text, &words);
        }
        found
    }

    fn tables<T>(
        &mut self,
        value: &Value<'_>,
        mut read: impl FnMut(&mut Self, &DeTable<'_>, Range) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = value.get_ref().as_array() else {
            self.error(
                value.span(),
                "expected a list of tables here",
                "write each as `[[extensions]]` or `[[waivers]]`",
            );
            return Vec::new();
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => found.extend(read(self, table, item.span())),
                None => self.error(item.span(), "expected a table here", ""),
            }
        }
        found
    }
}
