//! The scopes an extension of an operation carries.

use std::collections::BTreeSet;

use serde_json::Value;

use super::read::{Node, text};
use super::{Combine, ExtensionConfig, ExtensionShape};

/// One way to satisfy an extension: scopes of the caller, or scopes of schemes.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) scopes: BTreeSet<String>,
    pub(super) bound: Vec<(String, BTreeSet<String>)>,
}

/// The ways to satisfy an extension, at least one; none where the operation does not have it.
pub(super) fn choices(operation: &Node, config: &ExtensionConfig) -> Option<Vec<Choice>> {
    let value = operation.value.get(&config.name)?;
    let sibling = config.sibling.as_ref().and_then(|sibling| operation.value.get(sibling));
    let combine = sibling.map_or(config.combine, |sibling| mode(&text(sibling)));
    let choices = match config.shape {
        ExtensionShape::List => combined(combine, &strings(value)),
        ExtensionShape::String if value.is_null() => combined(combine, &[]),
        ExtensionShape::String => combined(combine, &[scope(value)]),
        ExtensionShape::Words => combined(combine, &words(value)),
        ExtensionShape::Entries => bound(combine, entries(value)),
        ExtensionShape::Operator => operator(value),
        ExtensionShape::AllAny => all_any(value),
        ExtensionShape::Enum => combined(combine, &strings(member(value, "enum"))),
        ExtensionShape::Schemes => bound(combine, schemes(combine, value)),
    };
    Some(choices)
}

fn mode(written: &str) -> Combine {
    match written.to_ascii_lowercase().as_str() {
        "any" | "anyof" | "or" => Combine::Any,
        "all" | "allof" | "and" => Combine::All,
        _ => panic!("unknown mode `{written}`"),
    }
}

/// An empty list is satisfied by any authenticated caller, whichever way it is combined.
fn combined(combine: Combine, scopes: &[String]) -> Vec<Choice> {
    let choice = |scopes: &[String]| Choice { scopes: scopes.iter().cloned().collect(), ..Choice::default() };
    match combine {
        Combine::Any if !scopes.is_empty() => scopes.chunks(1).map(choice).collect(),
        _ => vec![choice(scopes)],
    }
}

fn bound(combine: Combine, entries: Vec<(String, BTreeSet<String>)>) -> Vec<Choice> {
    match combine {
        Combine::Any if !entries.is_empty() => {
            entries.into_iter().map(|entry| Choice { bound: vec![entry], ..Choice::default() }).collect()
        }
        _ => vec![Choice { bound: entries, ..Choice::default() }],
    }
}

fn operator(value: &Value) -> Vec<Choice> {
    let scopes = strings(member(value, "permissions"));
    match text(member(value, "operator")).as_str() {
        "OPEN" => combined(Combine::All, &[]),
        other => combined(mode(other), &scopes),
    }
}

fn all_any(value: &Value) -> Vec<Choice> {
    let Some(map) = value.as_object() else { panic!("not a mapping: {value}") };
    assert!(!map.is_empty() && map.keys().all(|key| key == "all" || key == "any"), "neither all nor any: {value}");
    let part = |key: &str| map.get(key).map(strings).unwrap_or_default();
    let mut choices = combined(Combine::Any, &part("any"));
    for choice in &mut choices {
        choice.scopes.extend(part("all"));
    }
    choices
}

fn entries(value: &Value) -> Vec<(String, BTreeSet<String>)> {
    let Some(items) = value.as_array() else { panic!("not a list: {value}") };
    let entry = |item: &Value| (text(member(item, "scheme")), strings(member(item, "scopes")).into_iter().collect());
    items.iter().map(entry).collect()
}

/// Where any scope will do, each scope is an entry of its own.
fn schemes(combine: Combine, value: &Value) -> Vec<(String, BTreeSet<String>)> {
    let Some(map) = value.as_object() else { panic!("not a mapping: {value}") };
    let mut entries = Vec::new();
    for (scheme, scopes) in map {
        let scopes = strings(scopes);
        if combine == Combine::Any && !scopes.is_empty() {
            entries.extend(scopes.into_iter().map(|scope| (scheme.clone(), BTreeSet::from([scope]))));
        } else {
            entries.push((scheme.clone(), scopes.into_iter().collect()));
        }
    }
    entries
}

fn words(value: &Value) -> Vec<String> {
    match value.as_str() {
        Some("") => Vec::new(),
        Some(text) => text.split(' ').map(|word| scope(&Value::from(word))).collect(),
        None => panic!("not a string: {value}"),
    }
}

fn strings(value: &Value) -> Vec<String> {
    let Some(items) = value.as_array() else { panic!("not a list: {value}") };
    items.iter().map(scope).collect()
}

fn scope(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => panic!("not a scope: {value}"),
    }
}

fn member<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or_else(|| panic!("no `{key}` in {value}"))
}
