//! `cargo policy scopes`: the smallest scopes that a client needs for what it calls, why each of them, and what it holds too much.

mod clients;
mod export;
mod grant;
mod held;
mod json;
mod logged;
mod markdown;
mod text;
mod typescript;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use policy_spec::{Engine, OperationModel, PolicyModel};

use crate::beside;
use crate::check::plural;
use crate::escape::visible;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::Subject;
use crate::replay;
use grant::{Grant, TooMany, of_all, of_operation};
use held::{Compared, Held};
use logged::Called;

/// The arguments of `scopes`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("holding").args(["held", "log"]).multiple(true))]
#[command(after_help = "\
Without `--operation` and `--webhook` it is about every operation of the document.
A document with errors has no policy, and no scopes are told of it: the exit code is 2.")]
pub(crate) struct Scopes {
    #[command(flatten)]
    subject: Subject,
    /// An operation that the client calls: `GET /files`, or its `operationId`. It may be given several times.
    #[arg(long, value_name = "OPERATION")]
    operation: Vec<String>,
    /// A webhook that the client receives: what it calls next is called too. It may be given several times.
    #[arg(long, value_name = "NAME")]
    webhook: Vec<String>,
    /// Only credentials of this scheme.
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,
    /// What the client holds: `files:read files:write`, or `OAuth2=files:read` for one scheme. It may be given several times.
    #[arg(long, value_name = "SCOPES")]
    held: Vec<String>,
    /// A decision log: what its callers called, and what they hold. `-` is standard input. It may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["operation", "webhook", "held", "export"])]
    log: Vec<PathBuf>,
    /// Only lines of the log from this day or time on: `2027-06-30`, `2027-06-30T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = replay::time_given, requires = "log")]
    since: Option<u64>,
    /// Only lines of the log of before this day or time.
    #[arg(long, value_name = "TIME", value_parser = replay::time_given, requires = "log")]
    until: Option<u64>,
    /// Only lines of the log of this subject. Without it and `--by`, all callers count together.
    #[arg(long, value_name = "SUBJECT", requires = "log")]
    client: Option<String>,
    /// Tells of each client of the log by itself, in one table. A client is what this member of its lines says.
    #[arg(long, value_enum, value_name = "MEMBER", requires = "log", conflicts_with = "client")]
    by: Option<replay::By>,
    /// How many clients, operations and grants of the log are told apart.
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, requires = "log", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    most_groups: u32,
    /// What makes the exit code 1, separated by commas.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', requires = "holding")]
    fail_on: Vec<FailOn>,
    /// How it is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// Writes the operations with what they require, for programs that ask for what they need.
    #[arg(long, value_enum, value_name = "LANGUAGE", conflicts_with_all = ["operation", "webhook", "held", "format"])]
    export: Option<Export>,
    /// Writes it to a file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A scope is held and needed for nothing.
    Excess,
    /// A scope is needed and not held.
    Missing,
    /// The log does not say enough of a client.
    CannotTell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Tables, for a pull request.
    Markdown,
    /// For programs: one object, its schema documented and versioned.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Export {
    /// A module with constants and a function from operations to the smallest scopes.
    Typescript,
    /// The same facts as data.
    Json,
}

/// Everything that any format shows.
struct Report<'r> {
    document: String,
    fingerprint: String,
    /// The operations that are called and need a caller.
    called: Vec<&'r OperationModel>,
    /// Those that anybody may call.
    open: Vec<&'r OperationModel>,
    /// Those that nobody may call, or nobody with the scheme that is asked for.
    nobody: Vec<&'r OperationModel>,
    /// The smallest grants.
    sets: Vec<Set<'r>>,
    compared: Option<Compared>,
    /// Whether the log does not say all of it.
    is_untold: bool,
    fail_on: &'r [FailOn],
}

/// A grant that is enough, with the reasons.
struct Set<'r> {
    grant: Grant,
    /// Each scheme and scope, with the operations that would be refused without it. The scope is empty where the scheme itself is meant.
    because: Vec<(String, String, Vec<&'r OperationModel>)>,
}

impl Report<'_> {
    fn exit(&self) -> Exit {
        let compared = self.compared.as_ref();
        let is_refused = self.fail_on.iter().any(|one| match one {
            FailOn::Excess => compared.is_some_and(|compared| !compared.excess.is_empty()),
            FailOn::Missing => compared.is_some_and(|compared| !compared.missing.is_empty()),
            FailOn::CannotTell => self.is_untold,
        });
        // Nothing is enough for an operation that nobody may call.
        if is_refused || !self.nobody.is_empty() { Exit::Findings } else { Exit::Clean }
    }

    fn summary(&self) -> String {
        let operations = plural(self.called.len() + self.open.len() + self.nobody.len(), "operation");
        match self.sets.as_slice() {
            [one] if one.grant.0.is_empty() => format!("{operations} of `{}`: no credential is needed", self.document),
            [_] => format!("{operations} of `{}`: these scopes are enough, and none can be left out", self.document),
            sets => format!(
                "{operations} of `{}`: each of {} sets of scopes is enough, and smallest",
                self.document,
                sets.len()
            ),
        }
    }
}

impl Scopes {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        let Some(model) = &read.loaded.model else {
            beside::tell_errors(&read, "this");
            let what = format!("`{}` has errors, and so it is no policy", read.path.display());
            return Err(Failure::with_help(what, "correct the errors above; `cargo policy check` shows them alone"));
        };
        let engine = Engine::new(model).map_err(|error| Failure::new(error.to_string()))?;
        let served = engine.served();
        let document = read.path.to_string_lossy().replace('\\', "/");
        let file = self.output.as_deref();
        if let Some(scheme) = &self.scheme
            && !served.schemes.iter().any(|known| known.name == *scheme)
        {
            return Err(unknown("scheme", scheme, served.schemes.iter().map(|known| known.name.as_str())));
        }
        if let Some(export) = self.export {
            let facts =
                export::facts(served, self.scheme.as_deref(), model.fingerprint()).map_err(|TooMany| too_many())?;
            let text = match export {
                Export::Typescript => typescript::typescript(&facts, &document)?,
                Export::Json => export::json(&facts)?,
            };
            output::write(&text, file)?;
            return Ok(Exit::Clean);
        }
        if let Some(by) = self.by {
            let table = clients::table(self, by, served, document, model.fingerprint())?;
            self.write(|| clients::text(&table), || clients::markdown(&table), || clients::json(&table))?;
            return Ok(table.exit());
        }
        let called = if self.log.is_empty() {
            let (operations, held) = (self.operation.clone(), Held::read(&self.held, served)?);
            Called { operations, held, is_untold: false }
        } else {
            logged::together(self, served)?
        };
        let report = self.report(model, served, document, &called)?;
        self.write(|| text::text(&report), || markdown::markdown(&report), || json::json(&report))?;
        Ok(report.exit())
    }

    /// Writes a report in the format that is asked for.
    fn write(
        &self,
        text: impl Fn() -> String,
        markdown: impl Fn() -> String,
        json: impl Fn() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let file = self.output.as_deref();
        match self.format {
            Format::Text => output::print_or_write(&text(), file),
            Format::Markdown => output::write(&markdown(), file),
            Format::Json => output::write(&json()?, file),
        }
    }

    fn report<'r>(
        &'r self,
        model: &'r PolicyModel,
        served: &'r PolicyModel,
        document: String,
        asked: &Called,
    ) -> Result<Report<'r>, Failure> {
        let (mut called, mut open, mut nobody) = (Vec::new(), Vec::new(), Vec::new());
        let mut needs: Vec<Vec<Grant>> = Vec::new();
        for written in self.chosen(model, &asked.operations)? {
            // An operation that nothing is said of is not served, and nobody may call it.
            let Some(operation) = served.operations.iter().find(|one| one.route() == written.route()) else {
                nobody.push(written);
                continue;
            };
            match of_operation(operation, self.scheme.as_deref()).map_err(|TooMany| too_many())? {
                None => nobody.push(operation),
                Some(grants) if grants.iter().any(|grant| grant.0.is_empty()) => open.push(operation),
                Some(grants) => {
                    called.push(operation);
                    needs.push(grants);
                }
            }
        }
        let grants = of_all(&needs).map_err(|TooMany| too_many())?;
        let is_compared = !asked.held.is_nothing();
        let compared = is_compared.then(|| asked.held.compare(&grants, served)).flatten();
        let sets = grants.into_iter().map(|grant| Set::new(grant, &called, &needs)).collect();
        let fingerprint = model.fingerprint();
        let (is_untold, fail_on) = (asked.is_untold, self.fail_on.as_slice());
        Ok(Report { document, fingerprint, called, open, nobody, sets, compared, is_untold, fail_on })
    }

    /// The operations that are called, each once, in the order of the document.
    fn chosen<'m>(&self, model: &'m PolicyModel, operations: &[String]) -> Result<Vec<&'m OperationModel>, Failure> {
        let mut chosen: BTreeMap<usize, &OperationModel> = BTreeMap::new();
        for name in operations {
            chosen.extend(find(model, name)?);
        }
        for name in &self.webhook {
            let Some(webhook) = model.webhooks.iter().find(|webhook| webhook.name == *name) else {
                return Err(unknown("webhook", name, model.webhooks.iter().map(|webhook| webhook.name.as_str())));
            };
            chosen.extend(webhook.follow_up.iter().filter_map(|at| Some((*at, model.operations.get(*at)?))));
        }
        if operations.is_empty() && self.webhook.is_empty() {
            chosen.extend(model.operations.iter().enumerate());
        }
        let mut routes = BTreeSet::new();
        Ok(chosen.into_values().filter(|operation| routes.insert(operation.route())).collect())
    }
}

fn find<'m>(model: &'m PolicyModel, name: &str) -> Result<Option<(usize, &'m OperationModel)>, Failure> {
    let by_name = |operation: &OperationModel| {
        let is_key = |path: &str| format!("{} {path}", operation.method) == name;
        is_key(&operation.path) || is_key(&operation.template) || operation.operation_id.as_deref() == Some(name)
    };
    let found = model.operations.iter().enumerate().find(|(_, operation)| by_name(operation));
    let known = || {
        let keys = model.operations.iter().map(|operation| operation.served_key());
        let ids = model.operations.iter().filter_map(|operation| operation.operation_id.clone());
        keys.chain(ids).collect::<Vec<String>>()
    };
    match found {
        Some(found) => Ok(Some(found)),
        None => Err(unknown("operation", name, known().iter().map(String::as_str))),
    }
}

fn unknown<'k>(what: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Failure {
    let message = format!("the document has no {what} `{}`", visible(name));
    match policy_spec::likely(name, known) {
        Some(near) => Failure::with_help(message, format!("did you mean `{}`?", visible(near))),
        None => Failure::with_help(message, "`cargo policy audit` shows all of them"),
    }
}

fn too_many() -> Failure {
    Failure::with_help(
        "there are too many sets of scopes to be compared",
        "name the credentials by `--scheme`, or fewer operations",
    )
}

impl<'r> Set<'r> {
    fn new(grant: Grant, called: &[&'r OperationModel], needs: &[Vec<Grant>]) -> Self {
        let refused = |less: &Grant| -> Vec<&'r OperationModel> {
            let all = called.iter().zip(needs);
            let refused = all.filter(|(_, need)| !need.iter().any(|enough| enough.is_within(less)));
            refused.map(|(operation, _)| *operation).collect()
        };
        let mut because = Vec::new();
        for (scheme, scopes) in &grant.0 {
            if scopes.is_empty() {
                because.push((scheme.clone(), String::new(), refused(&grant.without_scheme(scheme))));
            }
            for scope in scopes {
                because.push((scheme.clone(), scope.clone(), refused(&grant.without(scheme, scope))));
            }
        }
        Self { grant, because }
    }
}
