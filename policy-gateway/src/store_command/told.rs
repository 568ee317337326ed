//! What a command has to say.

use std::fmt;

/// What a command has to say.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Told {
    /// Lines of explanation, for standard error.
    pub notes: Vec<String>,
    /// What was asked for, for standard output: a list, or a key and its line break.
    pub output: String,
}

impl Told {
    pub(super) fn note(&mut self, text: impl fmt::Display) {
        self.notes.push(text.to_string());
    }

    pub(super) fn line(&mut self, text: impl fmt::Display) {
        self.output.push_str(&format!("{text}\n"));
    }
}
