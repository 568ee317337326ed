//! `cargo policy docs`: the tables of an API's documentation.
//!
//! The tables are Markdown. They stand between markers in a page that people write. `--write` replaces them, and `--check` fails if
//! they are stale.

mod diff;
mod markdown;
mod page;
mod requirement;
mod routes;
mod scopes;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use policy_spec::PolicyModel;

use crate::beside;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Read, Subject};

use page::Page;

/// The arguments of `docs`.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    #[command(flatten)]
    subject: Subject,
    /// Replaces the tables in a Markdown file: what stands between `<!-- policy:scopes -->` and `<!-- /policy:scopes -->`,
    /// and between `<!-- policy:routes -->` and `<!-- /policy:routes -->`.
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    write: Option<PathBuf>,
    /// Fails with a diff where the tables in a Markdown file are not what `--write` would make of them.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

/// A table that a page can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// Each scope: what it allows, and what it is required for.
    Scopes,
    /// Each route: the scopes that it requires.
    Routes,
}

impl Table {
    pub(crate) const ALL: [Self; 2] = [Self::Scopes, Self::Routes];

    /// Its name in markers.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Scopes => "scopes",
            Self::Routes => "routes",
        }
    }
}

impl Docs {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        beside::tell_errors(&read, "the documentation");
        let Some(model) = read.loaded.readable() else { return Err(beside::unreadable(&read)) };
        let tables = |table| render(table, model, read.loaded.is_complete());
        match (&self.write, &self.check) {
            (Some(file), _) => write(file, tables),
            (None, Some(file)) => self.check(&read, file, tables),
            (None, None) => {
                let tables = Table::ALL.map(|table| page::marked(table, &tables(table)));
                output::write(&tables.join("\n"), None)?;
                Ok(Exit::Clean)
            }
        }
    }

    fn check(&self, read: &Read, file: &Path, tables: impl Fn(Table) -> String) -> Result<Exit, Failure> {
        let text = text_of(file)?;
        let current = Page::read(file, &text)?.with(tables);
        if current == text {
            return Ok(Exit::Clean);
        }
        output::print(&diff::unified(file, &text, &current))?;
        let what = format!("`{}` does not say what `{}` says", file.display(), read.path.display());
        Failure::with_help(what, format!("`{}` corrects it", self.correction(file))).tell();
        Ok(Exit::Findings)
    }

    /// The command that brings a stale page up to date.
    fn correction(&self, file: &Path) -> String {
        let mut command = "cargo policy docs".to_owned();
        let config = self.subject.config.as_deref().map(|config| ("--config ", config));
        let document = self.subject.document.as_deref().map(|document| ("", document));
        for (option, path) in [document, Some(("--write ", file)), config].into_iter().flatten() {
            command.push_str(&format!(" {option}{}", path.display()));
        }
        command
    }
}

fn write(file: &Path, tables: impl Fn(Table) -> String) -> Result<Exit, Failure> {
    let text = text_of(file)?;
    let current = Page::read(file, &text)?.with(tables);
    let done = if current == text {
        "is up to date"
    } else {
        output::replace(file, &current)?;
        "is written"
    };
    let _ = writeln!(anstream::stderr(), "`{}` {done}", file.display());
    Ok(Exit::Clean)
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let bytes = fs::read(file).map_err(|error| {
        let Failure::Message { what, .. } = Failure::file("read", file, &error) else { return error.into() };
        Failure::with_help(what, format!("`cargo policy docs > {}` starts such a page", file.display()))
    })?;
    String::from_utf8(bytes).map_err(|_| Failure::new(format!("`{}` is not UTF-8", file.display())))
}

/// The Markdown of a table, each line ended.
fn render(table: Table, model: &PolicyModel, complete: bool) -> String {
    let table = match table {
        Table::Scopes => scopes::table(model),
        Table::Routes => routes::table(model),
    };
    if complete {
        return table;
    }
    format!("> **Incomplete:** the document has errors, and what could not be read is missing here.\n\n{table}")
}
