//! `cargo policy check`, run as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use run::{command, empty_folder, fixtures, ran, run};
use serde_json::Value;

/// Output with its exit code, for a snapshot.
fn shown(arguments: &str) -> String {
    let ran = run(&fixtures(), arguments);
    let err = if ran.err.is_empty() { String::new() } else { format!("\n--- standard error\n{}", ran.err) };
    format!("$ cargo policy {arguments}\n{}--- exit code {}{err}", ran.out, ran.code)
}

#[test]
fn findings_are_shown_with_the_document_s_lines_and_summed_up() {
    insta::assert_snapshot!(shown("check mistakes.yaml"));
}

#[test]
fn everything_is_shown_when_asked() {
    insta::assert_snapshot!(shown("check mistakes.yaml --all --config waived.toml"));
}

#[test]
fn a_clean_document_is_said_to_be_clean() {
    insta::assert_snapshot!(shown("check clean.yaml"));
}

#[test]
fn findings_as_json() {
    insta::assert_snapshot!(shown("check mistakes.yaml --config waived.toml --format json"));
}

#[test]
fn findings_as_annotations() {
    insta::assert_snapshot!(shown("check mistakes.yaml --config waived.toml --format github"));
}

#[test]
fn differences_are_shown_with_their_direction_and_a_witness() {
    insta::assert_snapshot!(shown("check clean.yaml --against published.yaml"));
}

#[test]
fn differences_as_json() {
    insta::assert_snapshot!(shown("check clean.yaml --against published.yaml --format json"));
}

#[test]
fn differences_as_annotations() {
    insta::assert_snapshot!(shown("check clean.yaml --against published.yaml --format github"));
}

#[test]
fn an_annotation_names_the_file_from_the_root_of_the_checkout() {
    let folder = fixtures();
    let root = folder.parent().unwrap().canonicalize().unwrap();
    let mut command = command(&folder.canonicalize().unwrap());
    let ran = ran(command
        .args(["check", "mistakes.yaml", "--format", "github"])
        .env("GITHUB_WORKSPACE", root)
        .output()
        .unwrap());
    assert!(ran.out.starts_with("::error file=check/mistakes.yaml,line="), "{}", ran.out);
}

/// The exit code is part of the interface.
#[test]
fn exit_codes() {
    let table = [
        ("check clean.yaml", 0),
        ("policy check clean.yaml", 0),
        ("check mistakes.yaml", 1),
        ("check --config same.toml", 0),
        ("check clean.yaml --against clean.yaml", 0),
        ("check clean.yaml --against published.yaml", 1),
        ("check clean.yaml --against mistakes.yaml", 1),
        ("check clean.yaml --deny warnings", 0),
        ("check mistakes.yaml --format json", 1),
        ("check mistakes.yaml --format sarif", 1),
        ("check mistakes.yaml --format github", 1),
        ("check clean.yaml --emit-extensions", 0),
        ("check mistakes.yaml --emit-extensions", 1),
        ("check no-such-file.yaml", 2),
        ("check .", 2),
        ("check clean.yaml --against no-such-file.yaml", 2),
        ("check clean.yaml --config no-such-file.toml", 2),
        ("check clean.yaml --config broken.toml", 2),
        ("check clean.yaml --against clean.yaml --against-config broken.toml", 2),
        ("check clean.yaml --output no-such-folder/out.txt", 2),
        ("check clean.yaml --denny warnings", 2),
        ("check clean.yaml --deny infos", 2),
        ("check clean.yaml --emit-extensions --against clean.yaml", 2),
        ("chek clean.yaml", 2),
        ("", 2),
        ("--help", 0),
        ("--version", 0),
    ];
    for (arguments, code) in table {
        let ran = run(&fixtures(), arguments);
        assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.out, ran.err);
        // What went wrong is told on standard error, and never by a panic.
        assert!(ran.code != 2 || ran.out.is_empty() && !ran.err.is_empty(), "{arguments}\n{}{}", ran.out, ran.err);
        assert!(!ran.err.contains("panicked"), "{arguments}\n{}", ran.err);
    }
}

#[test]
fn what_is_denied_can_be_raised() {
    let folder = empty_folder("denied");
    let document = fs::read_to_string(fixtures().join("clean.yaml")).unwrap();
    fs::write(folder.join("warns.yaml"), document.replace("in: header, name: X-Key", "in: query, name: key")).unwrap();
    fs::write(folder.join("notes.yaml"), document.replace("operationId: health, ", "")).unwrap();
    let table = [
        ("warns.yaml", "errors", 0),
        ("warns.yaml", "error", 0),
        ("warns.yaml", "warnings", 1),
        ("warns.yaml", "notes", 1),
        ("notes.yaml", "warnings", 0),
        ("notes.yaml", "notes", 1),
    ];
    for (document, level, code) in table {
        let ran = run(&folder, &format!("check {document} --deny {level}"));
        assert_eq!(ran.code, code, "{document} {level}\n{}", ran.out);
        assert_eq!(ran.out.contains(&format!("refused because of `--deny {level}`")), code == 1, "{}", ran.out);
    }
    // What is waived is not denied.
    let waiver = "[[waivers]]\ncode = 'credential-in-query'\nlocation = '#/components/securitySchemes/Key'\nreason = 'old clients'\nexpires = '9999-12-31'\n";
    fs::write(folder.join("policy.toml"), format!("document = 'warns.yaml'\n{waiver}")).unwrap();
    let ran = run(&folder, "check --deny notes");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("1 waived"), "{}", ran.out);
}

#[test]
fn failures_say_what_to_do() {
    let mut told = String::new();
    for arguments in [
        "check no-such-file.yaml",
        "check .",
        "check --config waived.toml",
        "check clean.yaml --config broken.toml",
        "check clean.yaml --denny warnings",
        "check clean.yaml --format xml",
        "check clean.yaml --against-config same.toml",
    ] {
        told.push_str(&format!("$ cargo policy {arguments}\n{}\n", run(&fixtures(), arguments).err));
    }
    insta::assert_snapshot!(told);
}

/// A document of 50 operations, each with this body.
fn fifty(folder: &Path, operation: impl Fn(usize) -> String) {
    let schemes = "components: { securitySchemes: { Key: { type: http, scheme: bearer }, OAuth: { type: oauth2, flows: { implicit: { authorizationUrl: /a, scopes: { read: R } }, clientCredentials: { tokenUrl: /t, scopes: {} } } } } }";
    let mut document = format!("openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\n{schemes}\npaths:\n");
    for at in 0..50 {
        document.push_str(&format!("  /p{at}:\n    get: {{ operationId: o{at}{} }}\n", operation(at)));
    }
    fs::write(folder.join("api.yaml"), document).unwrap();
}

#[test]
fn what_is_found_many_times_is_told_once_with_its_count_and_three_places() {
    for (code, operation) in [
        ("error[undeclared-operation]", ""),
        ("warning[unscoped-alternative-beside-scoped]", ", security: [{ OAuth: [read] }, { Key: [] }]"),
        ("error[scheme-unresolved]", ", security: [{ Kay: [] }]"),
    ] {
        let folder = empty_folder(&format!("once-{}", code.len()));
        fifty(&folder, |_| operation.to_owned());
        let once = run(&folder, "check api.yaml").out;
        assert_eq!(once.matches(code).count(), 1, "{once}");
        let note = once.lines().find(|line| line.contains("note: found ")).unwrap_or_else(|| panic!("{once}"));
        assert!(note.contains("found 50 times: at api.yaml:") && note.ends_with("and at 47 other places"), "{note}");
        assert_eq!(note.matches("api.yaml:").count(), 3, "{note}");
        assert!(once.contains("more of the same; `--all` shows everything"), "{once}");
        // The sum counts each of them.
        assert!(once.contains(": 50 errors") || once.contains(": 50 warnings"), "{once}");
        let all = run(&folder, "check api.yaml --all").out;
        assert_eq!(all.matches(code).count(), 50);
        assert!(!all.contains("found 50 times"), "{all}");
        // Annotations are capped where GitHub caps them, and the log says so.
        let annotated = run(&folder, "check api.yaml --format github").out;
        assert!(annotated.contains("40 more of api.yaml are not annotated"), "{annotated}");
        // Programs get everything.
        let bare = code.trim_end_matches(']').split('[').nth(1).unwrap();
        let json: Value = serde_json::from_str(&run(&folder, "check api.yaml --format json").out).unwrap();
        let of_code = json["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == bare).count();
        let sarif: Value = serde_json::from_str(&run(&folder, "check api.yaml --format sarif").out).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
        assert_eq!((of_code, results.filter(|result| result["ruleId"] == bare).count()), (50, 50), "{code}");
    }
    // What stands on standard error beside the tables is told in the same way.
    let folder = empty_folder("once-beside");
    fifty(&folder, |_| String::new());
    let beside = run(&folder, "docs api.yaml").err;
    assert_eq!(beside.matches("error[undeclared-operation]").count(), 1, "{beside}");
}

#[test]
fn many_findings_of_one_code_are_folded() {
    let folder = empty_folder("folded");
    fifty(&folder, |at| format!(", security: [{{ OAuth: ['scope-{at}'] }}]"));
    let folded = run(&folder, "check api.yaml").out;
    assert_eq!(folded.matches("error[undeclared-scope]").count(), 20);
    assert!(folded.contains("… and 30 more of `undeclared-scope`\n"), "{folded}");
    let all = run(&folder, "check api.yaml --all").out;
    assert_eq!(all.matches("error[undeclared-scope]").count(), 50);
    let annotated = run(&folder, "check api.yaml --format github").out;
    assert_eq!(annotated.matches("::error ").count(), 10);
}

#[test]
fn results_go_to_a_file_when_asked_without_colours() {
    let folder = empty_folder("output");
    let fixture = fixtures().join("mistakes.yaml");
    fs::copy(fixture, folder.join("api.yaml")).unwrap();
    for (format, start) in [("text", "error"), ("json", "{"), ("sarif", "{"), ("github", "::error")] {
        let printed = run(&folder, &format!("check api.yaml --format {format}"));
        let written = run(&folder, &format!("check api.yaml --format {format} --output out --color always"));
        assert_eq!((written.code, written.out.as_str()), (1, ""), "{format}");
        let text = fs::read_to_string(folder.join("out")).unwrap();
        assert_eq!(text, printed.out, "{format}");
        assert!(!text.contains('\u{1b}') && text.contains(start), "{format}");
    }
}

#[test]
fn a_difference_of_base_paths_is_named() {
    let folder = empty_folder("bases");
    let document = fs::read_to_string(fixtures().join("clean.yaml")).unwrap();
    fs::write(folder.join("one.yaml"), &document).unwrap();
    fs::write(folder.join("other.yaml"), document.replace("/v1 }", "/v2 }")).unwrap();
    let ran = run(&folder, "check one.yaml --against other.yaml");
    assert!(
        ran.out.contains("help: no path is served by both: the base path here is `/v1`, there it is `/v2`"),
        "{}",
        ran.out
    );
    // Each may be read in its own way.
    fs::write(folder.join("other.toml"), "base-path = '/v1'\n").unwrap();
    assert_eq!(run(&folder, "check one.yaml --against other.yaml --against-config other.toml").code, 0);
}

#[test]
fn what_cannot_be_read_is_not_called_equal() {
    let folder = empty_folder("unreadable");
    fs::copy(fixtures().join("clean.yaml"), folder.join("api.yaml")).unwrap();
    fs::write(folder.join("empty.yaml"), "").unwrap();
    for (one, other) in [("api.yaml", "empty.yaml"), ("empty.yaml", "api.yaml"), ("empty.yaml", "empty.yaml")] {
        let ran = run(&folder, &format!("check {one} --against {other}"));
        assert_eq!(ran.code, 1);
        assert!(ran.out.ends_with(&format!("error: nothing could be compared with {other}\n")), "{}", ran.out);
        let json: Value =
            serde_json::from_str(&run(&folder, &format!("check {one} --against {other} --format json")).out).unwrap();
        assert_eq!(json["against"]["differences"], Value::Null);
    }
}

/// Each real document has the verdict that was reviewed; the findings themselves are reviewed beside the reader.
#[test]
fn verdicts_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.exists() {
        eprintln!("skipped: the corpus is not beside the workspace");
        return;
    }
    let configurations =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy-spec/tests/corpus").canonicalize().unwrap();
    let mut told = String::new();
    for document in [
        "box.json",
        "cds-banking.yaml",
        "datadog-v1.yaml",
        "digitalocean/DigitalOcean-public.v2.yaml",
        "discord.json",
        "figma.yaml",
        "jira-platform-2022.json",
        "ksef.json",
        "slack.json",
        "tags-3.2.yaml",
        "xero-accounting.yaml",
    ] {
        let stem = Path::new(document).file_stem().unwrap().to_string_lossy().into_owned();
        let configuration = configurations.join(format!("{stem}.toml"));
        let config =
            if configuration.exists() { format!(" --config {}", configuration.display()) } else { String::new() };
        let ran = run(&corpus, &format!("check {document}{config}"));
        let verdict = ran.out.lines().rev().find(|line| line.contains(&format!(" in {document}; "))).unwrap();
        told.push_str(&format!("{verdict}\n  exit code {}\n", ran.code));
        let json: Value =
            serde_json::from_str(&run(&corpus, &format!("check {document}{config} --format json")).out).unwrap();
        let mut codes: BTreeMap<String, usize> = BTreeMap::new();
        for finding in json["findings"].as_array().unwrap() {
            let name = format!("{} {}", finding["level"].as_str().unwrap(), finding["code"].as_str().unwrap());
            *codes.entry(name).or_default() += 1;
        }
        for (name, count) in codes {
            told.push_str(&format!("  {name}: {count}\n"));
        }
    }
    insta::assert_snapshot!(told);
}
