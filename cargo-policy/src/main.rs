//! `cargo policy`: what an OpenAPI document says about who may call what, checked, audited, compared, documented and explained.

mod arguments;
mod audit;
mod beside;
mod check;
mod completions;
mod diff;
mod docs;
mod draft;
mod escape;
mod exit;
mod explain;
mod export;
mod failure;
mod finding_json;
mod init;
mod man;
mod markdown;
mod names;
mod output;
mod progress;
mod project;
mod replay;
mod schema;
mod scopes;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;
use failure::Failure;

fn main() -> ExitCode {
    // Run as `cargo policy …`, cargo passes `policy` as the first argument.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "policy") {
        words.remove(1);
    }
    let arguments = Arguments::parse_from(words);
    arguments.color.apply();
    match run(arguments.command) {
        Ok(exit) => exit.into(),
        // The reader of the output closed it, as `head` does. That is no failure.
        Err(failure) if failure.is_closed_pipe() => Exit::Clean.into(),
        Err(failure) => {
            failure.tell();
            Exit::Failed.into()
        }
    }
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => check.run(),
        Command::Audit(audit) => audit.run(),
        Command::Diff(diff) => diff.run(),
        Command::Docs(docs) => docs.run(),
        Command::Draft(draft) => draft.run(),
        Command::Explain(explain) => explain.run(),
        Command::Export(export) => export.run(),
        Command::Init(init) => init.run(),
        Command::Names(names) => names.run(),
        Command::Scopes(scopes) => scopes.run(),
        Command::Replay(replay) => replay.run(),
        Command::Schema(schema) => schema.run(),
        Command::Verify(verify) => verify.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}
