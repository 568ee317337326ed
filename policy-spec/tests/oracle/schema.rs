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
    /// That is only so because it says nothing of properties.
    is_bare: bool,
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
        // What holds under a condition may hold: its names are names.
        let under = |key: &str| schema.get(key).filter(|part| part.value.is_object());
        let mut conditional: Vec<Node> = ["if", "then", "else"].into_iter().filter_map(under).collect();
        for by_name in ["dependentSchemas", "dependencies"].into_iter().filter_map(under) {
            conditional
                .extend(by_name.entries().into_iter().map(|(_, part)| part).filter(|part| part.value.is_object()));
        }
        let conditional = conditional.iter().map(|part| self.read(part, &trail)).collect();
        let names =
            schema.get("propertyNames").map(|names| self.files.resolve(&names)).and_then(|names| listed(&names));
        unite(&schema, branches("allOf"), [branches("oneOf"), branches("anyOf")], conditional, names)
    }
}

/// The names that a schema of names allows, where it lists them.
fn listed(names: &Node) -> Option<Vec<String>> {
    match (names.value.get("enum"), names.value.get("const")) {
        (Some(Value::Array(names)), _) => Some(names.iter().map(text).collect()),
        (None, Some(name)) => Some(vec![text(name)]),
        _ => None,
    }
}

fn unite(
    schema: &Node,
    all: Vec<Content>,
    choices: [Vec<Content>; 2],
    conditional: Vec<Content>,
    names: Option<Vec<String>>,
) -> Content {
    let types = types(schema);
    let may_be = |name: &str| types.is_empty() || types.contains(name);
    let has = |key: &str| schema.value.get(key).is_some();
    let is_open = |key: &str| schema.value.get(key).is_some_and(|value| *value != Value::Bool(false));
    let properties = schema.get("properties").map(|properties| properties.entries()).unwrap_or_default();

    let has_patterns = schema
        .get("patternProperties")
        .is_some_and(|patterns| patterns.entries().iter().any(|(_, pattern)| pattern.value != Value::Bool(false)));

    let keywords =
        ["properties", "additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"];
    let object = types.contains("object") || may_be("object") && keywords.into_iter().any(has);
    // Named types bind every branch; without them, a non-object must pass each `allOf` and one of the others.
    let passes = |list: &Vec<Content>| list.is_empty() || list.iter().any(|branch| branch.other);
    let other = match types.is_empty() {
        true => all.iter().all(|branch| branch.other) && choices.iter().all(passes),
        false => types.iter().any(|name| name != "object"),
    };
    // A condition opens nothing by what it does not say.
    let conditional = conditional.into_iter().map(|branch| Content { free: branch.free && !branch.is_bare, ..branch });
    let branches: Vec<_> = all.into_iter().chain(choices.into_iter().flatten()).chain(conditional).collect();
    // An object whose properties stand in its branches is not free for want of its own.
    let closes = has("additionalProperties") || has("unevaluatedProperties");
    let is_bare = properties.is_empty() && !closes && !branches.iter().any(|branch| branch.object);
    let is_said = is_open("additionalProperties") || is_open("unevaluatedProperties") || has_patterns;
    let mut content = Content {
        object,
        array: types.contains("array") || types.is_empty() && has("items"),
        other,
        free: object && (is_bare || is_said),
        is_bare: is_bare && !is_said,
        properties: properties.into_iter().map(|(name, node)| (name, vec![node])).collect(),
    };
    for branch in branches {
        content.array |= may_be("array") && branch.array;
        if may_be("object") {
            content.object |= branch.object;
            content.is_bare = (content.is_bare || !content.free) && (branch.is_bare || !branch.free);
            content.free |= branch.free;
            for (name, schemas) in branch.properties {
                content.properties.entry(name).or_default().extend(schemas);
            }
        }
    }
    if let Some(names) = names {
        content.free = false;
        for name in names {
            content.properties.entry(name).or_default();
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
