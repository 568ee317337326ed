//! `cargo policy scopes`, run as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

#[path = "../run/mod.rs"]
mod run;

mod clients;
mod least;
mod typescript;

use std::path::{Path, PathBuf};

use run::{Ran, command, ran};
use serde_json::{Value, json};

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diff")
}

pub(crate) fn scopes(arguments: &[&str]) -> Ran {
    ran(command(&fixtures()).arg("scopes").args(arguments).output().unwrap())
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&scopes(&[arguments, &["--format", "json"]].concat()).out).unwrap()
}

#[test]
fn what_operations_need_and_why_as_text() {
    let ran =
        scopes(&["hooks.yaml", "--operation", "GET /a", "--operation", "writeB", "--held", "OAuth2=a:read b:read"]);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn what_operations_need_and_why_as_markdown() {
    let ran = scopes(&["before.yaml", "--held", "files:read admin other", "--format", "markdown"]);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn what_operations_need_and_why_as_json() {
    let ran = scopes(&["hooks.yaml", "--webhook", "a-changed", "--held", "a:read x:y", "--format", "json"]);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn all_smallest_sets_are_told_where_there_are_alternatives() {
    let schemes = |arguments: &[&str]| -> Vec<Value> {
        json(arguments)["sets"].as_array().unwrap().iter().map(|set| set["schemes"].clone()).collect()
    };
    for (arguments, expected) in [
        (&["hooks.yaml", "--operation", "GET /a"][..], vec![json!({ "Key": [] }), json!({ "OAuth2": ["a:read"] })]),
        (&["hooks.yaml", "--operation", "listA", "--scheme", "OAuth2"], vec![json!({ "OAuth2": ["a:read"] })]),
        (
            &["hooks.yaml", "--operation", "GET /b"],
            vec![json!({ "OAuth2": ["b:read"] }), json!({ "OAuth2": ["b:write"] })],
        ),
        // Writing is enough for reading, so that nothing else is asked for.
        (&["hooks.yaml", "--operation", "GET /b", "--operation", "POST /b"], vec![json!({ "OAuth2": ["b:write"] })]),
        (
            &["hooks.yaml", "--operation", "GET /c"],
            vec![json!({ "Key": [], "OAuth2": ["c:read"] }), json!({ "Key": ["c:read"], "OAuth2": [] })],
        ),
        (&["hooks.yaml", "--operation", "GET /health"], vec![json!({})]),
        (
            &["hooks.yaml", "--webhook", "a-changed", "--scheme", "OAuth2"],
            vec![json!({ "OAuth2": ["a:read", "b:read"] }), json!({ "OAuth2": ["a:read", "b:write"] })],
        ),
    ] {
        let mut found = schemes(arguments);
        found.sort_by_key(Value::to_string);
        let mut expected = expected;
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected, "{arguments:?}");
    }
}

#[test]
fn exit_codes() {
    let a = ["hooks.yaml", "--operation", "GET /a", "--scheme", "OAuth2"];
    for (arguments, code) in [
        (&["--held", "a:read"][..], 0),
        (&["--held", "a:read", "--fail-on", "excess,missing"], 0),
        (&["--held", "a:read b:read"], 0),
        (&["--held", "a:read b:read", "--fail-on", "excess"], 1),
        (&["--held", "a:read,b:read", "--fail-on", "missing"], 0),
        (&["--held", "OAuth2=a:read", "--held", "Key=b:read", "--fail-on", "excess"], 1),
        (&["--held", "Key=a:read", "--fail-on", "missing"], 1),
        (&["--held", "b:read", "--fail-on", "missing"], 1),
        (&["--held", "", "--fail-on", "missing"], 1),
        (&["--fail-on", "excess"], 2),
        (&["--held", "a\"b"], 2),
        (&["--export", "json"], 2),
    ] {
        let ran = scopes(&[&a, arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}\n{}{}", ran.out, ran.err);
    }
    for (arguments, code, said) in [
        (&["hooks.yaml", "--operation", "GET /aa"][..], 2, "did you mean `GET /a`?"),
        (&["hooks.yaml", "--webhook", "a-change"], 2, "did you mean `a-changed`?"),
        (&["hooks.yaml", "--scheme", "Oauth2"], 2, "did you mean `OAuth2`?"),
        (&["../check/mistakes.yaml"], 2, "it is no policy"),
        // Nobody may call what no credential of the scheme opens.
        (&["hooks.yaml", "--operation", "POST /b", "--scheme", "Key"], 1, ""),
        (&["nowhere.yaml"], 2, "cannot read"),
    ] {
        let ran = scopes(arguments);
        assert_eq!(ran.code, code, "{arguments:?}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains(said) && !ran.err.contains("panicked"), "{arguments:?}\n{}", ran.err);
    }
}

#[test]
fn what_a_scope_map_grants_is_no_excess() {
    let folder = run::empty_folder("scopes-map");
    std::fs::copy(fixtures().join("hooks.yaml"), folder.join("hooks.yaml")).unwrap();
    let map = "document = 'hooks.yaml'\n[[scopes.map]]\nscheme = 'OAuth2'\nfrom = 'A.All'\nto = ['a:read']\n";
    std::fs::write(folder.join("policy.toml"), map).unwrap();
    let run = |held: &str| {
        let mut command = command(&folder);
        command.args([
            "scopes",
            "--operation",
            "GET /a",
            "--scheme",
            "OAuth2",
            "--fail-on",
            "excess,missing",
            "--held",
            held,
        ]);
        ran(command.output().unwrap())
    };
    assert_eq!(run("A.All").code, 0, "{}", run("A.All").out);
    assert_eq!(run("OAuth2=A.All").code, 0);
    assert_eq!(run("B.All").code, 1);
}

#[test]
fn the_page_names_every_key_of_the_json() {
    fn keys(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    found.insert(key.clone());
                    if key != "schemes" {
                        keys(value, found);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scopes.md")).unwrap();
    let mut found = std::collections::BTreeSet::new();
    keys(&json(&["hooks.yaml", "--held", "OAuth2=x:y"]), &mut found);
    let mut table: Value =
        serde_json::from_str(&of_log("keys", &[CALLED], &["--by", "subject", "--format", "json"]).out).unwrap();
    // What is held is named by the document's schemes.
    table["clients"][0]["held"] = Value::Null;
    table["clients"][0]["sets"] = Value::Null;
    keys(&table, &mut found);
    keys(&serde_json::from_str(&scopes(&["hooks.yaml", "--export", "json"]).out).unwrap(), &mut found);
    for key in found {
        assert!(page.contains(&format!("`{key}`")), "docs/scopes.md does not tell of `{key}`");
    }
}

/// A log in a file of its own, and what is told of it.
pub(crate) fn of_log(name: &str, lines: &[&str], arguments: &[&str]) -> Ran {
    let log = run::empty_folder(&format!("scopes-{name}")).join("log");
    std::fs::write(&log, lines.join("\n")).unwrap();
    scopes(&[&["hooks.yaml", "--log", log.to_str().unwrap()], arguments].concat())
}

pub(crate) const CALLED: &str = r#"{"schema":1,"unix_ms":1814356800000,"decision":"allow","method":"GET","route":"/a","subject":"ali","granted":{"OAuth2":"a:read b:write"},"enablement":"enabled","query_names":[],"fingerprint":"0123456789abcdef"}"#;

#[test]
fn a_log_says_what_is_called_and_what_is_held_too_much() {
    let eve = CALLED.replace("ali", "eve").replace("a:read b:write", "a:read");
    let denied = CALLED.replace("\"allow\"", "\"deny\",\"reason\":\"insufficient_scope\"").replace("/a", "/b");
    let later = CALLED.replace("1814356800000", "1900000000000").replace("/a", "/elsewhere");
    let lines = [CALLED, &eve, &denied, &later];
    for (arguments, code, excess) in [
        (["--until", "2028-01-01", "--client", "ali", "--fail-on", "excess"].as_slice(), 1, json!(["b:write"])),
        (&["--until", "2028-01-01", "--client", "eve", "--fail-on", "excess"], 0, json!([])),
        (&["--until", "2028-01-01", "--fail-on", "excess"], 1, json!(["b:write"])),
    ] {
        let ran = of_log("called", &lines, &[arguments, &["--format", "json"]].concat());
        let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
        assert_eq!(ran.code, code, "{arguments:?} {}", ran.err);
        let found: Vec<&Value> = told["excess"].as_array().unwrap().iter().map(|one| &one["scope"]).collect();
        assert_eq!(json!(found), excess, "{arguments:?}");
        assert_eq!(told["operations"].as_array().unwrap().len(), 1, "{told}");
    }
    let ran = of_log("elsewhere", &[CALLED, &later, "garbage"], &[]);
    assert!(
        ran.err.contains("no operation `GET /elsewhere`") && ran.err.contains("1 line of the log not read"),
        "{}",
        ran.err
    );
    let ran = of_log("nobody", &lines, &["--client", "bob"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("no allowed request"), "{}", ran.err);
}
