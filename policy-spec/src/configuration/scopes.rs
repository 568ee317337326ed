//! `[[scopes.map]]`: what a grant means beside the names that it has.

use policy_core::{Date, ScopeMapping};
use toml::de::{DeTable, DeValue};

use super::reader::{Range, Reader, Value};
use super::schema::{self, Key, key};
use crate::settings::ScopeMapEntry;

/// The keys of `[scopes]`.
pub(super) const KEYS: &[Key] =
    &[key("map", "What a grant means beside the names that it has.", || schema::tables(MAPPING))];

/// The keys of an entry of `[[scopes.map]]`.
const MAPPING: &[Key] = &[
    key("scheme", "The security scheme whose grants the entry is about.", schema::text).required(),
    key("from", "What was issued, compared byte by byte.", schema::text).required(),
    key("to", "The scopes of the document that it grants as well.", schema::texts).required(),
    key(
        "claim",
        "The claim that the entry is about alone: its name, or the objects around it and its name.",
        || schema::json!({ "anyOf": [schema::text(), schema::texts()] }),
    ),
    key("until", "The last day on which it grants anything.", schema::day),
];

impl Reader {
    /// The table `scopes`, which has one key.
    pub(super) fn scopes(&mut self, value: &Value<'_>) -> Vec<ScopeMapEntry> {
        let Some(table) = self.table(value, "`scopes`", "write each entry as `[[scopes.map]]`") else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in table {
            if self.knows(key, "key of `scopes`", KEYS) {
                found = self.tables(value, Self::scope_mapping);
            }
        }
        found
    }

    fn scope_mapping(&mut self, table: &DeTable<'_>, range: Range) -> Option<ScopeMapEntry> {
        let help = "an entry says `scheme`, `from` and `to`";
        let keys = ["scheme", "from", "to"];
        let [scheme, from, to] = self.required((table, &range), ("`[[scopes.map]]`", MAPPING), keys, help);
        let claim = match table.get("claim") {
            None => Vec::new(),
            // A text is one name, whatever it contains. Nesting is a list, so that no dot is taken for it.
            Some(claim) if claim.get_ref().as_str().is_some() => vec![self.string(claim)?.to_owned()],
            Some(claim) => self.strings(claim, "`claim` is a name, or a list of the objects around it and its name")?,
        };
        let until = match table.get("until") {
            None => None,
            Some(until) => Some(self.day(until)?),
        };
        let (scheme, from) = (self.string(scheme?)?.to_owned(), self.string(from?)?.to_owned());
        let to = self.strings(to?, "`to` lists the scopes: `to = [\"files:read\"]`")?;
        let mapping = ScopeMapping::new(scheme, from, to).with_claim(claim).with_until(until);
        Some(ScopeMapEntry { origin: Some(self.origin(range)), ..ScopeMapEntry::from(mapping) })
    }

    /// A day, as a date of TOML or as a text.
    pub(super) fn day(&mut self, value: &Value<'_>) -> Option<Date> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            _ => self.string(value)?.to_owned(),
        };
        let day = Date::parse(&text);
        if day.is_none() {
            self.error(value.span(), format!("`{}` is no day", text.escape_debug()), "write it as `2027-01-31`");
        }
        day
    }
}
