//! `cargo policy man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder for `cargo-policy.1` and a page for each command. Without it, the first is printed.
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut command = Arguments::command().name("cargo-policy").disable_help_subcommand(true);
        command.build();
        let Some(folder) = &self.folder else {
            output::write(&text(&Page::new(command))?, None)?;
            return Ok(Exit::Clean);
        };
        fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
        let commands = command.get_subcommands().cloned().collect::<Vec<_>>();
        for page in std::iter::once(command).chain(commands).map(Page::new) {
            output::replace(&folder.join(page.get_filename()), &text(&page)?)?;
        }
        Ok(Exit::Clean)
    }
}

fn text(page: &Page) -> Result<String, Failure> {
    let mut text = Vec::new();
    page.render(&mut text).map_err(|error| Failure::new(error.to_string()))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
