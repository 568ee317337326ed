//! `cargo policy replay`: what another policy would have decided about the requests of a decision log.
//!
//! Each line is decided afresh, by the engine that gateways decide by. What a line does not say is never guessed.

mod decide;
mod grants;
mod json;
mod line;
mod lines;
mod markdown;
mod numbers;
mod outcome;
mod query;
mod report;
mod run;
mod tally;
mod text;
mod used;
mod when;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy_spec::Engine;

use crate::beside;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Read, Subject};
use decide::{Decider, Old};
use line::Line;
use outcome::Outcome;
use report::Report;
use run::{Run, Wanted};
pub(crate) use used::{Client, Used, Wanted as WantedLines, used};
pub(crate) use when::given as time_given;

/// The arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
The log has to be written with replay fields: `replay = true` of `[log]` in `gateway.toml`, `JsonLines::with_replay_fields` in Rust.
The exit code is 1 where something is found that `--fail-on` names, and where the document has errors: nothing is replayed then.")]
pub(crate) struct Replay {
    /// The decision logs, in order. `-` is standard input.
    #[arg(value_name = "LOG", required = true)]
    logs: Vec<PathBuf>,
    /// The document that decides now. Without it, the one that `policy.toml` names.
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// How it is read: a file like `policy.toml`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The document that wrote the log. What it did not look at is then told exactly.
    #[arg(long, value_name = "DOCUMENT")]
    before: Option<PathBuf>,
    /// How that one is read.
    #[arg(long, value_name = "FILE", requires = "before")]
    before_config: Option<PathBuf>,
    /// Only the lines of the document that the gateway calls so.
    #[arg(long, value_name = "NAME")]
    named: Option<String>,
    /// Only lines from this day or time on: `2027-06-30`, `2027-06-30T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = when::given)]
    since: Option<u64>,
    /// Only lines of before this day or time.
    #[arg(long, value_name = "TIME", value_parser = when::given)]
    until: Option<u64>,
    /// What a client is.
    #[arg(long, value_enum, value_name = "MEMBER", default_value_t = By::Subject)]
    by: By,
    /// How it is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// What makes the exit code 1, separated by commas.
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Names every client of every operation, and what is unchanged.
    #[arg(long)]
    all: bool,
    /// How many clients, and how many pairs of an operation and a client with one answer, are told apart.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    most_groups: u32,
    /// Writes it to a file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The member of a line that says which client it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Who called.
    Subject,
    /// The identifier of the credential.
    Credential,
    /// The organization.
    Tenant,
}

impl By {
    /// The client of a line. `None` where nobody is known.
    fn of<'l>(self, line: &'l Line<'_>) -> Option<&'l str> {
        let client = match self {
            Self::Subject => &line.subject,
            Self::Credential => &line.credential_id,
            Self::Tenant => &line.tenant,
        };
        client.as_deref()
    }

    /// In JSON, and on the command line.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Credential => "credential",
            Self::Tenant => "tenant",
        }
    }
}

/// How a replay is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For the comment of a pull request.
    Markdown,
    /// For programs: one object, its schema documented and versioned.
    Json,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A request that was allowed is denied.
    NewlyDenied,
    /// A request that was refused is allowed.
    NewlyAllowed,
    /// A line does not say enough.
    CannotTell,
    /// A line is no line of the log, or of another version of its schema.
    Unread,
    /// The log says that lines are missing.
    Lost,
}

impl Replay {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let new = Subject { document: self.document.clone(), config: self.config.clone() }.read()?;
        let Some(model) = &new.loaded.model else {
            beside::tell_refusal(&new, "nothing is replayed");
            return Ok(Exit::Findings);
        };
        let engine = Engine::new(model).map_err(|error| Failure::new(error.to_string()))?;
        let fingerprint = model.fingerprint();
        let Ok(old) = self.old()? else { return Ok(Exit::Findings) };
        let wanted = Wanted { since: self.since, until: self.until, named: self.named.as_deref(), by: self.by };
        let most = usize::try_from(self.most_groups).unwrap_or(usize::MAX);
        let mut run = Run::new(Decider::new(&engine, &fingerprint, old.as_ref()), wanted, most);
        for log in &self.logs {
            run.begin(log);
            let mut reader = lines::open(log)?;
            let read = lines::each(log, &mut reader, &mut run);
            run.end();
            read?;
        }
        let totals = &run.totals;
        if totals.lines > 0 && totals.unreadable + totals.other_schema == totals.lines {
            let first = totals.unread.first();
            let what = first.map_or_else(String::new, |one| format!("{}:{}: {}", one.file, one.line, one.why));
            return Err(Failure::with_help(
                format!("no line is one of a decision log; {what}"),
                "`docs/decision-log.md` has the schema",
            ));
        }
        let report = Report::new(&run, &engine, &new, &fingerprint, self);
        let file = self.output.as_deref();
        match self.format {
            Format::Text => output::print_or_write(&text::text(&report), file)?,
            Format::Markdown => output::write(&markdown::markdown(&report), file)?,
            Format::Json => output::write(&json::json(&report)?, file)?,
        }
        Ok(if report.refused().is_empty() { Exit::Clean } else { Exit::Findings })
    }

    /// The policy that wrote the log, where its document is named. `Err` where that has errors, which are told.
    fn old(&self) -> Result<Result<Option<Old>, ()>, Failure> {
        let Some(before) = &self.before else { return Ok(Ok(None)) };
        let read: Read = Subject { document: Some(before.clone()), config: self.before_config.clone() }.read()?;
        let Some(model) = &read.loaded.model else {
            beside::tell_refusal(&read, "nothing is replayed");
            return Ok(Err(()));
        };
        let engine = Engine::new(model).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Ok(Some(Old { engine, fingerprint: model.fingerprint() })))
    }
}

impl FailOn {
    /// What it is called, and how many there are.
    fn found(self, report: &Report<'_>) -> (&'static str, u64) {
        let totals = report.totals;
        match self {
            Self::NewlyDenied => ("newly-denied", report.lines(Outcome::NewlyDenied)),
            Self::NewlyAllowed => ("newly-allowed", report.lines(Outcome::NewlyAllowed)),
            Self::CannotTell => ("cannot-tell", report.lines(Outcome::CannotTell)),
            Self::Unread => ("unread", totals.unreadable + totals.other_schema),
            Self::Lost => ("lost", totals.lost),
        }
    }
}
