//! What the schema of a query parameter says about keys.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::read::{Node, text};
use super::{Document, Version};

/// What values a schema allows, as far as it decides about keys.
#[derive(Default)]
pub(super) struct Content {
    /// It may be an object, and says so.
    pub(super) object: bool,
    /// It may be an array, and says so.
    pub(super) array: bool,
    /// It may be something else than an object.
    pub(super) other: bool,
    /// As an object, it allows properties it does not name.
    pub(super) free: bool,
    pub(super) properties: BTreeMap<String, Vec<Node>>,
}

impl Document<'_> {
    pub(super) fn content(&self, schema: &Node) -> Content {
        self.read(schema, &[])
    }

    /// Reads a schema with its branches. `trail` holds the references on the way, so that a cycle ends.
    fn read(&self, schema: &Node, trail: &[(PathBuf, String)]) -> Content {
        let mut schema = schema.clone();
        let mut trail = trail.to_vec();
        while let Some(reference) = schema.value.get("$ref").and_then(Value::as_str) {
            if self.version >= Version::V31 && schema.entries().len() > 1 {
                schema = beside(&schema);
                break;
            }
            let step = (schema.file.clone(), reference.to_owned());
            if trail.contains(&step) {
                return Content::default();
            }
            schema = self.files.find(&schema.file, reference);
            trail.push(step);
        }
        if schema.value.is_boolean() {
            return Content { other: true, ..Content::default() };
        }
        let branches = |key: &str| schema.list(key).iter().map(|branch| self.read(branch, &trail)).collect::<Vec<_>>();
        unite(&schema, branches("allOf"), [branches("oneOf"), branches("anyOf")])
    }
}

fn unite(schema: &Node, all: Vec<Content>, choices: [Vec<Content>; 2]) -> Content {
    let types = types(schema);
    let may_be = |name: &str| types.is_empty() || types.contains(name);
    let has = |key: &str| schema.value.get(key).is_some();
    let is_open = |key: &str| schema.value.get(key).is_some_and(|value| *value != Value::Bool(false));
    let properties = schema.get("properties").map(|properties| properties.entries()).unwrap_or_default();

    let keywords = ["properties", "additionalProperties", "patternProperties"];
    let object = types.contains("object") || may_be("object") && keywords.into_iter().any(has);
    // Named types bind every branch; without them, a non-object must pass each `allOf` and one of the others.
    let passes = |list: &Vec<Content>| list.is_empty() || list.iter().any(|branch| branch.other);
    let other = match types.is_empty() {
        true => all.iter().all(|branch| branch.other) && choices.iter().all(passes),
        false => types.iter().any(|name| name != "object"),
    };
    let branches: Vec<_> = all.into_iter().chain(choices.into_iter().flatten()).collect();
    // An object whose properties stand in its branches is not free for want of its own.
    let is_bare = properties.is_empty() && !has("additionalProperties") && !branches.iter().any(|branch| branch.object);
    let mut content = Content {
        object,
        array: types.contains("array") || types.is_empty() && has("items"),
        other,
        free: object && (is_bare || is_open("additionalProperties") || is_open("patternProperties")),
        properties: properties.into_iter().map(|(name, node)| (name, vec![node])).collect(),
    };
    for branch in branches {
        content.array |= may_be("array") && branch.array;
        if may_be("object") {
            content.object |= branch.object;
            content.free |= branch.free;
            for (name, schemas) in branch.properties {
                content.properties.entry(name).or_default().extend(schemas);
            }
        }
    }
    content
}

/// A `$ref` with keywords beside it means both of them from 3.1 on, which is what `allOf` says.
fn beside(schema: &Node) -> Node {
    let mut map = schema.value.as_object().unwrap().clone();
    let reference = map.shift_remove("$ref");
    let mut branches = map.get("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
    branches.push(json!({ "$ref": reference }));
    map.insert("allOf".to_owned(), Value::Array(branches));
    schema.with(Value::Object(map))
}

/// The types a schema names, with null among them; none named is every type.
fn types(schema: &Node) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = match schema.value.get("type") {
        None => BTreeSet::new(),
        Some(Value::Array(types)) => types.iter().map(text).collect(),
        Some(one) => BTreeSet::from([text(one)]),
    };
    if !types.is_empty() && schema.value.get("nullable") == Some(&Value::Bool(true)) {
        types.insert("null".to_owned());
    }
    types
}
