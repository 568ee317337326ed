//! `[schemes.NAME]`: what is said of one security scheme.

use policy_core::{AsNobody, Stale};

use super::reader::{Reader, Value};
use super::schema::{self, Key, key};
use crate::settings::AsNobodyEntry;

/// The keys of a `[schemes.NAME]`.
const KEYS: &[Key] = &[key(
    "as-nobody",
    "Which refused credentials of the scheme count as nobody, on operations that anybody may call.",
    || {
        let words = Stale::ALL.map(Stale::as_str);
        schema::json!({ "type": "array", "items": { "enum": words }, "minItems": 1, "uniqueItems": true })
    },
)];

/// A table for each scheme, by its name in the document.
pub(super) fn schema() -> schema::Value {
    schema::json!({ "type": "object", "additionalProperties": schema::table(KEYS) })
}

const HELP: &str = "write `as-nobody = [\"expired\"]` below `[schemes.NAME]`";

impl Reader {
    /// The table `schemes`, with a table for each scheme that something is said of.
    pub(super) fn schemes(&mut self, value: &Value<'_>) -> Vec<AsNobodyEntry> {
        let Some(table) = self.table(value, "`schemes`", HELP) else { return Vec::new() };
        let mut found = Vec::new();
        for (name, value) in table {
            let what = format!("`schemes.{}`", name.get_ref().escape_debug());
            let Some(table) = self.table(value, &what, HELP) else { continue };
            for (key, value) in table {
                if !self.knows(key, "key of `[schemes.NAME]`", KEYS) {
                    continue;
                }
                let credentials = self.as_nobody(value);
                let origin = Some(self.origin(key.span()));
                let scheme = name.get_ref().to_string();
                found.extend(credentials.map(|credentials| AsNobodyEntry { scheme, credentials, origin }));
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
