//! The JSON schema and the reader agree about the form of the file.

use std::collections::BTreeSet;

use jsonschema::Validator;
use policy_gateway::Configuration;
use serde_json::Value;
use toml_edit::DocumentMut;

use super::RIGHT;
use super::toml_json::{each_change, json, validator};

/// Whether schema and reader accept the form of the file: the same.
fn agreed(schema: &Validator, file: &DocumentMut) -> bool {
    let text = file.to_string();
    let by_schema = schema.is_valid(&json(file.as_item()));
    let by_reader = Configuration::has_form("gateway.toml", &text);
    assert_eq!(by_schema, by_reader.is_ok(), "{text}\n{:?}", by_reader.err().map(|error| error.to_string()));
    by_schema
}

#[test]
fn the_copy_in_the_documentation_is_what_the_code_prints() {
    let copy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("gateway.schema.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&copy, Configuration::schema()).unwrap();
    }
    let same = std::fs::read_to_string(copy).unwrap() == Configuration::schema();
    assert!(same, "gateway.schema.json is out of date: write it with INSTA_UPDATE=always, or `policy-gateway schema`");
}

/// Each key of the schema, as `policies/name`.
pub(super) fn keys(schema: &Value, above: &str, found: &mut BTreeSet<String>) {
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{above}{name}");
        found.insert(path.clone());
        keys(value, &format!("{path}/"), found);
    }
    if schema["items"].is_object() {
        keys(&schema["items"], above, found);
    }
    if schema["additionalProperties"].is_object() {
        keys(&schema["additionalProperties"], &format!("{above}*/"), found);
    }
}

/// Each key of the files that are right.
fn used(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if above == "policies/schemes/" { "*" } else { name };
                found.insert(format!("{above}{name}"));
                used(value, &format!("{above}{name}/"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, above, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_schema_is_in_a_file_that_is_right() {
    let (schema, mut shown, mut known) = (validator(&Configuration::schema()), BTreeSet::new(), BTreeSet::new());
    for text in RIGHT {
        let file: DocumentMut = text.parse().unwrap();
        assert!(agreed(&schema, &file), "{text}");
        Configuration::parse("gateway.toml", text).unwrap_or_else(|error| panic!("{error}"));
        used(&json(file.as_item()), "", &mut shown);
    }
    keys(&serde_json::from_str(&Configuration::schema()).unwrap(), "", &mut known);
    let unshown: Vec<&String> = known.iter().filter(|key| !shown.contains(*key)).collect();
    assert!(unshown.is_empty(), "no file that is right has {unshown:?}");
    assert!(known.len() > 90, "{}", known.len());
}

/// What a value is replaced by.
fn replacements() -> Vec<toml_edit::Value> {
    let texts = ["", "nginx", "2099-01-31"].into_iter().map(toml_edit::Value::from);
    let lists = [vec![], vec!["a", " "], vec!["scopes"]];
    let lists = lists.into_iter().map(|list| list.into_iter().collect::<toml_edit::Array>().into());
    let numbers = [0_i64, 4096].into_iter().map(toml_edit::Value::from);
    let others = [true.into(), toml_edit::InlineTable::new().into()];
    texts.chain(lists).chain(numbers).chain(others).collect()
}

#[test]
fn they_agree_about_whatever_else_is_written() {
    let (schema, mut wrong, mut right) = (validator(&Configuration::schema()), 0, 0);
    let mut count = |accepted: bool| if accepted { right += 1 } else { wrong += 1 };
    for text in RIGHT {
        let file: DocumentMut = text.parse().unwrap();
        each_change(&file, &replacements(), |changed| count(agreed(&schema, changed)));
    }
    assert!(wrong > 1000 && right > 200, "{wrong} wrong, {right} right");
}
