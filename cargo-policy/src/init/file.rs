//! A file of the set-up, and what becomes of it: what exists is never overwritten.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::package::Package;
use super::place;
use super::service;
use crate::failure::Failure;
use crate::output;

/// A file that belongs to the set-up.
#[derive(Debug)]
pub(super) struct File {
    /// Its path in the package, with `/`.
    pub(super) path: String,
    /// What it should hold.
    pub(super) text: String,
    pub(super) state: State,
    /// What is shown to be added by hand, where the file exists: less than all of it, for files that hold other things too.
    pub(super) part: Option<String>,
}

/// What is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing. The file is written.
    New,
    /// The same text.
    Same,
    /// Another text, which stays.
    Other,
    /// A source of the package that includes the policy already.
    Included,
    /// A text that is replaced: the manifest, to which lines are added, and `cargo new`'s own `main.rs`.
    Replaced(String),
}

impl File {
    /// A file that is written where there is none.
    pub(super) fn new(package: &Package, path: impl Into<String>, text: String) -> Result<Self, Failure> {
        let path = path.into();
        let there = there(package, &path)?;
        let state = match there {
            None => State::New,
            Some(there) if there == text => State::Same,
            Some(there) if path == "src/main.rs" && service::is_cargo_s(&there) => State::Replaced(there),
            Some(_) => State::Other,
        };
        Ok(Self { path, text, state, part: None })
    }

    /// The manifest, whose edited text keeps what was there.
    pub(super) fn manifest(before: &str, text: String) -> Self {
        let state = if before == text { State::Same } else { State::Replaced(before.to_owned()) };
        Self { path: super::package::MANIFEST.to_owned(), text, state, part: None }
    }

    /// The same, of which this part is shown where the file exists.
    pub(super) fn with_part(mut self, part: String) -> Self {
        self.part = Some(part);
        self
    }

    /// A source that includes the policy, so that no other one is written.
    pub(super) fn included(package: &Package, path: &Path) -> Self {
        let inside = path.strip_prefix(&package.folder).unwrap_or(path);
        Self { path: place::slashed(inside), text: String::new(), state: State::Included, part: None }
    }

    /// Whether it will hold the set-up's text.
    pub(super) fn is_ours(&self) -> bool {
        !matches!(self.state, State::Other | State::Included)
    }

    pub(super) fn write(&self, package: &Package) -> Result<(), Failure> {
        let path = package.at(&self.path);
        match &self.state {
            State::Same | State::Other | State::Included => Ok(()),
            State::Replaced(_) => output::replace(&path, &self.text),
            State::New => {
                let failed = |error: std::io::Error| Failure::file("write", &path, &error);
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder).map_err(failed)?;
                }
                // Somebody may have made the file in the meantime, or a link that leads to one.
                let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
                file.write_all(self.text.as_bytes()).map_err(failed)
            }
        }
    }
}

/// The text that is there, and `None` for no file. Whatever else is there, a folder or a link that leads nowhere, is a failure.
fn there(package: &Package, path: &str) -> Result<Option<String>, Failure> {
    let path = package.at(path);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(|error| Failure::file("read", &path, &error))?;
    // A file that is no text is somebody's all the same.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
