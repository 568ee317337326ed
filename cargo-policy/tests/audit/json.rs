//! The JSON: by its schema, and against an oracle that reads the raw documents without this project's reader.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::oracle;
use crate::run::{corpus, folder_of, repository, shown};

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&repository("docs/audit.schema.json")).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{error}"));
    jsonschema::draft202012::new(&schema).unwrap()
}

#[track_caller]
fn valid(schema: &jsonschema::Validator, audit: &Value, what: &str) {
    let errors: Vec<String> =
        schema.iter_errors(audit).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

#[test]
fn the_audit_of_every_real_document_is_valid_and_equals_the_oracle() {
    let schema = schema();
    let mut differences = Vec::new();
    for real in corpus() {
        let audit: Value = serde_json::from_str(&real.audited("json")).unwrap();
        valid(&schema, &audit, real.file);
        let expected = oracle::operations(&real.path, &real.config);
        // These documents have no overlays and no public entries.
        let mut operations = audit["operations"].as_array().unwrap().clone();
        for operation in operations.iter_mut().filter_map(Value::as_object_mut) {
            for beside in ["public_reason", "before_overlays"] {
                assert_eq!(operation.shift_remove(beside), Some(Value::Null), "{}", real.file);
            }
        }
        let (read, expected) = (&operations, expected.as_array().unwrap());
        assert_eq!(read.len(), expected.len(), "{}", real.file);
        for (one, other) in read.iter().zip(expected) {
            // As text, so that the order of keys counts too.
            let (one, other) = (one.to_string(), other.to_string());
            if one != other {
                differences.push(format!("{}:\n  shown    {one}\n  expected {other}", real.file));
            }
        }
        needed_by_those_that_name_it(&audit, real.file);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The scopes list exactly the operations whose alternatives name them, in document order.
fn needed_by_those_that_name_it(audit: &Value, what: &str) {
    let mut expected: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for operation in audit["operations"].as_array().unwrap() {
        let key = format!("{} {}", operation["method"].as_str().unwrap(), operation["template"].as_str().unwrap());
        for alternative in operation["alternatives"].as_array().unwrap() {
            let lists = alternative["schemes"].as_object().unwrap().values().chain([&alternative["extension"]]);
            for scope in lists.flat_map(|list| list.as_array().unwrap()) {
                let operations = expected.entry(scope.as_str().unwrap()).or_default();
                if operations.last() != Some(&key) {
                    operations.push(key.clone());
                }
            }
        }
    }
    for scope in audit["scopes"].as_array().unwrap() {
        let name = scope["name"].as_str().unwrap();
        let listed: Vec<&str> =
            scope["operations"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        assert_eq!(listed, expected.remove(name).unwrap_or_default(), "{what}: {name}");
    }
    assert!(expected.is_empty(), "{what}: not among the scopes: {:?}", expected.keys());
}

#[test]
fn hostile_text_is_data() {
    let schema = schema();
    for document in ["notes.yaml", "hostile.yaml"] {
        let folder = folder_of(document);
        let audit: Value = serde_json::from_str(&shown(&folder.0, &[document, "--format", "json"])).unwrap();
        valid(&schema, &audit, document);
    }
}

#[test]
fn the_schema_refuses_what_the_documentation_forbids() {
    let schema = schema();
    let folder = folder_of("notes.yaml");
    let audit: Value = serde_json::from_str(&shown(&folder.0, &["notes.yaml", "--format", "json"])).unwrap();
    type Breaks = fn(&mut Value);
    let broken: [(&str, Breaks); 7] = [
        ("another version", |audit| audit["schema_version"] = 2.into()),
        ("a public operation with alternatives", |audit| audit["operations"][0]["access"] = "public".into()),
        ("a required one without", |audit| audit["operations"][0]["alternatives"] = Value::Array(Vec::new())),
        ("an anonymous alternative with schemes", |audit| {
            audit["operations"][0]["alternatives"][0]["anonymous"] = true.into()
        }),
        ("a stage twice", |audit| audit["check_order"][1] = "authentication".into()),
        ("a path that is none", |audit| audit["operations"][0]["path"] = "notes".into()),
        ("a missing field", |audit| drop(audit.as_object_mut().unwrap().remove("complete"))),
    ];
    for (what, breaks) in broken {
        let mut audit = audit.clone();
        breaks(&mut audit);
        assert!(!schema.is_valid(&audit), "{what}");
    }
}
