//! What the schema of a query parameter says about keys.
//!
//! Only as far as keys go: whether a value may be an object, a list or something else, and which properties it has. A
//! branch that leads back to a schema which is being read adds nothing to it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::tree::Node;
use crate::version::Version;

/// What values a schema allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// It may be an object, and says so.
    pub(crate) object: bool,
    /// It may be a list, and says so.
    pub(crate) list: bool,
    /// It may be something else than an object.
    pub(crate) other: bool,
    /// As an object, it may have properties that it does not list.
    pub(crate) free: bool,
    /// The properties that it lists, each with its schemas.
    pub(crate) properties: BTreeMap<String, Vec<Rc<Node>>>,
}

/// Reads a schema with its branches.
pub(crate) fn shape(context: &mut Context<'_>, schema: &Rc<Node>, version: Version) -> Rc<Shape> {
    Walk { version, trail: Vec::new(), cut: false, stop: false }.shape(context, schema)
}

struct Walk {
    version: Version,
    /// The schemas that are being read.
    trail: Vec<*const Node>,
    /// A branch led back to one of them, so that what is being read is only known in its place.
    cut: bool,
    /// After an error nothing more is read.
    stop: bool,
}

impl Walk {
    fn shape(&mut self, context: &mut Context<'_>, schema: &Rc<Node>) -> Rc<Shape> {
        let key = Rc::as_ptr(schema);
        if let Some((_, known)) = context.shapes.get(&key) {
            return Rc::clone(known);
        }
        let (trail, cut) = (self.trail.len(), std::mem::take(&mut self.cut));
        let found = Rc::new(self.read(context, schema));
        self.trail.truncate(trail);
        if !self.cut && !self.stop {
            context.shapes.insert(key, (Rc::clone(schema), Rc::clone(&found)));
        }
        self.cut |= cut;
        found
    }

    fn read(&mut self, context: &mut Context<'_>, schema: &Rc<Node>) -> Shape {
        let mut schema = Rc::clone(schema);
        let mut first = None;
        let mut beside = None;
        loop {
            if self.stop {
                return Shape::default();
            }
            if self.trail.contains(&Rc::as_ptr(&schema)) {
                self.cut = true;
                return Shape::default();
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
                return Shape::default();
            }
            self.trail.push(Rc::as_ptr(&schema));
            if !context.may_follow(schema.span) {
                self.stop = true;
                return Shape::default();
            }
            let Some(next) = context.step(&schema, &mut first) else {
                context.left_out = true;
                return Shape::default();
            };
            match next {
                None => break,
                // Both count from OpenAPI 3.1 on; before, what stands beside is ignored.
                Some(next) if self.version >= Version::OpenApi31 && has_more(&schema) => {
                    beside = Some(next);
                    break;
                }
                Some(next) => schema = next,
            }
        }
        if schema.entries().is_none() {
            return Shape { other: true, ..Shape::default() };
        }
        let mut branches = |key: &str| -> Vec<Rc<Shape>> {
            let listed = schema.get(key).and_then(|branches| branches.items().map(<[_]>::to_vec)).unwrap_or_default();
            listed.iter().map(|branch| self.shape(context, branch)).collect()
        };
        let (mut all, one, any) = (branches("allOf"), branches("oneOf"), branches("anyOf"));
        all.extend(beside.map(|target| self.shape(context, &target)));
        unite(&schema, &all, &one, &any)
    }
}

fn has_more(schema: &Node) -> bool {
    schema.entries().is_some_and(|entries| entries.len() > 1)
}

/// A schema with what its branches say.
fn unite(schema: &Node, all: &[Rc<Shape>], one: &[Rc<Shape>], any: &[Rc<Shape>]) -> Shape {
    let types = types(schema);
    let may_be = |name: &str| types.is_empty() || types.contains(&name);
    let named = |name: &str| types.contains(&name);
    let has = |key: &str| schema.get(key).is_some();
    let open = |key: &str| schema.get(key).is_some_and(|value| value.bool() != Some(false));
    let properties = schema.get("properties").and_then(|properties| properties.entries()).unwrap_or_default();

    let object = named("object")
        || types.is_empty() && ["properties", "additionalProperties", "patternProperties"].into_iter().any(has);
    // Types that are named bind every branch. Without them a value has to pass each of `allOf` and one of the others.
    let passes = |list: &[Rc<Shape>]| list.is_empty() || list.iter().any(|branch| branch.other);
    let other = match types.as_slice() {
        [] => all.iter().all(|branch| branch.other) && passes(one) && passes(any),
        named => named.iter().any(|name| *name != "object"),
    };
    let branches = || all.iter().chain(one).chain(any);
    // Without `additionalProperties` the listed properties are taken as all of them: the allow-list is what is written.
    let bare = properties.is_empty() && !has("additionalProperties") && !branches().any(|branch| branch.object);
    let mut found = Shape {
        object,
        list: named("array") || types.is_empty() && has("items"),
        other,
        free: object && (bare || open("additionalProperties") || open("patternProperties")),
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
    found
}

/// The types that a schema names, with null among them; none named is every type.
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
