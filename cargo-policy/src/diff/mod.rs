//! `cargo policy diff`: what a change of a policy lets in and whom it refuses, for reviewers.
//!
//! The differences are those of [`policy_spec::compare`], which `check --against` and `document_is_current` show too. Here they are told by
//! their danger, those that say the same together, and nothing else is shown.

mod entry;
mod fail_on;
mod git;
mod github;
mod groups;
mod html;
mod json;
mod markdown;
mod operand;
mod phrase;
mod rows;
mod snapshot;
mod state;
mod text;

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy_spec::{Danger, Deciders, Difference, Reviewable, different_base_paths, review};

use crate::check::plural;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::progress;
use entry::{Entry, Telling};
use fail_on::FailOn;
use operand::Operand;
use state::{Reading, State};

/// The arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
OLD and NEW are documents, folders, or revisions as git reads them: `main`, `v2.1`, `HEAD~3:api/openapi.yaml`. A revision is read
whole: the document, what it refers to, its overlays and its `policy.toml`. The work tree and the index are not touched.
The exit code is 0 where nothing is found that `--fail-on` names, and 1 where one of the two has errors.")]
pub(crate) struct Diff {
    /// What was before. Without it, what this branch began with: the commit that it has in common with the default branch.
    #[arg(value_name = "OLD")]
    old: Option<String>,
    /// What is after. Without it, the project's document as it stands.
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// The branch that the change goes to, where it is not the default branch.
    #[arg(long, value_name = "BRANCH", conflicts_with = "old")]
    base: Option<String>,
    /// NEW is what is staged: what the next commit will have, whatever the work tree has. Without OLD, it is compared with the last commit.
    #[arg(long, conflicts_with_all = ["new", "base"])]
    staged: bool,
    /// How NEW is read, and OLD where it has no `policy.toml` of its own: a file like `policy.toml`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How OLD is read.
    #[arg(long, value_name = "FILE")]
    old_config: Option<PathBuf>,
    /// How it is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// The differences that make the exit code 1, separated by commas.
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Names each operation as text, also where the same is said of many.
    #[arg(long)]
    all: bool,
    /// Writes it to a file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a difference is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For the comment of a pull request: folded, and never longer than one may be.
    Markdown,
    /// For programs: one object, its schema documented and versioned.
    Json,
    /// Workflow commands: annotations in GitHub's pull requests.
    Github,
    /// The audit's page with the two states side by side, that needs no network.
    Html,
}

/// Everything that any format shows.
struct Report<'r> {
    old: &'r State,
    new: &'r State,
    entries: Vec<Entry>,
    fail_on: &'r [FailOn],
    all: bool,
    /// What else there is to know about the whole.
    hint: Option<String>,
}

impl Report<'_> {
    /// How many there are of each danger, the most dangerous first.
    fn counts(&self) -> Vec<(Danger, usize)> {
        let count = |danger| self.entries.iter().filter(|entry| entry.danger == danger).count();
        Danger::ALL.into_iter().map(|danger| (danger, count(danger))).filter(|(_, count)| *count > 0).collect()
    }

    /// `2 differences between OLD and NEW: 1 opened, 1 widened`.
    fn summary(&self) -> String {
        let between = format!("between `{}` and `{}`", self.old.name, self.new.name);
        if self.entries.is_empty() {
            return format!("no difference {between}");
        }
        let counts: Vec<String> =
            self.counts().into_iter().map(|(danger, count)| format!("{count} {danger}")).collect();
        format!("{} {between}: {}", plural(self.entries.len(), "difference"), counts.join(", "))
    }

    fn is_refused(&self, entry: &Entry) -> bool {
        self.fail_on.iter().any(|one| one.is(entry))
    }

    fn refused(&self) -> usize {
        self.entries.iter().filter(|entry| self.is_refused(entry)).count()
    }

    /// What a reader has to know before anything else: that one of the two is no policy, or was not there.
    fn caveats(&self) -> Vec<String> {
        let mut caveats = Vec::new();
        for state in [self.old, self.new] {
            if state.is_broken() {
                let errors = plural(state.errors().count(), "error");
                caveats.push(format!(
                    "`{}` has {errors} and is no policy; what can be read of it is compared",
                    state.name
                ));
            } else if state.read.is_none() {
                caveats.push(format!("`{}` has no document of this project", state.name));
            }
        }
        caveats
    }

    fn exit(&self) -> Exit {
        let is_broken = self.old.is_broken() || self.new.is_broken();
        if is_broken || self.refused() > 0 { Exit::Findings } else { Exit::Clean }
    }
}

impl Diff {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let new = match &self.new {
            Some(new) => Operand::read(new)?,
            None if self.staged => Operand::staged(),
            None => Operand::Project,
        };
        let old = match &self.old {
            Some(old) => Operand::read(old)?,
            None if self.staged => Operand::head()?,
            None => Operand::merge_base(self.base.as_deref())?,
        };
        let reading = Reading { config: self.config.as_deref(), old_config: self.old_config.as_deref() };
        let after = reading.new_state(&new, &old)?;
        let before = reading.old_state(&old, &new, &after)?;
        let report = progress::during("comparing", || self.report(&before, &after))?;
        let file = self.output.as_deref();
        match self.format {
            Format::Text => output::print_or_write(&text::text(&report), file)?,
            Format::Markdown => output::write(&markdown::markdown(&report), file)?,
            Format::Json => output::write(&json::json(&report)?, file)?,
            Format::Github => output::write(&github::github(&report), file)?,
            Format::Html => output::write(&html::html(&report)?, file)?,
        }
        if self.format != Format::Text {
            for caveat in report.caveats() {
                tell(&format!("warning: {caveat}\n"));
            }
        }
        for state in [&before, &after].into_iter().filter(|state| state.is_broken()) {
            tell_errors(state);
        }
        Ok(report.exit())
    }

    fn report<'r>(&'r self, old: &'r State, new: &'r State) -> Result<Report<'r>, Failure> {
        let (before, after) = (old.model()?, new.model()?);
        let deciders = Deciders::new(before, after).map_err(|error| Failure::new(error.to_string()))?;
        let telling = Telling { old, new, before, after, deciders };
        let reviewed = review(before, after);
        let mut entries: Vec<Entry> = reviewed.iter().map(|one| telling.entry(one)).collect();
        // What other routes decide may make one more dangerous than it is by itself.
        entries.sort_by_key(|entry| entry.danger);
        let differences: Vec<Difference> = reviewed
            .into_iter()
            .filter_map(|one| match one.what {
                Reviewable::Difference(difference) => Some(difference),
                _ => None,
            })
            .collect();
        let is_there = old.read.is_some() && new.read.is_some();
        let hint = different_base_paths(after, before, &differences).filter(|_| is_there);
        Ok(Report { old, new, entries, fail_on: &self.fail_on, all: self.all, hint })
    }
}

/// The errors of a state, which are what it is no policy for.
fn tell_errors(state: &State) {
    let Some(loaded) = state.loaded() else { return };
    for told in policy_spec::Told::once(state.errors()) {
        tell(&format!("{}\n\n", state.named(&told.render(&loaded.sources, true, None))));
    }
}

fn tell(text: &str) {
    // If standard error is closed, the other output is still wanted.
    let _ = anstream::stderr().write_all(text.as_bytes());
}
