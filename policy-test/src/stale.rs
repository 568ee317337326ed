//! The error about a file that is not the program's document.

use std::fmt;

use policy_spec::ConfigurationError;

/// The file is not the document that the program makes. Displays every difference, and the command that writes the file.
#[derive(Clone, PartialEq, Eq)]
pub struct StaleDocument {
    text: String,
}

impl StaleDocument {
    pub(crate) fn new(name: &str, what: impl fmt::Display, instruction: &str) -> Self {
        let text = format!("`{name}` is not current: {what}\n\nhelp: `{instruction}` writes it; review what changes");
        Self { text }
    }

    pub(crate) fn unreadable_configuration(error: &ConfigurationError) -> Self {
        Self { text: format!("the configuration cannot be used\n\n{error}") }
    }
}

impl fmt::Display for StaleDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text for people, since a test that returns this error shows it by `Debug`.
impl fmt::Debug for StaleDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for StaleDocument {}
