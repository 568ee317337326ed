//! `cargo policy audit`: who may call what.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Subject;

/// The arguments of `audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    subject: Subject,
}

impl Audit {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        self.subject.read()?;
        Ok(Exit::Clean)
    }
}
