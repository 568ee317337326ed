//! Draft mode: a document that is written by the program that it must let compile.
//!
//! While `cargo policy draft` runs that program, the build compiles a policy that denies everything, in which whatever the sources
//! name is there. What the command line and the build must agree on stands here.

use std::path::{Path, PathBuf};

/// The environment variable by which `cargo policy draft` tells the build which document is being written: its [`draft_path`].
///
/// A build whose document is another one is not concerned.
pub const DRAFT_VARIABLE: &str = "POLICY_DRAFT";

/// What `[draft]` in `policy.toml` says. Without that table a document cannot be drafted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DraftSettings {
    /// The folders whose Rust sources name operations and scopes, relative to the folder that the program runs in.
    pub sources: Vec<PathBuf>,
    /// The program that prints the document, with its arguments. Empty where the command line names it.
    pub command: Vec<String>,
}

impl DraftSettings {
    /// The command that writes the document, for a person to copy.
    #[must_use]
    pub fn instruction(&self) -> &'static str {
        if self.command.is_empty() { "cargo policy draft -- cargo run -q -- openapi" } else { "cargo policy draft" }
    }
}

/// The path by which a document is known to be the same one, whether or not it exists yet: without links and dots.
#[must_use]
pub fn draft_path(document: &Path) -> PathBuf {
    if let Ok(found) = document.canonicalize() {
        return found;
    }
    let folder = document.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), document.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => document.to_path_buf(),
    }
}
