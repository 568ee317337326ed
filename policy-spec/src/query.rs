//! The query keys an operation takes.

use std::collections::BTreeSet;
use std::rc::Rc;

use openapiv3::{Parameter, QueryStyle};

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::QueryModel;
use crate::tree::Node;

/// How deep the schema of a parameter is followed; what lies deeper counts as free-form.
const MAX_SCHEMA_DEPTH: usize = 16;

/// One parameter in the query, and the keys it gives.
#[derive(Clone, Debug)]
pub(crate) struct QueryParameter {
    name: String,
    keys: Keys,
}

#[derive(Clone, Debug, Default)]
struct Keys {
    names: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    any: bool,
}

/// Reads a `parameters` list; parameters outside the query are left out.
pub(crate) fn parameters(context: &mut Context<'_>, list: Option<&Rc<Node>>) -> Vec<QueryParameter> {
    let Some(list) = list else { return Vec::new() };
    let Some(items) = list.items() else {
        context.invalid(list, "`parameters`", "a list");
        return Vec::new();
    };
    items.iter().filter_map(|item| parameter(context, item)).collect()
}

fn parameter(context: &mut Context<'_>, node: &Rc<Node>) -> Option<QueryParameter> {
    let node = context.follow(node)?;
    if node.entries().is_none() {
        context.invalid(&node, "the parameter", "a mapping");
        return None;
    }
    let Some(place) = node.get("in").cloned() else {
        context.error(
            Finding::error(Code::InvalidShape, node.span, "the parameter has no `in`")
                .help("say where it travels: `query`, `header`, `path` or `cookie`"),
        );
        return None;
    };
    match place.string() {
        Some("query") => {}
        Some("header" | "path" | "cookie") => return None,
        Some(other) => {
            let finding = Finding::error(Code::InvalidShape, place.span, format!("a parameter cannot be in `{other}`"));
            context.error(finding.help(
                "say `query`, `header`, `path` or `cookie`; others belong to OpenAPI 3.2, which is not read yet",
            ));
            return None;
        }
        None => {
            context.invalid(&place, "`in`", "`query`, `header`, `path` or `cookie`");
            return None;
        }
    }
    // The schema is walked on the tree, where 3.1's forms are at hand; the typed read gets an empty one.
    let empty = Node { span: node.span, kind: crate::tree::Kind::Mapping(Vec::new()) };
    let mut kept: Vec<(&str, &Node)> =
        ["name", "in", "style", "explode", "allowReserved", "allowEmptyValue", "required"]
            .into_iter()
            .filter_map(|key| Some((key, &**node.get(key)?)))
            .collect();
    kept.push(("schema", &empty));
    let Parameter::Query { parameter_data: data, style, .. } = context.typed(node.span, "the parameter", kept)? else {
        return None;
    };
    let mut keys = Keys::default();
    // With `content` the value is one serialised document under one key.
    let schema = if node.get("content").is_some() { None } else { node.get("schema").cloned() };
    let shape = match &schema {
        Some(schema) => shape(context, schema, MAX_SCHEMA_DEPTH),
        None => Shape { plain: true, ..Shape::default() },
    };
    match style {
        QueryStyle::Form if data.explode.unwrap_or(true) => {
            if shape.plain {
                keys.names.insert(data.name.clone());
            }
            keys.names.extend(shape.properties.iter().map(|(name, _)| name.clone()));
            keys.any = shape.free;
        }
        QueryStyle::DeepObject => {
            for (property, nested) in &shape.properties {
                let key = format!("{}[{property}]", data.name);
                if *nested {
                    keys.prefixes.insert(format!("{key}["));
                }
                keys.names.insert(key);
            }
            if shape.free || shape.plain {
                keys.prefixes.insert(format!("{}[", data.name));
            }
        }
        QueryStyle::Form | QueryStyle::SpaceDelimited | QueryStyle::PipeDelimited => {
            keys.names.insert(data.name.clone());
        }
    }
    Some(QueryParameter { name: data.name, keys })
}

/// What a schema says about the keys of a value.
#[derive(Debug, Default)]
struct Shape {
    /// It may be something else than an object.
    plain: bool,
    /// Known properties, and whether each holds an object or a list itself.
    properties: BTreeSet<(String, bool)>,
    /// It may be an object with keys that the schema does not list.
    free: bool,
}

fn shape(context: &mut Context<'_>, schema: &Rc<Node>, depth: usize) -> Shape {
    let mut found = Shape::default();
    let Some(schema) = context.follow(schema) else { return found };
    if depth == 0 {
        return Shape { free: true, plain: true, ..found };
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(kind) => kind.items().map_or_else(
            || kind.string().into_iter().collect(),
            |items| items.iter().filter_map(|item| item.string()).collect(),
        ),
        None => Vec::new(),
    };
    let mut branches = 0;
    for key in ["allOf", "oneOf", "anyOf"] {
        for branch in schema.get(key).and_then(|branches| branches.items().map(<[_]>::to_vec)).unwrap_or_default() {
            branches += 1;
            let of_branch = shape(context, &branch, depth - 1);
            found.plain |= of_branch.plain;
            found.free |= of_branch.free;
            found.properties.extend(of_branch.properties);
        }
    }
    let properties =
        schema.get("properties").and_then(|properties| properties.entries().map(<[_]>::to_vec)).unwrap_or_default();
    let object = types.contains(&"object")
        || types.is_empty() && (!properties.is_empty() || schema.get("additionalProperties").is_some());
    found.plain |=
        types.iter().any(|kind| !matches!(*kind, "object" | "null")) || types.is_empty() && !object && branches == 0;
    for property in &properties {
        let of_property = shape(context, &property.value, depth - 1);
        found.properties.insert((property.key.clone(), of_property.free || !of_property.properties.is_empty()));
    }
    // Without `additionalProperties` the listed properties are taken as all of them: the allow-list is what is written.
    let additional = schema.get("additionalProperties").map(|more| more.bool() != Some(false));
    found.free |= object && additional.unwrap_or(properties.is_empty() && found.properties.is_empty());
    found.free |= schema.get("patternProperties").is_some();
    found
}

/// The allow-list of an operation. Its own parameters override the path item's of the same name.
pub(crate) fn allow_list(
    path_item: &[QueryParameter],
    operation: &[QueryParameter],
    credentials: impl Iterator<Item = String>,
) -> QueryModel {
    let inherited = path_item.iter().filter(|parameter| !operation.iter().any(|own| own.name == parameter.name));
    let mut keys = Keys::default();
    keys.names.extend(credentials);
    for parameter in inherited.chain(operation) {
        keys.names.extend(parameter.keys.names.iter().cloned());
        keys.prefixes.extend(parameter.keys.prefixes.iter().cloned());
        keys.any |= parameter.keys.any;
    }
    QueryModel { names: keys.names.into_iter().collect(), prefixes: keys.prefixes.into_iter().collect(), any: keys.any }
}
