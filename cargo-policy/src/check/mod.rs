//! `cargo policy check`: the findings of a document.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::Subject;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    subject: Subject,
}

impl Check {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = self.subject.read()?;
        if !read.loaded.findings.is_empty() {
            output::print(&format!("{}\n", read.loaded.render(true)))?;
        }
        Ok(if read.loaded.model.is_some() { Exit::Clean } else { Exit::Findings })
    }
}
