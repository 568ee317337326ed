//! `cargo policy names`: what everything of a document is called in Rust.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Args, ValueEnum};
use policy_spec::{Code, Names as RustNames, PolicyModel};
use serde::Serialize;

use crate::beside;
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::{BOLD, Failure, OFF};
use crate::output;
use crate::project::{Read, Subject};

/// Raised when a field changes its meaning or goes away; a field that is added does not raise it.
const SCHEMA_VERSION: u32 = 1;

/// The arguments of `names`.
#[derive(Debug, Args)]
pub(crate) struct Names {
    #[command(flatten)]
    subject: Subject,
    /// How the names are written.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Names {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        beside::tell_errors(&read, "the list of names");
        let Some(model) = read.loaded.readable() else { return Err(beside::unreadable(&read)) };
        let report = Report::of(model, &model.names());
        match self.format {
            Format::Text => output::print(&report.text())?,
            Format::Json => {
                let json = serde_json::to_string_pretty(&report)
                    .map_err(|error| Failure::new(format!("the names cannot be written as JSON: {error}")))?;
                output::write(&format!("{json}\n"), None)?;
            }
        }
        tell_collisions(&read);
        Ok(Exit::Clean)
    }
}

/// What stands in the way of a build, on standard error.
fn tell_collisions(read: &Read) {
    let sources = &read.loaded.sources;
    for finding in read.loaded.findings.iter().filter(|finding| finding.code == Code::NameCollision) {
        let text = finding.render_noting(sources, true, &["a build refuses the document until one has another name"]);
        // Where standard error is closed, the names are shown nevertheless.
        let _ = anstream::stderr().write_all(format!("{text}\n\n").as_bytes());
    }
}

#[derive(Serialize)]
struct Report<'m> {
    schema_version: u32,
    operations: Vec<Operation>,
    scopes: Vec<Scope<'m>>,
    schemes: Vec<Scheme<'m>>,
}

#[derive(Serialize)]
struct Operation {
    /// `METHOD /template`.
    operation: String,
    #[serde(rename = "type")]
    name: String,
    /// The enum of its alternatives.
    alternatives: Option<String>,
}

#[derive(Serialize)]
struct Scope<'m> {
    scope: &'m str,
    #[serde(rename = "type")]
    name: String,
}

#[derive(Serialize)]
struct Scheme<'m> {
    scheme: &'m str,
    constant: String,
}

impl<'m> Report<'m> {
    fn of(model: &'m PolicyModel, names: &RustNames) -> Self {
        let operations = names.operations.iter().filter_map(|names| {
            let operation = model.operations.get(names.index)?.key();
            Some(Operation { operation, name: names.name.clone(), alternatives: names.alternatives.clone() })
        });
        let scopes = model.scopes.iter().zip(&names.scopes);
        let schemes = model.schemes.iter().zip(&names.schemes);
        Self {
            schema_version: SCHEMA_VERSION,
            operations: operations.collect(),
            scopes: scopes.map(|(scope, names)| Scope { scope: &scope.name, name: names.name.clone() }).collect(),
            schemes: schemes
                .map(|(scheme, constant)| Scheme { scheme: &scheme.name, constant: constant.clone() })
                .collect(),
        }
    }

    /// Three lists, each with what stands in the document and its name.
    fn text(&self) -> String {
        let operations = self.operations.iter().map(|one| (one.operation.as_str(), one.name.as_str()));
        let scopes = self.scopes.iter().map(|one| (one.scope, one.name.as_str()));
        let schemes = self.schemes.iter().map(|one| (one.scheme, one.constant.as_str()));
        let mut text = String::new();
        list(&mut text, "OPERATIONS, in `operations`", operations.collect());
        list(&mut text, "SCOPES, in `scopes`", scopes.collect());
        list(&mut text, "SECURITY SCHEMES, in `schemes`", schemes.collect());
        text
    }
}

fn list(text: &mut String, heading: &str, names: Vec<(&str, &str)>) {
    /// A longer one is followed by its name, but moves no other.
    const WIDEST: usize = 60;
    let width = |shown: &str| shown.chars().count();
    let names: Vec<_> = names.into_iter().map(|(of, name)| (visible(of), name)).collect();
    let widest = names.iter().map(|(of, _)| width(of)).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let separator = if text.is_empty() { "" } else { "\n" };
    // Writing to a string does not fail.
    let _ = writeln!(text, "{separator}{BOLD}{heading}{OFF}");
    for (of, name) in &names {
        let _ = writeln!(text, "{of}{:fill$}  {name}", "", fill = widest.saturating_sub(width(of)));
    }
    if names.is_empty() {
        text.push_str("none\n");
    }
}
