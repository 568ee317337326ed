//! `cargo policy audit`: who may call what, for reviewers.
//!
//! Everything that can be read is shown, with its findings. A reviewer needs to see a bad document most of all.

mod csv;
pub(crate) mod html;
pub(crate) mod json;
mod markdown;
mod text;
mod view;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::progress;
use crate::project::{Read, Subject};
use view::View;

/// The arguments of `audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
What can be read is shown even where the document has errors; they are among the findings, and the exit code is 0.
The exit code is 2 when nothing can be read.")]
pub(crate) struct Audit {
    #[command(flatten)]
    subject: Subject,
    /// How it is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Writes it to a file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How an audit is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A report to read, to keep as a snapshot and to diff.
    Text,
    /// Tables, for a pull request.
    Markdown,
    /// The documented, versioned schema, for programs.
    Json,
    /// A row for each alternative of each operation, for a spreadsheet.
    Csv,
    /// One page to search, filter and print, that needs no network.
    Html,
}

impl Audit {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        let Some(view) = View::new(&read) else { return Err(nothing_readable(&read)) };
        let rendered = progress::during("writing the audit", || self.format.render(&view))?;
        match self.format {
            Format::Text => output::print_or_write(&rendered, self.output.as_deref())?,
            _ => output::write(&rendered, self.output.as_deref())?,
        }
        if (self.format, &self.output) != (Format::Text, &None) {
            tell_of_errors(&view, self.output.as_deref());
        }
        Ok(Exit::Clean)
    }
}

impl Format {
    fn render(self, view: &View<'_>) -> Result<String, Failure> {
        Ok(match self {
            Self::Text => text::render(view),
            Self::Markdown => markdown::render(view),
            Self::Json => json::render(view)?,
            Self::Csv => csv::render(view),
            Self::Html => html::render(view)?,
        })
    }
}

/// Shows the findings, which say why nothing can be read. The result is the failure.
fn nothing_readable(read: &Read) -> Failure {
    tell(&format!("{}\n\n", read.loaded.render(true)));
    Failure::with_help(
        format!("nothing of `{}` can be audited", read.path.display()),
        "correct the errors above; `cargo policy check` shows them alone",
    )
}

/// Says on standard error that the document has errors. The report itself may go to a file.
fn tell_of_errors(view: &View<'_>, file: Option<&Path>) {
    let errors = view.errors();
    if errors > 0 || !view.loaded.is_complete() {
        let place = file.map_or_else(|| "the audit".to_owned(), |file| format!("`{}`", file.display()));
        let lacks = if view.loaded.is_complete() { "" } else { " and is incomplete" };
        let noun = if errors == 1 { "error" } else { "errors" };
        tell(&format!("warning: {place} shows a document with {errors} {noun}{lacks}\n"));
    }
}

fn tell(text: &str) {
    // If standard error is closed, nobody reads it.
    let _ = anstream::stderr().write_all(text.as_bytes());
}
