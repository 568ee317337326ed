//! `cargo policy check`: what is wrong with a document, and how it differs from another one.

pub(crate) mod against;
mod emission;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod place;
mod sarif;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy_spec::{Configuration, Level};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Read, Subject, of_document, read};

use against::Against;

pub(crate) use json::pretty;
pub(crate) use place::{in_checkout, uri};
pub(crate) use text::plural;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    subject: Subject,
    /// Compares with this document: any difference in who may call what is an error, told with its direction.
    #[arg(long, value_name = "OTHER")]
    against: Option<PathBuf>,
    /// How OTHER is read. Without it, by the `policy.toml` that names it, or else like DOCUMENT.
    #[arg(long, value_name = "FILE", requires = "against")]
    against_config: Option<PathBuf>,
    /// Writes a copy of the document in which each operation says what it requires, as `x-required-scopes`.
    ///
    /// The copy is the same policy, and its text the same but for these lists. It goes to standard output or to
    /// `--output`; for a document of several files, `--output` names a folder. Findings go to standard error. Overlays are
    /// not written into the copy: they still apply to it, and the lists say what is required with them.
    #[arg(long, conflicts_with_all = ["against", "format"])]
    emit_extensions: bool,
    /// How the findings are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The lowest level that makes the exit code 1.
    #[arg(long, value_name = "LEVEL", default_value = "errors")]
    deny: Deny,
    /// Shows everything as text: notes beside errors, waived findings, each of those that say the same, and all of many
    /// of one code. JSON and SARIF always have all.
    #[arg(long)]
    all: bool,
    /// Writes to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: as `rustc` says it, with the document's lines.
    Text,
    /// For programs: one object, its schema documented and versioned.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands: annotations in GitHub's pull requests.
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Errors only.
    #[value(alias = "error")]
    Errors,
    /// Warnings and errors.
    #[value(alias = "warning")]
    Warnings,
    /// Everything that is found and not waived.
    #[value(alias = "note")]
    Notes,
}

impl Deny {
    fn level(self) -> Level {
        match self {
            Self::Errors => Level::Error,
            Self::Warnings => Level::Warning,
            Self::Notes => Level::Note,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Warnings => "warnings",
            Self::Notes => "notes",
        }
    }
}

/// Everything that was found, for whichever format.
struct Report<'r> {
    read: &'r Read,
    counts: Counts,
    against: Option<&'r Against>,
    deny: Deny,
}

/// How many findings there are at each level. Waived findings count separately.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
    waived: usize,
}

impl<'r> Report<'r> {
    fn new(read: &'r Read, against: Option<&'r Against>, deny: Deny) -> Self {
        let mut counts = Counts::default();
        for finding in &read.loaded.findings {
            *match (&finding.waived, finding.level) {
                (Some(_), _) => &mut counts.waived,
                (None, Level::Error) => &mut counts.errors,
                (None, Level::Warning) => &mut counts.warnings,
                (None, Level::Note) => &mut counts.notes,
            } += 1;
        }
        Self { read, counts, against, deny }
    }

    /// Something was found at or above the denied level.
    fn is_denied(&self) -> bool {
        let level = self.deny.level();
        self.read.loaded.findings.iter().any(|finding| finding.waived.is_none() && finding.level >= level)
    }

    /// The exit code. It is 1 for denied findings, for differences, and for a document without a policy.
    fn exit(&self) -> Exit {
        let differs = self.against.is_some_and(|against| !against.is_clean());
        if self.is_denied() || differs || self.read.loaded.model.is_none() { Exit::Findings } else { Exit::Clean }
    }

    /// The document's name, as findings call it.
    fn name(&self) -> String {
        name(self.read)
    }
}

fn name(read: &Read) -> String {
    read.path.to_string_lossy().replace('\\', "/")
}

/// What `check` shows people of a document.
pub(crate) fn shown(read: &Read) -> String {
    text::text(&Report::new(read, None, Deny::Errors), false, true)
}

impl Check {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let found = self.subject.read()?;
        if self.emit_extensions {
            return emission::run(self, &found);
        }
        let against = self.against(&found)?;
        let report = Report::new(&found, against.as_ref(), self.deny);
        let file = self.output.as_deref();
        match self.format {
            Format::Text => match file {
                None => output::print(&text::text(&report, self.all, true))?,
                Some(_) => output::write(&text::text(&report, self.all, false), file)?,
            },
            Format::Json => output::write(&json::json(&report)?, file)?,
            Format::Sarif => output::write(&sarif::sarif(&report)?, file)?,
            Format::Github => output::write(&github::github(&report), file)?,
        }
        Ok(report.exit())
    }

    fn against(&self, found: &Read) -> Result<Option<Against>, Failure> {
        let Some(path) = &self.against else { return Ok(None) };
        let configuration = match &self.against_config {
            Some(file) => Configuration::load(file).map_err(Failure::Configuration)?,
            None => match of_document(path, false)? {
                Some((configuration, _)) => configuration,
                None => found.configuration.clone(),
            },
        };
        Ok(Some(Against::new(found, read(path.clone(), configuration)?)))
    }
}
