//! Why a command failed, for people.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use policy_spec::ConfigurationError;

pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const RED: &str = "\x1b[1m\x1b[91m";
pub(crate) const GREEN: &str = "\x1b[1m\x1b[92m";
pub(crate) const BLUE: &str = "\x1b[1m\x1b[94m";
pub(crate) const OFF: &str = "\x1b[0m";

/// A failure: exit code 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One sentence of what is wrong, and what to do.
    Message { what: String, help: Option<String> },
    /// A configuration file that cannot be used.
    Configuration(ConfigurationError),
    /// The output cannot be written.
    Output(io::Error),
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self::Message { what: what.into(), help: None }
    }

    pub(crate) fn with_help(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Message { what: what.into(), help: Some(help.into()) }
    }

    /// A file that cannot be read or written. `verb` is `read` or `write`.
    pub(crate) fn file(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {verb} `{}`: {error}", path.display()))
    }

    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == ErrorKind::BrokenPipe)
    }

    /// Writes it to standard error. If that is closed, the exit code has to be enough.
    pub(crate) fn tell(&self) {
        let text = match self {
            Self::Configuration(error) => error.render(true),
            failure => format!("{RED}error{OFF}{BOLD}: {failure}{OFF}"),
        };
        let help = match self {
            Self::Message { help: Some(help), .. } => format!("\n  = {BOLD}help{OFF}: {help}"),
            _ => String::new(),
        };
        let _ = writeln!(anstream::stderr(), "{text}{help}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { what, .. } => f.write_str(what),
            Self::Configuration(error) => fmt::Display::fmt(error, f),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
