//! `cargo policy docs`: the tables of an API's documentation.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Subject;

/// The arguments of `docs`.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    #[command(flatten)]
    subject: Subject,
}

impl Docs {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        self.subject.read()?;
        Ok(Exit::Clean)
    }
}
