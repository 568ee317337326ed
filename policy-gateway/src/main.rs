//! `policy-gateway`: the authorizer beside a proxy.

mod arguments;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use clap::Parser as _;
use policy_gateway::Configuration;
use policy_gateway::configuration::LogLevel;
use policy_gateway::event_log::EventLog;
use policy_gateway::loading::Mode;
use policy_gateway::serving::{self, StartError};
use policy_gateway::store_command::{Failure, StoreCommand};
use tracing_subscriber::filter::EnvFilter;

use arguments::{Arguments, Check, Command, Demo, Serve};

/// Nothing is wrong.
const DONE: u8 = 0;
/// The configuration is refused, or what was asked of a store.
const REFUSED: u8 = 1;
/// The system lacks something. clap ends with the same code where it does not understand the command line.
const FAILED: u8 = 2;
/// How long the end waits for lines that are not written yet.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Where events are told, once it is known what is told.
static EVENTS: OnceLock<EventLog> = OnceLock::new();

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.command {
        Command::Doctor(doctor) => return doctor.run(),
        Command::Serve(serve) => in_runtime(run(serve)),
        Command::Check(check) => in_runtime(judge(check)),
        Command::Schema => print(&Configuration::schema()),
        Command::Demo(demo) => in_runtime(show(demo)),
        Command::Store(store) => in_runtime(keep(store)),
        Command::Keys(keys) => match keys.run(SystemTime::now(), &mut io::stdout().lock()) {
            Ok(()) => DONE,
            Err(error) => fail(&error.to_string()),
        },
    };
    if let Some(log) = EVENTS.get() {
        log.written_within(LAST_LINES);
    }
    ExitCode::from(code)
}

fn in_runtime(work: impl Future<Output = u8>) -> u8 {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            // What waits for nothing that matters any more, such as a connection to an issuer, does not hold up the end.
            runtime.shutdown_timeout(Duration::from_secs(1));
            code
        }
        Err(error) => fail(&format!("the runtime cannot start: {error}")),
    }
}

async fn run(serve: Serve) -> u8 {
    let served = serving::serve(&serve.config, |configuration| tell_from(configuration.log.level)).await;
    match served {
        Ok(()) => DONE,
        Err(StartError::Refused(refusal)) => {
            tell(&refusal.render(true));
            REFUSED
        }
        Err(StartError::System(text)) => fail(&text),
    }
}

async fn judge(check: Check) -> u8 {
    let mode = if check.offline { Mode::Offline } else { Mode::Check };
    // An issuer that does not answer is told as it happens.
    tell_from(LogLevel::Warn);
    match serving::check(&check.file, mode).await {
        Err(refusal) => {
            let count = refusal.count();
            let mistakes = if count == 1 { "1 mistake".to_owned() } else { format!("{count} mistakes") };
            tell(&format!("{}\n\n`{}` is refused: {mistakes}", refusal.render(true), check.file.display()));
            REFUSED
        }
        Ok(checked) => {
            for warning in &checked.warnings {
                tell(&format!("{warning}\n"));
            }
            let mut text = String::new();
            for policy in &checked.policies {
                text.push_str(&format!(
                    "{}: {} operations, fingerprint {}\n",
                    policy.name, policy.operations, policy.fingerprint
                ));
            }
            text.push_str(&format!("`{}` is right\n", check.file.display()));
            print(&text)
        }
    }
}

async fn show(demo: Demo) -> u8 {
    tell_from(LogLevel::Warn);
    match policy_gateway::demo::run(demo.listen, !demo.without_envoy, |text| {
        print(text);
    })
    .await
    {
        Ok(()) => DONE,
        Err(error) => fail(&error.to_string()),
    }
}

async fn keep(store: StoreCommand) -> u8 {
    tell_from(LogLevel::Warn);
    match store.run().await {
        Ok(told) => {
            told.notes.iter().for_each(|note| tell(note));
            print(&told.output)
        }
        Err(Failure::Configuration(refusal)) => {
            tell(&refusal.render(true));
            REFUSED
        }
        Err(Failure::Asked(text)) => {
            tell(&format!("error: {text}"));
            REFUSED
        }
        Err(Failure::System(text)) => fail(&text),
    }
}

/// What is told on standard error from now on. `RUST_LOG` says it more exactly.
fn tell_from(level: LogLevel) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level.as_str()));
    if EVENTS.get().is_none() {
        match EventLog::new(io::stderr()) {
            Ok(log) => drop(EVENTS.set(log)),
            Err(error) => tell(&format!("warning: events cannot be told: {error}")),
        }
    }
    let Some(log) = EVENTS.get() else { return };
    // Decisions are told by the decision log.
    let told = tracing_subscriber::fmt()
        .with_writer(|| log.clone())
        .with_ansi(io::stderr().is_terminal())
        .with_env_filter(filter)
        .try_init();
    drop(told);
}

fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => DONE,
        // The reader of the output closed it, as `head` does. That is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => fail(&format!("cannot write the output: {error}")),
    }
}

fn fail(text: &str) -> u8 {
    tell(&format!("error: {text}"));
    FAILED
}

/// Writes to standard error. If that is closed, the exit code has to be enough.
fn tell(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
