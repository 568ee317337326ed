//! The query keys an operation takes.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::model::QueryModel;
use crate::tree::Node;
use crate::version::Version;

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
pub(crate) fn parameters(context: &mut Context<'_>, list: Option<&Rc<Node>>, version: Version) -> Vec<QueryParameter> {
    let Some(list) = list else { return Vec::new() };
    let Some(items) = list.items() else {
        context.invalid(list, "`parameters`", "a list");
        return Vec::new();
    };
    items.iter().filter_map(|item| parameter(context, item, version)).collect()
}

fn parameter(context: &mut Context<'_>, node: &Rc<Node>, version: Version) -> Option<QueryParameter> {
    let node = context.follow(node)?;
    if node.entries().is_none() {
        context.invalid(&node, "the parameter", "a mapping");
        return None;
    }
    let Some(place) = node.get("in").cloned() else {
        context.report(
            Finding::error(Code::InvalidShape, node.span, "the parameter has no `in`")
                .help("say where it travels: `query`, `header`, `path` or `cookie`"),
        );
        return None;
    };
    match (place.string(), version) {
        (Some("query"), _) => {}
        (Some("header" | "path"), _) => return None,
        (Some("cookie"), _) if version != Version::Swagger2 => return None,
        (Some("body" | "formData"), Version::Swagger2) => return None,
        (Some("querystring"), Version::OpenApi32) => return Some(whole_query(context, &node)),
        (Some(other), _) => {
            context.left_out = true;
            let finding = Finding::error(
                Code::InvalidShape,
                place.span,
                format!("a parameter cannot be in `{}`", other.escape_debug()),
            );
            context.report(finding.help(if other == "querystring" {
                "it came with OpenAPI 3.2; say so in `openapi`, if the document is written in that version"
            } else {
                "say `query`, `header`, `path` or `cookie`"
            }));
            return None;
        }
        (None, _) => {
            context.invalid(&place, "`in`", "`query`, `header`, `path` or `cookie`");
            return None;
        }
    }
    if version == Version::Swagger2 {
        // Its query parameters are no objects: however a list is written, the key is the name.
        let Some(name) = node.get("name").and_then(|name| name.string()) else {
            context.invalid(&node, "the parameter", "a `name`");
            return None;
        };
        let keys = Keys { names: BTreeSet::from([name.to_owned()]), ..Keys::default() };
        return Some(QueryParameter { name: name.to_owned(), keys });
    }
    let Some(name) = node.get("name").and_then(|name| name.string()).map(str::to_owned) else {
        context.invalid(&node, "the parameter", "a `name` that is a string");
        return None;
    };
    let style = match node.get("style").map(|style| (style.string(), style)) {
        None | Some((Some("form"), _)) => Style::Form,
        Some((Some("deepObject"), _)) => Style::DeepObject,
        Some((Some("spaceDelimited" | "pipeDelimited"), _)) => Style::Delimited,
        Some((_, style)) => {
            let style = Rc::clone(style);
            let written =
                style.text().map_or_else(|| style.what().to_owned(), |text| format!("`{}`", text.escape_debug()));
            context.report(
                Finding::new(Code::UnknownStyle, style.span, format!("a query parameter has no style {written}"))
                    .label(format!("only the key `{}` is allowed", name.escape_debug()))
                    .help("write `form`, `spaceDelimited`, `pipeDelimited` or `deepObject`"),
            );
            Style::Delimited
        }
    };
    let explode = match node.get("explode").map(|explode| (explode.bool(), explode)) {
        None => style == Style::Form,
        Some((Some(explode), _)) => explode,
        Some((None, explode)) => {
            let explode = Rc::clone(explode);
            context.invalid(&explode, "`explode`", "`true` or `false`");
            return None;
        }
    };
    let mut keys = Keys::default();
    // With `content` the value is one serialised document under one key.
    let schema = if node.get("content").is_some() { None } else { node.get("schema").cloned() };
    let shape = match &schema {
        Some(schema) => shape(context, schema, MAX_SCHEMA_DEPTH),
        None => Shape { plain: true, ..Shape::default() },
    };
    match style {
        Style::Form if explode => {
            if shape.plain {
                keys.names.insert(name.clone());
            }
            keys.names.extend(shape.properties.iter().map(|(name, _)| name.clone()));
            keys.any = shape.free;
        }
        Style::DeepObject => {
            for (property, nested) in &shape.properties {
                let key = format!("{name}[{property}]");
                if *nested {
                    keys.prefixes.insert(format!("{key}["));
                }
                keys.names.insert(key);
            }
            if shape.free || shape.plain {
                keys.prefixes.insert(format!("{name}["));
            }
        }
        Style::Form | Style::Delimited => {
            keys.names.insert(name.clone());
        }
    }
    Some(QueryParameter { name, keys })
}

/// How the value of a query parameter is written [OpenAPI 3.1, Parameter Object].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Form,
    Delimited,
    DeepObject,
}

/// `in: querystring`, one parameter for all of the query [OpenAPI 3.2, Parameter Object]: a form lists its keys, anything
/// else takes any.
fn whole_query(context: &mut Context<'_>, node: &Node) -> QueryParameter {
    let form = node.get("content").and_then(|content| content.get("application/x-www-form-urlencoded")).cloned();
    let mut keys = Keys { any: form.is_none(), ..Keys::default() };
    if let Some(form) = form.and_then(|form| context.follow(&form)) {
        match form.get("schema").cloned() {
            Some(schema) => {
                let shape = shape(context, &schema, MAX_SCHEMA_DEPTH);
                keys.any = shape.free || shape.plain;
                keys.names.extend(shape.properties.into_iter().map(|(name, _)| name));
            }
            None => keys.any = true,
        }
    }
    // Its name is no key of the query, so that it cannot collide with one.
    QueryParameter { name: String::new(), keys }
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
