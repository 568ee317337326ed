//! `cargo policy export`: the scopes of a document as policies of another engine.
//!
//! What is exported decides schemes, scopes and alternatives as the document does. The engines themselves prove it
//! (`conformance/engines`). What they cannot say is written as comments, and in the exit code.

mod cedar;
mod loss;
mod operation;
mod rego;

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy_spec::{Engine, OperationModel};

use crate::beside;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Read, Subject};
use loss::Loss;

/// The arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
The exit code is 1 where the document says something that the exported policies leave out and `--elsewhere` does not name, and
where the document has errors: nothing is exported then.")]
pub(crate) struct Export {
    /// The language of the policies.
    #[arg(value_enum, value_name = "LANGUAGE")]
    language: Language,
    #[command(flatten)]
    subject: Subject,
    /// What something else enforces, separated by commas, so that leaving it out is not told.
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    elsewhere: Vec<Loss>,
    /// Writes the policies to a file instead of to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A language of policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// For Cedar, version 4.
    Cedar,
    /// For Open Policy Agent and other engines of Rego, version 1.
    Rego,
}

impl Export {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        // Invariant *closed*: a document with errors is no policy, so that nothing is made of it.
        let Some(model) = &read.loaded.model else {
            beside::tell_refusal(&read, "nothing is exported");
            return Ok(Exit::Findings);
        };
        let engine = Engine::new(model).map_err(|error| Failure::new(error.to_string()))?;
        let losses = Loss::of(engine.served());
        let exported = Exported { read: &read, engine: &engine, losses: &losses, fingerprint: model.fingerprint() };
        let text = match self.language {
            Language::Cedar => exported.written(&cedar::TARGET),
            Language::Rego => exported.written(&rego::TARGET),
        };
        output::write(&text, self.output.as_deref())?;
        let told: Vec<Loss> = losses.into_iter().filter(|loss| !self.elsewhere.contains(loss)).collect();
        let Some(names) = Loss::names(&told) else { return Ok(Exit::Clean) };
        let mut shown = String::from("note: the exported policies do not say everything that the document says\n");
        for loss in &told {
            shown.push_str(&format!("  - {}: {}\n", loss.name(), loss.sentence()));
        }
        shown.push_str(&format!("  = help: enforce it elsewhere, and say so: `--elsewhere {names}`\n"));
        // If standard error is closed, the exit code has to be enough.
        let _ = anstream::stderr().write_all(shown.as_bytes());
        Ok(Exit::Findings)
    }
}

/// Everything that any language needs.
struct Exported<'e> {
    read: &'e Read,
    engine: &'e Engine,
    losses: &'e [Loss],
    fingerprint: String,
}

/// What one language writes in its own way.
struct Target {
    language: &'static str,
    /// How a comment begins.
    mark: &'static str,
    /// How its policies are asked, in the lines of a comment.
    asked: &'static [&'static str],
    /// What stands above the policies.
    preamble: &'static str,
    /// Writes the policy of an operation. The names are those of the document's schemes.
    policy: fn(&OperationModel, &[&str], &mut String),
}

impl Exported<'_> {
    /// All policies, in document order.
    fn written(&self, target: &Target) -> String {
        let mark = target.mark;
        let mut text = String::new();
        for line in self.heading(target.language, target.asked) {
            text.push_str(format!("{mark} {line}").trim_end());
            text.push('\n');
        }
        text.push_str(target.preamble);
        let schemes: Vec<&str> = self.engine.policy().schemes().collect();
        for operation in &self.engine.served().operations {
            text.push('\n');
            for line in operation::comment(operation) {
                text.push_str(&format!("{mark} {line}\n"));
            }
            (target.policy)(operation, &schemes, &mut text);
        }
        text
    }

    /// The lines above the policies, without the marks of comments. `asked` says in the target's words how it is asked.
    fn heading(&self, language: &str, asked: &[&str]) -> Vec<String> {
        let model = self.engine.served();
        let title = crate::escape::one_line(&format!("{} {}", model.title, model.version));
        let mut lines = vec![
            format!(
                "The scopes of {}, from {}.",
                title.trim(),
                crate::escape::visible(&self.read.path.to_string_lossy())
            ),
            format!(
                "Written by `cargo policy export {language}`; edit the document instead. Fingerprint {}.",
                self.fingerprint
            ),
            String::new(),
        ];
        lines.extend(asked.iter().map(|line| (*line).to_owned()));
        lines.extend(["Whoever asks has found the operation of the request, and has denied a request whose credential is refused.".to_owned(), String::new()]);
        lines.push("What these policies do not say:".to_owned());
        lines.extend(self.losses.iter().map(|loss| format!("- {}: {}", loss.name(), loss.sentence())));
        lines
    }
}
