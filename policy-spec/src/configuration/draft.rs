//! `[draft]`: how a document is written that a program prints.

use super::reader::{Reader, Value};
use super::schema::{self, Key, key};
use crate::draft::DraftSettings;

/// The keys of `[draft]`.
pub(super) const KEYS: &[Key] = &[
    key("command", "The program that prints the document, and its arguments.", schema::texts),
    key("sources", "The folders whose handlers name operations and scopes, relative to this file.", schema::texts),
];

impl Reader {
    pub(super) fn draft(&mut self, value: &Value<'_>) -> Option<DraftSettings> {
        let help = "write `command = [\"cargo\", \"run\", \"-q\", \"--\", \"openapi\"]` below `[draft]`";
        let table = self.table(value, "`draft`", help)?;
        let folder = self.beside("");
        let mut draft = DraftSettings { sources: vec![folder.join("src")], command: Vec::new() };
        for (key, value) in table {
            if !self.knows(key, "key of `[draft]`", KEYS) {
                continue;
            }
            match key.get_ref().as_ref() {
                "command" => {
                    let help = "the program and its arguments, each a string";
                    draft.command = self.strings(value, help).unwrap_or_default();
                }
                "sources" => {
                    let sources = self.strings(value, "folders such as `src`, relative to this file");
                    let sources = sources.unwrap_or_default();
                    draft.sources = sources.iter().map(|source| folder.join(source)).collect();
                }
                _ => {}
            }
        }
        Some(draft)
    }
}
