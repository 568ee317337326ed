//! The command line. It serves the API, and manages organizations, keys and webhook receivers.

mod duration;
mod failure;
mod key;
mod organization;
mod receiver;
mod serve;
mod shutdown;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::store::{Missing, Store};
use failure::Failure;

const DATABASE: &str = "sqlite:charthero-demo.db";

/// A clinical read API, guarded by the policy in its own OpenAPI document.
///
/// Without a command it serves the demonstration: an embedded database with synthetic data, keys, and curl lines to try.
#[derive(Debug, Parser)]
#[command(name = "charthero-api", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The database: `sqlite:` and the path of a file, or `postgres://user@host/database`, which several servers can share. A password
    /// for PostgreSQL is best in `PGPASSWORD` or `~/.pgpass`, where other users of the machine do not see it.
    #[arg(long, global = true, value_name = "URL", default_value = DATABASE)]
    database: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API until it is asked to end (SIGTERM, Ctrl-C).
    Serve(serve::Serve),
    /// Partner organizations, their routes and the scopes that their keys may hold.
    #[command(subcommand)]
    Organization(organization::Organization),
    /// API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Webhook receivers and their minimal keys.
    #[command(subcommand)]
    Receiver(receiver::Receiver),
    /// Prints the policy's audit: who may call what, and what stands outside the policy.
    Audit,
}

/// Runs the command line of this process. The exit code is 0 if the command succeeded, 1 if it failed, and 2 if it was not understood.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refused(&Failure::new(format!("no runtime could be started: {error}"))),
    };
    match runtime.block_on(execute(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => refused(&failure),
    }
}

fn refused(failure: &Failure) -> ExitCode {
    // If standard error is closed, the exit code has to be enough.
    let _ = writeln!(std::io::stderr(), "error: {failure}");
    ExitCode::FAILURE
}

async fn execute(Arguments { command, database }: Arguments) -> Result<(), Failure> {
    match command.unwrap_or_else(|| Command::Serve(serve::Serve::demo())) {
        Command::Serve(serve) => serve.run(&database).await,
        Command::Audit => print(&crate::audit()),
        Command::Organization(organization) => {
            let store = Store::open(&database, organization.missing()).await?;
            done(organization.run(&store).await, store).await
        }
        Command::Key(key) => {
            let store = Store::open(&database, Missing::Refuse).await?;
            done(key.run(&store).await, store).await
        }
        Command::Receiver(receiver) => {
            let store = Store::open(&database, Missing::Refuse).await?;
            done(receiver.run(&store).await, store).await
        }
    }
}

async fn done(outcome: Result<(), Failure>, store: Store) -> Result<(), Failure> {
    store.close().await;
    outcome
}

/// Writes to standard output. It is no failure if the reader has closed it.
fn print(text: &dyn std::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line of explanation to standard error.
fn explain(text: impl std::fmt::Display) {
    // If standard error is closed, nobody reads it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
