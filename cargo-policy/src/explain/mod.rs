//! `cargo policy explain`: a decision, stage by stage.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Subject;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    subject: Subject,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        self.subject.read()?;
        Ok(Exit::Clean)
    }
}
