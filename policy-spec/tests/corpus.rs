//! Real documents: what is read of each equals what an oracle reads straight from the raw document, and what is found
//! is a snapshot.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]

mod oracle;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, Loaded, OperationModel, Settings};
use serde_json::{Map, Value, json};

/// A document of the corpus, read with the settings that its vendor's extensions need.
fn load(folder: &Path, file: &str) -> Loaded {
    let stem = Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
    let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{stem}.toml"));
    let settings = if configuration.exists() {
        Configuration::load(&configuration).unwrap_or_else(|problem| panic!("{problem}")).settings
    } else {
        Settings::default()
    };
    policy_spec::load(&folder.join(file), &settings)
}

fn corpus() -> Option<PathBuf> {
    let folder = oracle::corpus_folder();
    if folder.is_none() {
        eprintln!("skipped: the corpus is not beside the workspace");
    }
    folder
}

fn operation(operation: &OperationModel) -> Value {
    let alternatives: Vec<Value> = operation
        .alternatives()
        .iter()
        .map(|alternative| {
            let schemes: Map<String, Value> =
                alternative.schemes().iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect();
            json!({"anonymous": alternative.is_anonymous(), "schemes": schemes, "extension": alternative.extension()})
        })
        .collect();
    json!({
        "method": operation.method,
        "path": operation.path,
        "template": operation.template,
        "operation_id": operation.operation_id,
        "access": operation.requirement.access_word(),
        "alternatives": alternatives,
        "query": {
            "names": operation.query.names,
            "prefixes": operation.query.prefixes,
            "any": operation.query.any,
        },
    })
}

#[test]
fn every_operation_of_the_corpus_is_what_the_oracle_reads() {
    let Some(folder) = corpus() else { return };
    let mut differences = String::new();
    for (file, config) in oracle::corpus() {
        let loaded = load(&folder, file);
        let read: Vec<Value> = loaded.readable().unwrap().operations.iter().map(operation).collect();
        let expected = oracle::operations(&folder.join(file), &config);
        let expected = expected.as_array().unwrap();
        if read.len() != expected.len() {
            writeln!(differences, "{file}: {} operations, {} expected", read.len(), expected.len()).unwrap();
        }
        for (one, other) in read.iter().zip(expected) {
            if one != other {
                writeln!(differences, "{file}:\n  read     {one}\n  expected {other}").unwrap();
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn findings_in_the_corpus_are_those_that_were_reviewed() {
    let Some(folder) = corpus() else { return };
    for (file, _) in oracle::corpus() {
        let loaded = load(&folder, file);
        let model = loaded.readable().unwrap();
        let mut summary = format!(
            "{}: {} operations, {} scopes, {}, {}\n",
            model.openapi,
            model.operations.len(),
            model.scopes.len(),
            if loaded.model.is_some() { "a policy" } else { "no policy" },
            if loaded.is_complete() { "complete" } else { "incomplete" },
        );
        let mut by_code: BTreeMap<(&str, &str), Vec<_>> = BTreeMap::new();
        for finding in &loaded.findings {
            by_code.entry((finding.level.as_str(), finding.code.as_str())).or_default().push(finding);
        }
        for ((level, code), findings) in by_code {
            writeln!(summary, "\n{level} {code}: {}", findings.len()).unwrap();
            for finding in findings.iter().take(8) {
                let place = loaded.sources.location(finding.primary.span);
                writeln!(summary, "  {}:{} {}", place.line, place.column, finding.message).unwrap();
            }
        }
        let stem = Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({ snapshot_path => "corpus", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(stem, summary);
        });
    }
}
