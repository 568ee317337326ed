//! `[schemes.NAME]`: what is said of one security scheme.

use policy_core::{AsNobody, Stale};
use toml::de::DeTable;

use super::reader::{Reader, Value};
use crate::settings::AsNobodyEntry;

const HELP: &str = "write `as-nobody = [\"expired\"]` below `[schemes.NAME]`";

impl Reader {
    /// The table `schemes`, with a table for each scheme that something is said of.
    pub(super) fn schemes(&mut self, value: &Value<'_>) -> Vec<AsNobodyEntry> {
        let Some(table) = value.get_ref().as_table() else {
            self.error(value.span(), "`schemes` is no table", HELP);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (name, value) in table {
            let Some(table): Option<&DeTable<'_>> = value.get_ref().as_table() else {
                let message = format!("`schemes.{}` is no table", name.get_ref().escape_debug());
                self.error(value.span(), message, HELP);
                continue;
            };
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "as-nobody" => {
                        let credentials = self.as_nobody(value);
                        let origin = Some(self.origin(key.span()));
                        let scheme = name.get_ref().to_string();
                        found.extend(credentials.map(|credentials| AsNobodyEntry { scheme, credentials, origin }));
                    }
                    other => self.unknown(key.span(), "key of `[schemes.NAME]`", other, &["as-nobody"]),
                }
            }
        }
        found
    }

    fn as_nobody(&mut self, value: &Value<'_>) -> Option<AsNobody> {
        let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
            let help = "list `\"expired\"`, `\"unknown\"` or both; without the key, no credential counts as nobody";
            self.error(value.span(), "expected a list of strings here", help);
            return None;
        };
        let known = Stale::ALL.map(|stale| (stale.as_str(), stale));
        let mut credentials = AsNobody::NONE;
        for item in items {
            let stale = self.word(item, "kind of credential that may count as nobody", &known)?;
            if credentials.contains(stale) {
                self.error(item.span(), format!("`{}` stands twice here", stale.as_str()), "keep one of the two");
                return None;
            }
            credentials = credentials.with(stale);
        }
        Some(credentials)
    }
}
