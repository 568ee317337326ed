//! Every line that a gate writes is one of `docs/decision-log.schema.json`, and the examples of the page are too.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::logged::write;
use crate::run::empty_folder;
use crate::written::line;

fn docs(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file)).unwrap()
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&docs("decision-log.schema.json")).unwrap();
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap()
}

#[test]
fn what_is_written_and_what_the_page_shows_is_what_the_schema_says() {
    let validator = validator();
    let log = empty_folder("replay-schema").join("log");
    let written = write(&log, 40);
    let lines = fs::read_to_string(&log).unwrap();
    let page = docs("decision-log.md");
    let examples = page.lines().filter(|line| line.starts_with("{\""));
    let mut seen = (0, 0);
    for text in lines.lines().chain(examples.clone()) {
        let line: Value = serde_json::from_str(text).unwrap();
        let faults: Vec<String> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{text}: {faults:#?}");
        seen = (seen.0 + usize::from(line["decision"] == "allow"), seen.1 + usize::from(line["reason"].is_string()));
    }
    assert!(written > 100 && examples.count() == 3 && seen.0 > 10 && seen.1 > 10, "{written} {seen:?}");
}

#[test]
fn what_contradicts_the_schema_is_no_line() {
    let validator = validator();
    let is_line = |members: &[(&str, &str)]| validator.is_valid(&serde_json::from_str(&line(members)).unwrap());
    assert!(is_line(&[]));
    for members in [
        &[("schema", "2")][..],
        &[("unix_ms", "\"now\"")],
        &[("decision", "\"maybe\"")],
        &[("decision", "\"deny\"")],
        &[("reason", "\"insufficient_scope\"")],
        &[("route", "")],
        &[("granted", "[]")],
        &[("query_names", "")],
        &[("fingerprint", "")],
    ] {
        assert!(!is_line(members), "{members:?}");
    }
}

/// The page and the schema have the same members.
#[test]
fn the_schema_has_every_member_of_the_page() {
    let schema: Value = serde_json::from_str(&docs("decision-log.schema.json")).unwrap();
    let mut named: Vec<&String> = schema["$defs"]["decision"]["properties"].as_object().unwrap().keys().collect();
    named.sort();
    let page = docs("decision-log.md");
    let row = |line: &&str| line.starts_with("| `") && line.matches('|').count() == 4;
    let mut told: Vec<String> =
        page.lines().filter(row).filter_map(|line| line.split('`').nth(1)).map(str::to_owned).collect();
    told.sort();
    assert_eq!(named, told.iter().collect::<Vec<_>>());
}
