//! What the schema of a query parameter says about query keys.
//!
//! A schema is read for two things: whether a value may be an object, a list or something else, and which properties it has. A
//! *branch* is a schema within it, such as an item of `allOf`. A branch that leads back to a schema which is being read adds nothing.
//!
//! Branches that hold on a condition (`then`, `else`, `dependentSchemas`) add their properties, since a request that meets the
//! condition may have them. A part of a schema from which no names can be read is reported: its keys are refused.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::{Entry, Node};
use crate::version::Version;

/// What values a schema allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct SchemaValues {
    /// The schema says that the value may be an object.
    pub(crate) object: bool,
    /// The schema says that the value may be a list.
    pub(crate) list: bool,
    /// The value may be something else than an object.
    pub(crate) other: bool,
    /// The schema says that the object may have properties that are not listed.
    pub(crate) free: bool,
    /// The value is an object, and the schema says nothing of its properties.
    pub(crate) bare: bool,
    /// The listed properties, each with its schemas.
    pub(crate) properties: BTreeMap<String, Vec<Rc<Node>>>,
}

impl SchemaValues {
    /// Whether the object may have properties that are not listed.
    pub(crate) fn is_free(&self) -> bool {
        self.free || self.bare
    }
}

/// Reads a schema with its branches.
pub(crate) fn values_of(context: &mut Context<'_>, schema: &Rc<Node>, version: Version) -> Rc<SchemaValues> {
    Walk { version, trail: Vec::new(), cut: false, stop: false }.values_of(context, schema)
}

struct Walk {
    version: Version,
    /// The schemas that are being read.
    trail: Vec<Rc<Node>>,
    /// A branch led back to one of them and was left out. What is read then depends on where the reading began, and is not
    /// remembered.
    cut: bool,
    /// An error ended the reading.
    stop: bool,
}

impl Walk {
    fn values_of(&mut self, context: &mut Context<'_>, schema: &Rc<Node>) -> Rc<SchemaValues> {
        let key = Rc::as_ptr(schema);
        if let Some((_, known)) = context.schemas.get(&key) {
            return Rc::clone(known);
        }
        let (trail, cut) = (self.trail.len(), std::mem::take(&mut self.cut));
        let found = Rc::new(self.read(context, schema));
        self.trail.truncate(trail);
        if !self.cut && !self.stop {
            context.schemas.insert(key, (Rc::clone(schema), Rc::clone(&found)));
        }
        self.cut |= cut;
        found
    }

    fn read(&mut self, context: &mut Context<'_>, schema: &Rc<Node>) -> SchemaValues {
        let mut schema = Rc::clone(schema);
        let mut first = None;
        let mut beside = None;
        loop {
            if self.stop {
                return SchemaValues::default();
            }
            if self.trail.iter().any(|open| Rc::ptr_eq(open, &schema)) {
                self.cut = true;
                return SchemaValues::default();
            }
            if self.trail.len() >= context.settings.limits.depth {
                self.stop = true;
                context.left_out = true;
                let message = "the schema of a query parameter nests too deeply";
                context.report(
                    Finding::error(Code::TooDeep, schema.span, message)
                        .label(format!("more than {} levels here", context.settings.limits.depth))
                        .help("raise `limits.depth` in `policy.toml` if that is meant"),
                );
                return SchemaValues::default();
            }
            self.trail.push(Rc::clone(&schema));
            if !context.may_follow(schema.span) {
                self.stop = true;
                return SchemaValues::default();
            }
            let Some(next) = context.step(&schema, &mut first) else {
                context.left_out = true;
                return SchemaValues::default();
            };
            match next {
                None => break,
                // From OpenAPI 3.1 on, keys beside a `$ref` count too. Before, they are ignored.
                Some(next) if self.version >= Version::OpenApi31 && has_more(&schema) => {
                    beside = Some(next);
                    break;
                }
                Some(next) => {
                    let named = |entry: &&Entry| NAMES.contains(&entry.key.as_str());
                    if let Some(entry) = schema.entries().unwrap_or_default().iter().find(named) {
                        let message = format!("before OpenAPI 3.1 `{}` beside a `$ref` does not count", entry.key);
                        unread(context, entry.key_span, &message);
                    }
                    schema = next;
                }
            }
        }
        if schema.entries().is_none() {
            // The schema `true` allows everything, and so does an empty one.
            if schema.bool().is_none() && !schema.is_null() {
                unread(context, schema.span, &format!("the schema is {}", schema.what()));
            }
            return SchemaValues { other: true, ..SchemaValues::default() };
        }
        let mut parts = Parts {
            all: self.list(context, &schema, "allOf"),
            one: self.list(context, &schema, "oneOf"),
            any: self.list(context, &schema, "anyOf"),
            conditional: Vec::new(),
            names: property_names(context, &schema),
        };
        parts.all.extend(beside.map(|target| self.values_of(context, &target)));
        parts.all.extend(self.dynamic(context, &schema));
        for key in ["if", "then", "else"] {
            parts.conditional.extend(schema.get(key).map(|branch| self.values_of(context, branch)));
        }
        for key in ["dependentSchemas", "dependencies"] {
            for branch in mapping(context, &schema, key).iter().filter(|branch| branch.value.items().is_none()) {
                parts.conditional.push(self.values_of(context, &branch.value));
            }
        }
        let properties = mapping(context, &schema, "properties");
        unite(&schema, &properties, &parts)
    }

    /// The branches in a list such as `allOf`.
    fn list(&mut self, context: &mut Context<'_>, schema: &Node, key: &str) -> Vec<Rc<SchemaValues>> {
        let Some(listed) = schema.entry(key) else { return Vec::new() };
        let Some(branches) = listed.value.items() else {
            unread(context, listed.key_span, &format!("`{key}` is {}", listed.value.what()));
            return Vec::new();
        };
        branches.iter().map(|branch| self.values_of(context, branch)).collect()
    }

    /// What a `$dynamicRef` leads to [JSON Schema 2020-12, 8.2.3.2]. With a pointer it is like `$ref`. With a name it leads to the
    /// outermost schema on the way that has this anchor. That schema is being read already, so that it adds nothing.
    fn dynamic(&mut self, context: &mut Context<'_>, schema: &Node) -> Option<Rc<SchemaValues>> {
        let entry = schema.entry("$dynamicRef")?;
        let reference = entry.value.string().unwrap_or_default();
        if reference.contains("#/") {
            let target = context.target(reference, entry.value.span, entry.value.span)?;
            return Some(self.values_of(context, &target));
        }
        let anchor = |open: &Rc<Node>| {
            open.get("$dynamicAnchor").and_then(|anchor| anchor.string()) == reference.strip_prefix('#')
        };
        if self.trail.iter().any(anchor) {
            self.cut = true;
        } else {
            unread(context, entry.value.span, "`$dynamicRef` leads to no schema around it");
        }
        None
    }
}

/// The branches of a schema.
struct Parts {
    all: Vec<Rc<SchemaValues>>,
    one: Vec<Rc<SchemaValues>>,
    any: Vec<Rc<SchemaValues>>,
    conditional: Vec<Rc<SchemaValues>>,
    /// The only names that properties can have.
    names: Option<Vec<String>>,
}

/// The keys of a schema by which properties get their names.
const NAMES: [&str; 6] = ["properties", "patternProperties", "additionalProperties", "allOf", "oneOf", "anyOf"];

/// Reports a part of a schema from which no names can be read. Keys that it may stand for are refused.
pub(crate) fn unread(context: &mut Context<'_>, span: Span, message: &str) {
    context.report(
        Finding::new(Code::UnreadSchema, span, message)
            .label("keys of the query that only this names are refused")
            .help("write the names under `properties`"),
    );
}

/// The entries of a mapping in a schema.
fn mapping(context: &mut Context<'_>, schema: &Node, key: &str) -> Vec<Entry> {
    let Some(entry) = schema.entry(key) else { return Vec::new() };
    match entry.value.entries() {
        Some(entries) => entries.to_vec(),
        None => {
            if !entry.value.is_null() {
                unread(context, entry.key_span, &format!("`{key}` is {}", entry.value.what()));
            }
            Vec::new()
        }
    }
}

/// The names that `propertyNames` lists. `None` if it does not list names.
fn property_names(context: &mut Context<'_>, schema: &Node) -> Option<Vec<String>> {
    let names = schema.get("propertyNames")?;
    let names = context.peek(names);
    let listed = match (names.get("enum"), names.get("const")) {
        (Some(listed), _) => listed.items()?.iter().map(|item| item.text()).collect::<Vec<_>>(),
        (None, Some(one)) => vec![one.text()],
        (None, None) => return None,
    };
    Some(listed.into_iter().flatten().map(str::to_owned).collect())
}

fn has_more(schema: &Node) -> bool {
    schema.entries().is_some_and(|entries| entries.len() > 1)
}

/// Puts together what a schema says and what its branches say.
fn unite(schema: &Node, properties: &[Entry], parts: &Parts) -> SchemaValues {
    let types = types(schema);
    let may_be = |name: &str| types.is_empty() || types.contains(&name);
    let named = |name: &str| types.contains(&name);
    let has = |key: &str| schema.get(key).is_some();
    let open = |key: &str| schema.get(key).is_some_and(|value| value.bool() != Some(false));
    let patterns = schema.get("patternProperties").and_then(|patterns| patterns.entries());
    let patterns = patterns.unwrap_or_default().iter().any(|pattern| pattern.value.bool() != Some(false));

    let keywords =
        ["properties", "additionalProperties", "unevaluatedProperties", "patternProperties", "propertyNames"];
    let object = named("object") || types.is_empty() && keywords.into_iter().any(has);
    // Types that the schema names count for all branches. Without them, a value has to pass each branch of `allOf`, and one each
    // of `oneOf` and `anyOf`.
    let passes = |list: &[Rc<SchemaValues>]| list.is_empty() || list.iter().any(|branch| branch.other);
    let other = match types.as_slice() {
        [] => parts.all.iter().all(|branch| branch.other) && passes(&parts.one) && passes(&parts.any),
        named => named.iter().any(|name| *name != "object"),
    };
    let binding = || parts.all.iter().chain(&parts.one).chain(&parts.any);
    let branches = || binding().chain(&parts.conditional);
    // By JSON Schema, a schema without `additionalProperties` allows any property. Here only the listed ones count, since an
    // allow-list holds what is written.
    let bare = properties.is_empty()
        && !has("additionalProperties")
        && !has("unevaluatedProperties")
        && !branches().any(|branch| branch.object);
    let mut found = SchemaValues {
        object,
        list: named("array") || types.is_empty() && has("items"),
        other,
        free: object && (open("additionalProperties") || open("unevaluatedProperties") || patterns),
        bare: object && bare,
        properties: BTreeMap::new(),
    };
    for property in properties {
        found.properties.entry(property.key.clone()).or_default().push(Rc::clone(&property.value));
    }
    for branch in branches() {
        found.list |= may_be("array") && branch.list;
        if may_be("object") {
            found.object |= branch.object;
            found.free |= branch.free;
            for (name, schemas) in &branch.properties {
                let known = found.properties.entry(name.clone()).or_default();
                for schema in schemas {
                    if !known.iter().any(|other| Rc::ptr_eq(other, schema)) {
                        known.push(Rc::clone(schema));
                    }
                }
            }
        }
    }
    // A conditional branch that is an object without properties adds none.
    found.bare |= may_be("object") && binding().any(|branch| branch.bare);
    if let Some(names) = &parts.names {
        (found.free, found.bare) = (false, false);
        for name in names {
            found.properties.entry(name.clone()).or_default();
        }
    }
    found
}

/// The types that a schema names, null among them. An empty list means that every type is allowed.
fn types(schema: &Node) -> Vec<&str> {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(kind) => kind.items().map_or_else(
            || kind.text().into_iter().collect(),
            |items| items.iter().filter_map(|item| item.text()).collect(),
        ),
        None => Vec::new(),
    };
    if !types.is_empty() && schema.get("nullable").and_then(|nullable| nullable.bool()) == Some(true) {
        types.push("null");
    }
    types
}
