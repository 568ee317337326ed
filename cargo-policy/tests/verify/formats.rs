//! The reports, for people and for programs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::services::{Language, start};
use crate::verify;

const CREDENTIALS: [&str; 2] = ["--credentials", "credentials.toml"];

/// The text with the port's digits replaced, and what a run found.
fn report(format: &str, fault: &'static str, more: &[&str]) -> (i32, String) {
    let service = start(Language::Rust, fault).unwrap();
    let ran = verify(service.port, &[&CREDENTIALS[..], &["--format", format], more].concat());
    assert_eq!(ran.err, "");
    (ran.code, ran.out.replace(&service.port.to_string(), "PORT"))
}

#[test]
fn faults_are_told_with_a_line_that_repeats_the_request() {
    let (code, text) = report("text", "or-for-and", &[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(text);
}

#[test]
fn a_right_service_is_said_to_do_what_the_document_says() {
    let (code, text) = report("text", "", &["--allowed"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(text);
}

#[test]
fn no_report_holds_a_secret() {
    for format in ["text", "json", "junit", "sarif", "html"] {
        for fault in ["or-for-and", "revoked-accepted", "nested-unguarded"] {
            let (code, text) = report(format, fault, &["--allowed", "--all"]);
            assert_eq!(code, 1, "{format} {fault}");
            assert!(!text.contains("holds:") && !text.contains("Bearer revoked"), "{format} {fault}");
        }
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    let (_, text) = report("sarif", "or-for-and", &[]);
    let log: Value = serde_json::from_str(&text).unwrap();
    let schema = include_str!("../sarif/sarif-2.1.0-rtm.5.json");
    // The one pattern with a bracket too many, which no reader of regular expressions need take.
    let schema = schema.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft7).should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let first = &log["runs"][0]["results"][0];
    assert_eq!(first["ruleId"], "let-in");
    assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "files.yaml");
    assert!(first["message"]["text"].as_str().unwrap().contains("curl -i"), "{first:#}");
}

#[test]
fn junit_has_a_failure_for_each_fault_and_counts_them() {
    let (_, text) = report("junit", "or-for-and", &[]);
    let failures = text.matches("<failure ").count();
    assert!(failures > 0 && text.contains(&format!(" failures=\"{failures}\" errors=\"0\"")), "{text}");
    assert_eq!(text.matches("<testcase ").count().to_string(), text.split('"').nth(7).unwrap(), "{text}");
    for tag in ["testsuites", "testsuite", "failure"] {
        assert_eq!(text.matches(&format!("<{tag} ")).count(), text.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn the_page_has_no_script_and_loads_nothing() {
    let (_, text) = report("html", "or-for-and", &[]);
    assert!(text.starts_with("<!doctype html>") && text.contains("default-src 'none'"));
    for word in ["<script", "http-equiv=\"refresh", " src=", "javascript:", "<link"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains("error[let-in]") && text.contains("curl -i --path-as-is"), "{text}");
}

#[test]
fn the_page_names_every_key_of_the_json_and_every_word() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, text) = report("json", "or-for-and", &["--allowed"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let mut words: BTreeSet<String> = BTreeSet::new();
    collect(&report, &mut words);
    for case in report["cases"].as_array().unwrap() {
        for key in ["check", "outcome", "fault"] {
            words.extend(case[key].as_str().map(str::to_owned));
        }
    }
    let missing: Vec<&String> = words.iter().filter(|word| !page.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "docs/verify.md does not tell of {missing:?}");
    assert!(words.len() > 35, "{words:?}");
}

fn collect(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            words.insert(key.clone());
            collect(value, words);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        _ => {}
    }
}

#[test]
fn warnings_count_where_that_is_asked_for() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let only = ["--operation", "GET /files"];
    assert_eq!(verify(port, &only).code, 0);
    let ran = verify(port, &[&only[..], &["--deny", "warnings"]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("warning[no-challenge]"), "{}", ran.out);
}
