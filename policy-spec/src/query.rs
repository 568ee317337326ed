//! The query keys that an operation accepts.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use policy_core::owned::QueryFacts;

use crate::context::Context;
use crate::finding::{Code, Finding};
use crate::schema::{SchemaValues, unread, values_of};
use crate::settings::UnsupportedQuery;
use crate::tree::Node;
use crate::version::Version;

/// Says of one operation what becomes of parameters that it does not have.
pub(crate) const UNSUPPORTED: &str = "x-unsupported-query";

/// One parameter in the query, and the keys it gives.
#[derive(Debug)]
pub(crate) struct QueryParameter {
    name: String,
    keys: Keys,
}

impl QueryParameter {
    /// How many keys and prefixes it gives.
    pub(crate) fn len(&self) -> usize {
        self.keys.names.len() + self.keys.prefixes.len()
    }
}

#[derive(Debug, Default)]
struct Keys {
    names: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    any: bool,
}

/// Reads a `parameters` list; parameters outside the query are left out. `None` beyond the budget.
pub(crate) fn parameters(
    context: &mut Context<'_>,
    list: Option<&Rc<Node>>,
    version: Version,
) -> Option<Vec<Rc<QueryParameter>>> {
    let Some(list) = list else { return Some(Vec::new()) };
    let Some(items) = context.items(list, "`parameters`", "a list") else { return Some(Vec::new()) };
    if !context.grow(items.len(), list.span) {
        return None;
    }
    Some(items.iter().filter_map(|item| parameter(context, item, version)).collect())
}

/// Reads a parameter, once for all that refer to it.
fn parameter(context: &mut Context<'_>, node: &Rc<Node>, version: Version) -> Option<Rc<QueryParameter>> {
    let node = context.follow(node)?;
    if let Some((_, known)) = context.parameters.get(&Rc::as_ptr(&node)) {
        return known.clone();
    }
    let found = read(context, &node, version).map(Rc::new);
    context.parameters.insert(Rc::as_ptr(&node), (node, found.clone()));
    found
}

fn read(context: &mut Context<'_>, node: &Rc<Node>, version: Version) -> Option<QueryParameter> {
    if node.entries().is_none() {
        context.invalid(node, "the parameter", "a mapping");
        return None;
    }
    let Some(place) = node.get("in").cloned() else {
        context.report(
            Finding::error(Code::InvalidShape, node.span, "the parameter has no `in`")
                .help(format!("say where it travels: {}", version.parameter_places())),
        );
        return None;
    };
    match (place.string(), version) {
        (Some("query"), _) => {}
        (Some("header" | "path"), _) => return None,
        (Some("cookie"), _) if version != Version::Swagger2 => return None,
        (Some("body" | "formData"), Version::Swagger2) => return None,
        (Some("querystring"), Version::OpenApi32) => return whole_query(context, node, version),
        (Some(other), _) => {
            context.left_out = true;
            let finding = Finding::error(
                Code::InvalidShape,
                place.span,
                format!("a parameter cannot be in `{}`", other.escape_debug()),
            );
            context.report(finding.help(if other == "querystring" {
                version.came_with(Version::OpenApi32)
            } else {
                format!("say {}", version.parameter_places())
            }));
            return None;
        }
        (None, _) => {
            context.invalid(&place, "`in`", version.parameter_places());
            return None;
        }
    }
    if version == Version::Swagger2 {
        // In Swagger 2.0 a query parameter is never an object. However its list is written, its key is its name.
        let Some(name) = node.get("name").and_then(|name| name.text()) else {
            context.invalid(node, "the parameter", "a `name`");
            return None;
        };
        let keys = Keys { names: BTreeSet::from([name.to_owned()]), ..Keys::default() };
        return Some(QueryParameter { name: name.to_owned(), keys });
    }
    let Some(name) = node.get("name").and_then(|name| name.text()).map(str::to_owned) else {
        context.invalid(node, "the parameter", "a `name` that is a string");
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
    Some(QueryParameter { keys: keys(context, node, &name, (style, explode), version), name })
}

/// The keys of a parameter in a style.
fn keys(context: &mut Context<'_>, node: &Node, name: &str, (style, explode): (Style, bool), version: Version) -> Keys {
    let mut keys = Keys::default();
    // With `content` the value is one serialised document under one key.
    let serialised = node.get("content").is_some();
    if let Some(beside) = node.entry("schema").filter(|_| serialised) {
        unread(context, beside.key_span, "a parameter has both `schema` and `content`; the latter counts");
    }
    let schema = if serialised { None } else { node.get("schema").cloned() };
    let values = match &schema {
        Some(schema) => values_of(context, schema, version),
        None => Rc::new(SchemaValues { other: true, ..SchemaValues::default() }),
    };
    match style {
        Style::Form if explode && values.object => {
            keys.names.extend(values.properties.keys().cloned());
            keys.any = values.is_free();
        }
        Style::DeepObject if values.object => {
            for (property, schemas) in &values.properties {
                let key = format!("{name}[{property}]");
                if schemas.iter().any(|schema| nests(context, schema, version)) {
                    keys.prefixes.insert(format!("{key}["));
                }
                keys.names.insert(key);
            }
            if values.is_free() || values.list {
                keys.prefixes.insert(format!("{name}["));
            }
        }
        _ => {
            // OpenAPI does not define how this style writes lists. Documents that use it for them mean `name[]`.
            if style == Style::DeepObject && values.list {
                keys.prefixes.insert(format!("{name}["));
            }
            keys.names.insert(name.to_owned());
        }
    }
    if values.other {
        keys.names.insert(name.to_owned());
    }
    keys
}

/// Whether a property has keys of its own.
fn nests(context: &mut Context<'_>, schema: &Rc<Node>, version: Version) -> bool {
    let values = values_of(context, schema, version);
    values.object || values.list
}

/// How the value of a query parameter is written [OpenAPI 3.1, Parameter Object].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Form,
    Delimited,
    DeepObject,
}

/// `in: querystring`, one parameter for the whole query [OpenAPI 3.2, Parameter Object]. If it is a form, its schema lists the keys.
/// With any other content, all keys are accepted. `None` after an error.
fn whole_query(context: &mut Context<'_>, node: &Node, version: Version) -> Option<QueryParameter> {
    const HELP: &str = "write `content: { application/x-www-form-urlencoded: { schema: … } }`";
    if let Some(schema) = node.entry("schema") {
        context.left_out = true;
        context.report(
            Finding::error(Code::InvalidShape, schema.key_span, "a parameter in `querystring` has a `schema`")
                .label("it describes the whole query by its `content`")
                .help(HELP),
        );
        return None;
    }
    let content = match node.get("content").map(|content| (content.entries(), content)) {
        Some((Some(content @ [_]), _)) => content,
        Some((_, content)) => {
            let content = Rc::clone(content);
            context.invalid(&content, "`content` of the parameter in `querystring`", "a mapping with one media type");
            return None;
        }
        None => {
            context.left_out = true;
            context.report(
                Finding::error(Code::InvalidShape, node.span, "a parameter in `querystring` has no `content`")
                    .help(HELP),
            );
            return None;
        }
    };
    let mut keys = Keys::default();
    for entry in content {
        // Media types are case-insensitive [RFC 9110, 8.3.1].
        let essence = entry.key.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let schema = context.follow(&entry.value).and_then(|media| media.get("schema").cloned());
        let values = schema.map(|schema| values_of(context, &schema, version));
        match values {
            Some(values) if essence == "application/x-www-form-urlencoded" && values.object => {
                keys.any |= values.is_free();
                keys.names.extend(values.properties.keys().cloned());
            }
            _ => keys.any = true,
        }
    }
    // The parameter's name is no key of the query. An empty name cannot be the same as that of another parameter.
    Some(QueryParameter { name: String::new(), keys })
}

/// The allow-list of an operation. It has its parameters, the query keys of credentials, and the query that is written in the key of its
/// path. Its own parameters replace those of the path item with the same name.
pub(crate) fn allow_list(
    path_item: &[Rc<QueryParameter>],
    operation: &[Rc<QueryParameter>],
    others: impl Iterator<Item = String>,
    unsupported: UnsupportedQuery,
) -> QueryFacts {
    let own: HashSet<&str> = operation.iter().map(|own| own.name.as_str()).collect();
    let inherited = path_item.iter().filter(|parameter| !own.contains(parameter.name.as_str()));
    let mut keys = Keys::default();
    keys.names.extend(others);
    for parameter in inherited.chain(operation) {
        keys.names.extend(parameter.keys.names.iter().cloned());
        keys.prefixes.extend(parameter.keys.prefixes.iter().cloned());
        keys.any |= parameter.keys.any;
    }
    QueryFacts {
        names: keys.names.into_iter().collect(),
        prefixes: keys.prefixes.into_iter().collect(),
        any: keys.any,
        ignores_others: unsupported == UnsupportedQuery::Ignore,
    }
}

/// What becomes of other parameters of the query: the operation's [`UNSUPPORTED`] says so, or else the settings. `None` after an
/// error.
pub(crate) fn unsupported(context: &mut Context<'_>, operation: &Node) -> Option<UnsupportedQuery> {
    let Some(word) = operation.get(UNSUPPORTED) else { return Some(context.settings.unsupported_query) };
    let found = UnsupportedQuery::ALL.iter().find(|(known, _)| word.string() == Some(known));
    if found.is_none() {
        context.invalid(&Rc::clone(word), &format!("`{UNSUPPORTED}`"), "`reject` or `ignore`");
    }
    found.map(|(_, meaning)| *meaning)
}
