//! `cargo policy completions`: a script for a shell.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Where the script goes, for example:
  bash  ~/.local/share/bash-completion/completions/cargo-policy
  zsh   a folder of $fpath, as _cargo-policy
  fish  ~/.config/fish/completions/cargo-policy.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        // A shell completes the program's own name, `cargo-policy`. Words after `cargo` are completed by cargo's own script.
        let mut command = Arguments::command().name("cargo-policy").bin_name("cargo-policy");
        generate(self.shell, &mut command, "cargo-policy", &mut script);
        output::write(&String::from_utf8_lossy(&script), None)?;
        Ok(Exit::Clean)
    }
}
