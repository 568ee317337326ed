//! `cargo policy verify`: whether a running service does what its document says.
//!
//! The requests are made and judged by `policy_test::matrix`, which a service's own tests use too. The files here say what is sent
//! where, find credentials, and write reports.

mod arguments;
mod confirm;
mod credentials;
mod html;
mod issuer;
mod json;
mod junit;
mod mint;
mod plan;
mod sarif;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use policy_spec::Engine;
use policy_test::matrix::{Address, AddressError, Client, Options, Pace, Refusals, Report, Run};

use crate::beside;
use crate::check::plural;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::finding_json::Operations;
use crate::output;
use crate::progress;
use crate::project::{Read, Subject, read};

pub(crate) use arguments::Verify;

use arguments::{Deny, Format};
use credentials::Sources;

/// Everything that a report says, for whichever format.
struct Verified<'v> {
    document: String,
    url: &'v str,
    deny: Deny,
    report: &'v Report,
    /// Whether each case is shown as text.
    all: bool,
}

impl Verified<'_> {
    /// Faults come before doubt: one that was found is one, whatever the others tell.
    fn exit(&self) -> Exit {
        let counts = self.report.counts();
        let is_denied = counts.errors > 0 || (self.deny == Deny::Warnings && counts.warnings > 0);
        match (is_denied, counts.is_untold()) {
            (true, _) => Exit::Findings,
            (false, true) => Exit::CannotTell,
            (false, false) => Exit::Clean,
        }
    }

    /// The conclusion as a stable word.
    fn verdict(&self) -> &'static str {
        match self.exit() {
            Exit::Clean => "obeys",
            Exit::CannotTell => "cannot-tell",
            _ => "disobeys",
        }
    }

    fn refusals(&self) -> String {
        let statuses: Vec<String> = self.report.refusals.statuses().map(|status| status.to_string()).collect();
        statuses.join(", ")
    }
}

impl Verify {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let address = Address::read(&self.url).map_err(|error| Failure::new(error.to_string()))?;
        let sources = Sources::read(self)?;
        let (read, in_doubt) = self.document()?;
        let run = self.matrix(&read, in_doubt, &sources)?;
        let name = read.path.to_string_lossy().replace('\\', "/");
        if self.dry_run {
            output::print(&plan::text(&run, &name, &self.url))?;
            return Ok(Exit::Clean);
        }
        let client = self.client(address)?;
        if self.r#unsafe {
            confirm::confirm(&run, &self.url, self.yes)?;
        }
        let prepared = progress::during("finding credentials", || run.prepare(&sources));
        let mut pace = Pace::default();
        (pace.per_second, pace.at_once) = (self.rate, self.concurrency);
        pace.limit = Duration::from_secs(self.time_limit);
        let teller = Teller::new();
        let report = run.over(&client, &pace, prepared, &|done, all| teller.tell(done, all));
        teller.end();
        self.write(&Verified { document: name, url: &self.url, deny: self.deny, report: &report, all: self.all })
    }

    fn client(&self, address: Address) -> Result<Client, Failure> {
        let read = |file: &PathBuf| fs::read(file).map_err(|error| Failure::file("read", file, &error));
        let wrong = |error: AddressError| Failure::new(error.to_string());
        let authorities = self.ca.as_ref().map(read).transpose()?;
        let mut client = Client::new(address, authorities.as_deref()).map_err(wrong)?;
        if let (Some(chain), Some(key)) = (&self.cert, &self.key) {
            client = client.with_certificate(&read(chain)?, &read(key)?).map_err(wrong)?;
        }
        Ok(client.with_timeout(Duration::from_secs(self.timeout)))
    }

    /// Reads the document, and tells the operations that it has errors about. What an error is about is not verified, and where an error is
    /// about none of the operations, nothing is.
    fn document(&self) -> Result<(Read, Vec<String>), Failure> {
        let mut found = Subject { document: self.document.clone(), config: self.config.clone() }.find()?;
        found.configuration.settings.path_examples = true;
        let read = read(found.path, found.configuration)?;
        if read.loaded.model.is_some() {
            return Ok((read, Vec::new()));
        }
        let operations = Operations::of(&read.loaded);
        let errors: Vec<_> = read.loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        let about: Vec<Vec<String>> = errors.iter().map(|finding| operations.about(finding)).collect();
        if !read.loaded.is_complete() || about.iter().any(Vec::is_empty) {
            beside::tell_errors(&read, "this verification");
            let what =
                format!("`{}` has errors, and so it is no policy that a service could obey", read.path.display());
            return Err(Failure::with_help(what, "`cargo policy check` says what is wrong with it"));
        }
        let in_doubt: BTreeSet<String> = about.into_iter().flatten().collect();
        let told = format!(
            "note: `{}` has {}, about {} that are not tried; `cargo policy check` shows them\n",
            read.path.display(),
            plural(errors.len(), "error"),
            plural(in_doubt.len(), "operation")
        );
        let _ = anstream::stderr().write_all(told.as_bytes());
        Ok((read, in_doubt.into_iter().collect()))
    }

    fn matrix(&self, read: &Read, in_doubt: Vec<String>, sources: &Sources) -> Result<Run, Failure> {
        let Some(model) = read.loaded.readable() else { return Err(beside::unreadable(read)) };
        let engine =
            if in_doubt.is_empty() { Engine::new(model) } else { Engine::readable(model).map(|(engine, _)| engine) };
        let engine =
            engine.map_err(|error| Failure::with_help(error.to_string(), "`cargo policy check` says where"))?;
        let unknown: Vec<&str> =
            sources.schemes().filter(|name| !model.schemes.iter().any(|scheme| scheme.name == *name)).collect();
        if let Some(name) = unknown.first() {
            let known: Vec<&str> = model.schemes.iter().map(|scheme| scheme.name.as_str()).collect();
            let what =
                format!("the document has no security scheme `{}`, which a credential names", name.escape_debug());
            return Err(Failure::with_help(what, format!("it has `{}`", known.join("`, `"))));
        }
        let mut options = Options::default();
        (options.allowed, options.other_methods) = (self.allowed, self.r#unsafe);
        options.parameters.clone_from(&self.param);
        options.only.clone_from(&self.operation);
        options.in_doubt = in_doubt;
        options.refused = sources.refusals();
        let run = Run::new(engine, options, Refusals::new(self.refusal.iter().copied()));
        if let Some(unknown) = run.unknown_operations().first() {
            let what = format!("the document has no operation `{}`", unknown.escape_debug());
            return Err(Failure::with_help(
                what,
                "name it by method and template, as in `--operation 'GET /files/{id}'`",
            ));
        }
        if let Some(unknown) = run.unknown_parameters().first() {
            let what = format!("the document has no parameter `{}`", unknown.escape_debug());
            return Err(Failure::with_help(what, "`--param` gives a value to a parameter of a path or a query"));
        }
        Ok(run)
    }

    fn write(&self, verified: &Verified<'_>) -> Result<Exit, Failure> {
        let file = self.output.as_deref();
        match self.format {
            Format::Text if file.is_none() => output::print(&text::text(verified, true))?,
            Format::Text => output::write(&text::text(verified, false), file)?,
            Format::Json => output::write(&json::json(verified)?, file)?,
            Format::Junit => output::write(&junit::junit(verified), file)?,
            Format::Sarif => output::write(&sarif::sarif(verified)?, file)?,
            Format::Html => output::write(&html::html(verified), file)?,
        }
        Ok(verified.exit())
    }
}

/// A line on the terminal that says how far it is. If standard error is no terminal, nothing is written.
struct Teller {
    last: Option<Mutex<Instant>>,
}

impl Teller {
    fn new() -> Self {
        Self { last: stderr().is_terminal().then(|| Mutex::new(Instant::now())) }
    }

    fn tell(&self, done: usize, all: usize) {
        let Some(Ok(mut last)) = self.last.as_ref().map(Mutex::lock) else { return };
        if last.elapsed() >= Duration::from_millis(200) {
            *last = Instant::now();
            let _ = write!(stderr(), "\r{done} of {all} requests");
        }
    }

    fn end(self) {
        if self.last.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
