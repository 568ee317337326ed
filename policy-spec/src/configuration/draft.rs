//! `[draft]`: how a document is written that a program prints.

use toml::de::DeTable;

use super::reader::{Reader, Value};
use crate::draft::DraftSettings;

impl Reader {
    pub(super) fn draft(&mut self, value: &Value<'_>) -> Option<DraftSettings> {
        const KEYS: [&str; 2] = ["command", "sources"];
        let Some(table): Option<&DeTable<'_>> = value.get_ref().as_table() else {
            let help = "write `command = [\"cargo\", \"run\", \"-q\", \"--\", \"openapi\"]` below `[draft]`";
            self.error(value.span(), "`draft` is no table", help);
            return None;
        };
        let folder = self.beside("");
        let mut draft = DraftSettings { sources: vec![folder.join("src")], command: Vec::new() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "command" => draft.command = self.strings(value, "the program and its arguments, each a string"),
                "sources" => {
                    let sources = self.strings(value, "folders such as `src`, relative to this file");
                    draft.sources = sources.iter().map(|source| folder.join(source)).collect();
                }
                other => self.unknown(key.span(), "key of `[draft]`", other, &KEYS),
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
