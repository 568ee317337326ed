//! `cargo policy draft`: runs the program that prints the document, built in draft mode, and replaces the document by what it printed.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use clap::Args;
use policy_spec::{DRAFT_VARIABLE, Loaded, compare, draft_path};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Found, Subject};

/// The arguments of `draft`.
#[derive(Debug, Args)]
pub(crate) struct Draft {
    #[command(flatten)]
    subject: Subject,
    /// The program that prints the document, behind `--`. Without it, `command` below `[draft]` in `policy.toml`.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Draft {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let found = self.subject.find()?;
        let Some(settings) = &found.configuration.draft else {
            let what = format!("`{}` is no document that a program writes", found.path.display());
            return Err(Failure::with_help(what, "add the table `[draft]` to its `policy.toml` if one does"));
        };
        let command = if self.command.is_empty() {
            settings.command.iter().map(OsString::from).collect()
        } else {
            self.command.clone()
        };
        let [program, arguments @ ..] = command.as_slice() else {
            let help = "write it behind `--`: `cargo policy draft -- cargo run -q -- openapi`";
            return Err(Failure::with_help("no program is named that prints the document", help));
        };
        let (status, printed) = run(program, arguments, &found)?;
        let name = found.path.display();
        if !status.success() {
            say(&format!("`{name}` is as it was: the program ended with {status}\n"));
            return Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(Exit::Failed, Exit::Program));
        }
        let refused = |why: &str| {
            let what = format!("`{name}` is as it was: what the program printed is no document: {why}");
            Failure::with_help(what, "it prints the document, and nothing else, to standard output")
        };
        if printed.trim().is_empty() {
            return Err(refused("it printed nothing"));
        }
        let new = policy_spec::read(&found.path.to_string_lossy(), printed.as_bytes(), &found.configuration.settings);
        if new.readable().is_none() {
            let first = new.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
            return Err(refused(&first));
        }
        let old = found.path.is_file().then(|| policy_spec::load(&found.path, &found.configuration.settings));
        output::replace(&found.path, &printed)?;
        tell(&found.path, old.as_ref(), &new);
        Ok(if new.model.is_some() { Exit::Clean } else { Exit::Findings })
    }
}

/// Runs the program, and takes what it prints. What it says on standard error is seen as it comes.
fn run(program: &OsString, arguments: &[OsString], found: &Found) -> Result<(ExitStatus, String), Failure> {
    let shown = program.to_string_lossy().into_owned();
    let failed = |error: std::io::Error| Failure::new(format!("cannot run `{shown}`: {error}"));
    let mut child = Command::new(program)
        .args(arguments)
        .env(DRAFT_VARIABLE, draft_path(&found.path))
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let most = found.configuration.settings.limits.bytes;
    let mut printed = Vec::new();
    if let Some(output) = child.stdout.take() {
        // One byte more than a document may have tells that it has more.
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        output.take(limit).read_to_end(&mut printed).map_err(failed)?;
    }
    // A program that still prints has nobody to read it now, and ends by that.
    let status = child.wait().map_err(failed)?;
    if printed.len() > most {
        return Err(Failure::new(format!("`{shown}` printed more than the {most} bytes that a document may have")));
    }
    match String::from_utf8(printed) {
        Ok(printed) => Ok((status, printed)),
        Err(_) if !status.success() => Ok((status, String::new())),
        Err(_) => Err(Failure::new(format!("what `{shown}` printed is no UTF-8"))),
    }
}

/// Who may call what now and not before, and what is wrong with the document, on standard error.
fn tell(path: &Path, old: Option<&Loaded>, new: &Loaded) {
    let name = path.to_string_lossy().replace('\\', "/");
    let before = format!("{name} before");
    let mut text = String::new();
    for finding in new.findings.iter().filter(|finding| finding.is_error()) {
        text.push_str(&finding.render(&new.sources, true));
        text.push_str("\n\n");
    }
    let models = new.readable().zip(old.and_then(Loaded::readable));
    let differences = models.map(|(model, old)| (compare(model, old), model, old));
    match &differences {
        None => text.push_str(&format!("`{name}` is written; there was nothing that it could be compared with\n")),
        Some((differences, ..)) if differences.is_empty() => {
            text.push_str(&format!("`{name}` is written; no one gains or loses a call\n"));
        }
        Some((differences, model, old)) => {
            for difference in differences {
                text.push_str(
                    &difference
                        .in_words(model, old, &before)
                        .render(&name, &before, true)
                        .replacen("error", "changed", 1),
                );
                text.push_str("\n\n");
            }
            let count = super::check::plural(differences.len(), "difference");
            text.push_str(&format!("`{name}` is written, with {count} in who may call what: review them\n"));
        }
    }
    say(&text);
}

fn say(text: &str) {
    // Where standard error is closed, the exit code and the file tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
