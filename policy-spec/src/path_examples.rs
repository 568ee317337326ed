//! Examples of path parameters, for tools that send requests.
//!
//! They decide nothing. So nothing here is a finding, and a build reads none of it: schemas of path parameters stay unread there.

use std::rc::Rc;

use crate::context::Context;
use crate::tree::Node;

/// The path parameters of a `parameters` list that have an example, each with its value.
pub(crate) fn path_examples(context: &mut Context<'_>, list: Option<&Rc<Node>>) -> Vec<(String, String)> {
    if !context.settings.path_examples {
        return Vec::new();
    }
    let (told, left_out) = (context.findings.len(), context.left_out);
    let items = list.and_then(|list| list.items()).unwrap_or_default();
    let found = items.iter().filter_map(|item| path_example(context, item)).collect();
    // What is wrong with an example is no fault of the policy.
    context.findings.truncate(told);
    context.left_out = left_out;
    found
}

fn path_example(context: &mut Context<'_>, node: &Rc<Node>) -> Option<(String, String)> {
    let node = context.follow(node)?;
    if node.get("in")?.string() != Some("path") {
        return None;
    }
    let name = node.get("name")?.text()?.to_owned();
    if let Some(value) = own_example(&node) {
        return Some((name, value));
    }
    // In Swagger 2.0 a parameter is its own schema. That of OpenAPI may be a reference.
    let schema = Rc::clone(node.get("schema")?);
    let schema = if schema.get("$ref").is_some() { context.follow(&schema)? } else { schema };
    Some((name, own_example(&schema)?))
}

/// The value of `example`, of the first of `examples`, of `default`, `const` or of the first of `enum`, where it is a scalar.
fn own_example(node: &Node) -> Option<String> {
    let text = |value: &Rc<Node>| value.text().filter(|text| !text.is_empty()).map(str::to_owned);
    let single = |key: &str| node.get(key).and_then(text);
    let first = |key: &str| node.get(key)?.items()?.first().and_then(text);
    // In a parameter `examples` is a mapping of objects with a `value`, in a schema it is a list of values.
    let named = || node.get("examples")?.entries()?.iter().find_map(|entry| entry.value.get("value").and_then(text));
    single("example")
        .or_else(named)
        .or_else(|| first("examples"))
        .or_else(|| single("const"))
        .or_else(|| single("default"))
        .or_else(|| first("enum"))
}
