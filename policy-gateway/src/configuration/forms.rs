//! What values can be, for the JSON schema of the file.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

/// A whole number within bounds.
pub(super) fn number(bounds: &RangeInclusive<u64>) -> Value {
    json!({ "type": "integer", "minimum": bounds.start(), "maximum": bounds.end() })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A list of texts that say something, and not an empty one.
pub(super) fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string", "pattern": "\\S" }, "minItems": 1 })
}

/// A text, or a list of texts.
pub(super) fn one_or_more() -> Value {
    json!({ "anyOf": [{ "type": "string", "pattern": "\\S" }, texts()] })
}

/// A claim of a token: its name, or the objects around it and its name.
pub(super) fn claim() -> Value {
    one_or_more()
}

/// Claims of a token, each as [`claim`].
pub(super) fn claims() -> Value {
    json!({ "type": "array", "items": claim(), "minItems": 1 })
}
