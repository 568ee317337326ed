//! `[draft]`: how a document is written that a program prints.

use toml::de::DeTable;

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
        let Some(table): Option<&DeTable<'_>> = value.get_ref().as_table() else {
            let help = "write `command = [\"cargo\", \"run\", \"-q\", \"--\", \"openapi\"]` below `[draft]`";
            self.error(value.span(), "`draft` is no table", help);
            return None;
        };
        let folder = self.beside("");
        let mut draft = DraftSettings { sources: vec![folder.join("src")], command: Vec::new() };
        for (key, value) in table {
            if !self.knows(key, "key of `[draft]`", KEYS) {
                continue;
            }
            match key.get_ref().as_ref() {
                "command" => draft.command = self.strings(value, "the program and its arguments, each a string"),
                "sources" => {
                    let sources = self.strings(value, "folders such as `src`, relative to this file");
                    draft.sources = sources.iter().map(|source| folder.join(source)).collect();
                }
                _ => {}
            }
        }
        Some(draft)
    }

    /// A list of strings with at least one entry.
    fn strings(&mut self, value: &Value<'_>, help: &str) -> Vec<String> {
        let items = value.get_ref().as_array().filter(|items| !items.is_empty());
        let Some(items) = items else {
            self.error(value.span(), "expected a list of strings here", help);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.string(item).map(str::to_owned)).collect()
    }
}
