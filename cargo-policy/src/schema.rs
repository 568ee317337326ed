//! `cargo policy schema`: the JSON schema of `policy.toml`.

use std::path::PathBuf;

use clap::Args;
use policy_spec::Configuration;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// The arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Writes to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Schema {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        output::write(&Configuration::schema(), self.output.as_deref())?;
        Ok(Exit::Clean)
    }
}
