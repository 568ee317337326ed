//! `names`: how operations, scopes and schemes are called in Rust.

use toml::de::DeTable;

use super::reader::{Range, Reader, Value};
use super::schema;
use crate::names::{Kind, fault, pattern};
use crate::settings::{GivenName, NameSettings, Naming};

/// The words for a rule that names all operations.
const NAMINGS: [(&str, Naming); 2] = [("operation-id", Naming::OperationId), ("route", Naming::Route)];

/// A word for all operations, or a table. Its keys with a space in them name operations.
pub(super) fn schema() -> schema::Value {
    let name = |kind: Kind| {
        let (pattern, taken) = pattern(kind);
        schema::json!({ "type": "string", "pattern": pattern, "not": { "enum": taken } })
    };
    let names = |kind: Kind| schema::json!({ "type": "object", "additionalProperties": name(kind) });
    let table = schema::json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "operations": schema::words(&NAMINGS),
            "scopes": names(Kind::Scope),
            "schemes": names(Kind::Scheme),
        },
        "patternProperties": { " ": name(Kind::Operation) },
    });
    schema::json!({ "anyOf": [schema::words(&NAMINGS), table] })
}

impl Reader {
    /// `names` is a word, such as `"route"`, or a table. Keys of the table that are written as `METHOD /template` name single
    /// operations. Its key `operations` is the word for all others, and `scopes` and `schemes` are tables of names.
    pub(super) fn names(&mut self, value: &Value<'_>) -> NameSettings {
        let mut names = NameSettings::default();
        if value.get_ref().is_str() {
            names.operations = self.word(value, "way to name operations", &NAMINGS).unwrap_or_default();
            return names;
        }
        let Some(table) = value.get_ref().as_table() else {
            let help = "write `names = \"route\"`, or `\"GET /users\" = \"ListUsers\"` below `[names]`";
            self.error(value.span(), "`names` is neither a word nor a table", help);
            return names;
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "operations" => {
                    names.operations = self.word(value, "way to name operations", &NAMINGS).unwrap_or_default();
                }
                "scopes" => self.given(value, Kind::Scope, &mut names.given),
                "schemes" => self.given(value, Kind::Scheme, &mut names.given),
                operation if operation.contains(' ') => {
                    let name = self.name(operation, value, key.span(), Kind::Operation);
                    names.given.extend(name);
                }
                other => {
                    let help = "write `\"METHOD /template\" = \"TypeName\"`; scopes stand below `[names.scopes]`, schemes below `[names.schemes]`";
                    self.error(key.span(), format!("`{}` is no operation", other.escape_debug()), help);
                }
            }
        }
        names
    }

    fn given(&mut self, value: &Value<'_>, kind: Kind, given: &mut Vec<GivenName>) {
        let Some(table): Option<&DeTable<'_>> = value.get_ref().as_table() else {
            let help =
                "write the name in the document, and behind it the name in Rust: `\"files:read\" = \"ReadFiles\"`";
            self.error(value.span(), format!("expected a table with a name for each {}", kind.as_str()), help);
            return;
        };
        for (key, value) in table {
            given.extend(self.name(key.get_ref(), value, key.span(), kind));
        }
    }

    fn name(&mut self, key: &str, value: &Value<'_>, range: Range, kind: Kind) -> Option<GivenName> {
        let name = self.string(value)?.to_owned();
        if let Some((message, help)) = fault(&name, kind) {
            self.error(value.span(), message, &help);
            return None;
        }
        let origin = self.origin(range);
        Some(GivenName { kind, key: key.to_owned(), name, origin: Some(origin) })
    }
}
