//! A workload as an OpenAPI document that is as large as real ones, most of which is not about the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::workload::Operation;

/// The JSON text. Parameters are numbered, because two of a template may not have the same name. Every operation has a summary, a
/// description, path parameters and responses: about a kilobyte that the policy does not need.
///
/// With `edited` the descriptions differ and there is one line more. That is the most common edit, and it does not change the policy.
#[must_use]
pub fn document<'o>(operations: impl IntoIterator<Item = &'o Operation>, edited: bool) -> String {
    let mut paths: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut scopes = BTreeSet::new();
    for operation in operations.into_iter().filter(|operation| is_template(&operation.template)) {
        scopes.extend(operation.scopes.split(' ').filter(|scope| !scope.is_empty()));
        let methods = paths.entry(numbered(&operation.template)).or_default();
        // With numbered parameters, two templates may become one.
        methods.entry(operation.method.as_str()).or_insert(operation.scopes.as_str());
    }
    let mut text = String::from("{\n\"openapi\": \"3.0.3\",\n\"info\": {\"title\": \"Workload\", \"version\": \"1\"");
    if edited {
        text.push_str(",\n\"description\": \"Edited.\"");
    }
    text.push_str("},\n\"components\": {\"securitySchemes\": {\"OAuth2\": {\"type\": \"oauth2\", \"flows\": {\"clientCredentials\": {\"tokenUrl\": \"/token\", \"scopes\": {");
    for (at, scope) in scopes.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(text, "{}\n{scope:?}: \"Allows {scope}\"", if at == 0 { "" } else { "," });
    }
    text.push_str("}}}}},\n\"schemas\": {\"Item\": {\"type\": \"object\"}}},\n\"paths\": {");
    for (at, (template, methods)) in paths.iter().enumerate() {
        let _ = write!(text, "{}\n{template:?}: {{", if at == 0 { "" } else { "," });
        for (at, (method, scopes)) in methods.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n\"{}\": ", method.to_lowercase());
            operation(&mut text, template, scopes, edited);
        }
        text.push('}');
    }
    text.push_str("\n}\n}\n");
    text
}

fn operation(text: &mut String, template: &str, scopes: &str, edited: bool) {
    let summary = if edited { "Works on an item, as edited" } else { "Works on an item" };
    let scopes: Vec<String> =
        scopes.split(' ').filter(|scope| !scope.is_empty()).map(|scope| format!("{scope:?}")).collect();
    let parameters: Vec<String> = template
        .split(['{', '}'])
        .skip(1)
        .step_by(2)
        .map(|name| format!("{{\"name\": {name:?}, \"in\": \"path\", \"required\": true, \"description\": \"The unique identifier of the item.\", \"schema\": {{\"type\": \"string\"}}}}"))
        .collect();
    let _ = write!(
        text,
        "{{\"summary\": \"{summary}\",\n\"description\": \"{}\",\n\"security\": [{{\"OAuth2\": [{}]}}],\n\
         \"parameters\": [{}],\n\"responses\": {{\"200\": {{\"description\": \"The item.\", \"content\": \
         {{\"application/json\": {{\"schema\": {{\"$ref\": \"#/components/schemas/Item\"}}, \"examples\": {{\"default\": \
         {{\"value\": {{\"id\": \"0\", \"name\": \"An item\", \"labels\": [\"a\", \"b\"], \"nested\": {{\"deep\": true}}}}}}}}}}}}}},\n\
         \"404\": {{\"description\": \"There is no such item, or it is not yours.\"}}, \"default\": {{\"description\": \"Another answer.\"}}}}}}",
        "Reads or changes an item of the collection, and everything that hangs on it. ".repeat(3),
        scopes.join(", "),
        parameters.join(", "),
    );
}

/// Whether a line of a workload is a template that can be compiled. A few lines have a space, an unmatched brace or a query. In some,
/// `...` stands for what is repeated, so that two of them would have one name in Rust.
fn is_template(template: &str) -> bool {
    !template.contains([' ', '?', '#'])
        && !template.contains("/.../")
        && template.matches('{').count() == template.matches('}').count()
}

/// The template with its parameters numbered.
#[must_use]
pub fn numbered(template: &str) -> String {
    let mut count = 0;
    let parts = template.split_inclusive('}').map(|part| match part.find('{') {
        Some(at) if part.ends_with('}') => {
            count += 1;
            format!("{}{{p{count}}}", part.get(..at).unwrap_or_default())
        }
        _ => part.to_owned(),
    });
    parts.collect()
}
