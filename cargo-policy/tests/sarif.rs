//! `cargo policy check --format sarif`: valid, stable, and pointing where it should.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use run::{command, empty_folder, fixtures, ran, run};
use serde_json::Value;

fn sarif(folder: &Path, arguments: &str) -> Value {
    let ran = run(folder, &format!("check {arguments} --format sarif"));
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.out, ran.err))
}

/// What the official schema, with every format that it names, has against a log.
fn errors(log: &Value) -> Vec<String> {
    // The one pattern with a bracket too many, which no reader of regular expressions need take.
    let pattern = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";
    let schema = include_str!("sarif/sarif-2.1.0-rtm.5.json");
    assert!(schema.contains(pattern));
    let schema: Value = serde_json::from_str(&schema.replace(pattern, "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$")).unwrap();
    // Draft 4 does not know the format `uri-reference`, which the schema names; what else it uses is the same in draft 7.
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7).should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).take(10).collect()
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let log = sarif(&fixtures(), "mistakes.yaml");
    assert_eq!(errors(&log), [""; 0]);
    for (pointer, wrong) in [
        ("/runs/0/results/0/level", Value::from("fatal")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", Value::from(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", Value::from("a b")),
        ("/runs/0/tool/driver/rules/1", log["runs"][0]["tool"]["driver"]["rules"][0].clone()),
        ("/runs/0/columnKind", Value::from("bytes")),
    ] {
        let mut log = log.clone();
        *log.pointer_mut(pointer).unwrap() = wrong;
        assert!(!errors(&log).is_empty(), "{pointer}");
    }
}

#[test]
fn logs_are_valid() {
    for arguments in [
        "clean.yaml",
        "mistakes.yaml",
        "mistakes.yaml --config waived.toml",
        "clean.yaml --against published.yaml",
        "clean.yaml --against mistakes.yaml",
    ] {
        assert_eq!(errors(&sarif(&fixtures(), arguments)), [""; 0], "{arguments}");
    }
}

#[test]
fn logs_of_the_corpus_are_valid() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.exists() {
        eprintln!("skipped: the corpus is not beside the workspace");
        return;
    }
    for document in
        ["figma.yaml", "ksef.json", "datadog-v1.yaml", "tags-3.2.yaml", "digitalocean/DigitalOcean-public.v2.yaml"]
    {
        assert_eq!(errors(&sarif(&corpus, document)), [""; 0], "{document}");
    }
}

#[test]
fn a_log_of_a_small_document() {
    let arguments = "mistakes.yaml --config waived.toml";
    let log = sarif(&fixtures(), arguments);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let codes: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(codes, policy_spec::Code::ALL.iter().map(|code| code.as_str()).collect());
    // Of the rules the first is enough to look at.
    let text = run(&fixtures(), &format!("check {arguments} --format sarif")).out;
    let (before, rest) = text.split_once("            },\n").unwrap();
    let (_, after) = rest.split_once("\n          ]\n").unwrap();
    let text = format!("{before}            }}\n          ]\n{after}");
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "(version)"));
}

#[test]
fn each_result_names_the_rule_at_its_index() {
    for arguments in ["mistakes.yaml", "clean.yaml --against published.yaml"] {
        let log = sarif(&fixtures(), arguments);
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{arguments}");
        for result in results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"], "{arguments}");
        }
    }
}

/// What code scanning follows from run to run: the same through moved lines, another for every result.
#[test]
fn fingerprints_survive_moved_lines_and_are_unique() {
    let folder = empty_folder("sarif");
    let document = fs::read_to_string(fixtures().join("mistakes.yaml")).unwrap();
    fs::write(folder.join("api.yaml"), &document).unwrap();
    let before = sarif(&folder, "api.yaml");
    fs::write(folder.join("api.yaml"), document.replace("info:", "# moved\n\n# down\ninfo:")).unwrap();
    let after = sarif(&folder, "api.yaml");
    let fingerprints = |log: &Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_ne!(before["runs"][0]["results"], after["runs"][0]["results"]);
    assert_eq!(fingerprints(&before), fingerprints(&after));
    let unique: BTreeSet<String> = fingerprints(&before).into_iter().collect();
    assert_eq!(unique.len(), fingerprints(&before).len());
}

/// Columns count UTF-16 code units, in which 🗂 is two, and paths are relative to the checkout, wherever the tool runs.
#[test]
fn regions_and_paths_are_what_code_scanning_expects() {
    let region = |log: &Value, message: &str| {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let result =
            results.iter().find(|result| result["message"]["text"].as_str().unwrap().contains(message)).unwrap();
        result["locations"][0]["physicalLocation"].clone()
    };
    let log = sarif(&fixtures(), "mistakes.yaml");
    assert_eq!(log["runs"][0]["columnKind"], "utf16CodeUnits");
    let found = region(&log, "files:raed");
    assert_eq!((found["region"]["startColumn"].as_u64(), found["region"]["endColumn"].as_u64()), (Some(77), Some(87)));
    assert_eq!(found["artifactLocation"]["uri"], "mistakes.yaml");
    assert_eq!(found["artifactLocation"]["uriBaseId"], "%SRCROOT%");

    let root = fixtures().parent().unwrap().canonicalize().unwrap();
    let mut command = command(&root.join("check"));
    let ran = ran(command
        .args(["check", "./mistakes.yaml", "--format", "sarif"])
        .env("GITHUB_WORKSPACE", &root)
        .output()
        .unwrap());
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(region(&log, "files:raed")["artifactLocation"]["uri"], "check/mistakes.yaml");
    assert_eq!(log["runs"][0]["automationDetails"]["id"], "cargo-policy/check/mistakes.yaml/");
}
