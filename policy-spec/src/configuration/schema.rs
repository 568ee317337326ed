//! The JSON schema of `policy.toml`.
//!
//! It is made of the tables by which the reader tells known keys from unknown ones, so that neither has a key that the other lacks.

use serde_json::Map;
pub use serde_json::{Value, json};

use super::Configuration;

/// A key of a table of the file.
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it says, for whoever hovers it.
    about: &'static str,
    /// Whether the table is an error without it.
    required: bool,
    /// What its value can be.
    value: fn() -> Value,
}

/// A key that may be left out.
pub const fn key(name: &'static str, about: &'static str, value: fn() -> Value) -> Key {
    Key { name, about, required: false, value }
}

impl Key {
    /// Whether the table is an error without it.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// What it says.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.about
    }

    /// The same key, without which the table is an error.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

impl Configuration {
    /// The JSON schema (draft-07) of the file, by which an editor completes and checks it.
    ///
    /// It says what the reader says of keys, words, numbers and days. What concerns the document, and that no two extensions have one
    /// name, the reader alone can tell.
    ///
    /// ```
    /// let schema = policy_spec::Configuration::schema();
    /// assert!(schema.contains("\"unsupported-query\""));
    /// ```
    #[must_use]
    pub fn schema() -> String {
        whole("policy.toml: what an OpenAPI document leaves open", super::KEYS)
    }
}

/// The schema of a file that has these keys and no others.
#[must_use]
pub fn whole(title: &str, keys: &[Key]) -> String {
    let mut schema = table(keys);
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        members.insert("title".to_owned(), json!(title));
    }
    format!("{:#}\n", sorted(schema))
}

/// A table that has these keys and no others.
pub fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), described((key.value)(), key.about))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
}

/// A list of tables, such as `[[waivers]]`.
pub fn tables(keys: &[Key]) -> Value {
    json!({ "type": "array", "items": table(keys) })
}

/// A text.
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// A text that says something.
pub fn said() -> Value {
    json!({ "type": "string", "pattern": "\\S" })
}

/// A list of texts, and not an empty one.
pub fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
}

/// A day, as a date of TOML or as a text.
pub fn day() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}

/// One of the words that the reader knows.
pub fn words<T>(known: &[(&'static str, T)]) -> Value {
    json!({ "enum": known.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

/// A value with what is said of it.
fn described(mut value: Value, about: &str) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.insert("description".to_owned(), json!(about));
    }
    value
}

/// A table of words, by what is said of each key.
pub fn word_of_each<T>(keys: impl Iterator<Item = (&'static str, &'static str)>, known: &[(&'static str, T)]) -> Value {
    let properties: Map<String, Value> =
        keys.map(|(key, about)| (key.to_owned(), described(words(known), about))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// The same with the keys of each object in order. A feature of serde_json, which any crate of a build may turn on, would keep them as
/// they were inserted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
