//! The page `docs/audit.md` says what is so: its commands run, and every field and column is on it.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::run::{folder_of, repository, shown};

#[test]
fn the_commands_of_the_page_run() {
    let folder = folder_of("notes.yaml");
    fs::rename(folder.0.join("notes.yaml"), folder.0.join("openapi.yaml")).unwrap();
    let page = repository("docs/audit.md");
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("cargo policy audit ")).collect();
    assert_eq!(commands.len(), 3);
    for command in commands {
        // What comes after is another program, or a comment.
        let arguments: Vec<&str> = command.split(['|', '#']).next().unwrap().split_whitespace().collect();
        shown(&folder.0, &arguments);
    }
    assert!(folder.0.join("audit.html").exists());
}

#[test]
fn every_field_and_column_is_explained() {
    let page = repository("docs/audit.md");
    let explained = |name: &str| page.contains(&format!("`{name}`"));
    let schema: Value = serde_json::from_str(&repository("docs/audit.schema.json")).unwrap();
    let mut fields = BTreeSet::new();
    collect(&schema, &mut fields);
    assert!(fields.len() > 35, "{fields:?}");
    let folder = folder_of("notes.yaml");
    let table = shown(&folder.0, &["notes.yaml", "--format", "csv"]);
    let columns = table.lines().next().unwrap().split(',').map(str::to_owned);
    let missing: Vec<String> = fields.into_iter().chain(columns).filter(|name| !explained(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

/// The names of all properties that a schema declares, which are all that the command writes.
fn collect(schema: &Value, fields: &mut BTreeSet<String>) {
    for (key, value) in schema.as_object().into_iter().flatten() {
        if key == "properties" {
            fields.extend(value.as_object().unwrap().keys().cloned());
        }
        collect(value, fields);
    }
    schema.as_array().into_iter().flatten().for_each(|item| collect(item, fields));
}

#[test]
fn the_schema_declares_every_field_that_is_written() {
    let schema: Value = serde_json::from_str(&repository("docs/audit.schema.json")).unwrap();
    let mut declared = BTreeSet::new();
    collect(&schema, &mut declared);
    let folder = folder_of("notes.yaml");
    std::fs::write(folder.0.join("policy.toml"), crate::formats::SCOPE_MAP).unwrap();
    let audit: Value = serde_json::from_str(&shown(&folder.0, &["notes.yaml", "--format", "json"])).unwrap();
    let mut written = BTreeSet::new();
    keys(&audit, &mut written);
    assert_eq!(written.difference(&declared).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(declared, written, "nothing is declared that is never written");
}

/// The keys of all objects but of `schemes`, which are the document's.
fn keys(audit: &Value, written: &mut BTreeSet<String>) {
    for (key, value) in audit.as_object().into_iter().flatten() {
        written.insert(key.clone());
        if key != "schemes" {
            keys(value, written);
        }
    }
    audit.as_array().into_iter().flatten().for_each(|item| keys(item, written));
}
