//! The exit codes.

use std::process::ExitCode;

/// The exit codes. They are part of the interface: scripts branch on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: what was asked was done, and nothing at or above the denied level was found.
    Clean,
    /// 1: findings at or above the denied level, or a difference that was to be checked for.
    Findings,
    /// 3: nothing tells of most of what was asked about a service.
    CannotTell,
    /// What a program ended with that was run.
    Program(u8),
    /// 2: the command line was not understood, or something could not be read, written or run.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::Findings => Self::from(1),
            Exit::CannotTell => Self::from(3),
            Exit::Program(code) => Self::from(code),
            // clap ends with the same code where it does not understand the command line.
            Exit::Failed => Self::from(2),
        }
    }
}

/// What `--help` says of them.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done, and nothing at or above the denied level was found
  1  findings at or above the denied level, or a difference
  2  the command line was not understood, or something could not be read or written
  3  of `verify`: nothing tells of most of what was asked";
