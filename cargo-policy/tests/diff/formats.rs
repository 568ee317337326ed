//! What each format shows, and the exit codes.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Ran, run};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diff")
}

fn diff(arguments: &str) -> Ran {
    run(&fixtures(), &format!("diff {arguments}"))
}

#[test]
fn every_danger_as_text() {
    insta::assert_snapshot!(diff("before.yaml after.yaml --fail-on opened,narrowed").out);
}

#[test]
fn every_danger_as_markdown() {
    insta::assert_snapshot!(diff("before.yaml after.yaml --format markdown --fail-on opened").out);
}

#[test]
fn every_danger_as_annotations() {
    insta::assert_snapshot!(diff("before.yaml after.yaml --format github --fail-on opened").out);
}

#[test]
fn every_danger_as_json() {
    insta::assert_snapshot!(diff("before.yaml after.yaml --format json --fail-on opened").out);
}

#[test]
fn the_page_shows_both_states_of_every_route_without_scripts() {
    let page = diff("before.yaml after.yaml --format html").out;
    let row = |route: &str| {
        let start = page.rfind(&format!("<tr><td><code>{route}</code>")).unwrap_or_else(|| panic!("{route}"));
        page.get(start..).unwrap().lines().next().unwrap().to_owned()
    };
    let opened = row("GET /public");
    assert!(opened.contains("required") && opened.contains("public") && opened.contains("differs"), "{opened}");
    assert!(!row("GET /files/{id}").contains("differs"));
    assert!(row("GET /gone").contains("<td class=\"differs\">—"), "{}", row("GET /gone"));
    for danger in ["opened", "widened", "incomparable", "added", "order", "query", "narrowed", "removed", "renamed"] {
        assert!(page.contains(&format!("<section class=\"plain {danger}\">")), "{danger}");
    }
    // Nothing is loaded, and nothing runs but the page's own script.
    assert!(page.contains("default-src 'none'") && page.contains("script-src 'sha256-"), "{page}");
    assert!(!page.contains(" src=") && !page.contains("<link") && page.matches("<script").count() == 3, "{page}");
}

#[test]
fn exit_codes() {
    for (arguments, code) in [
        ("before.yaml before.yaml --fail-on any", 0),
        ("before.yaml after.yaml", 0),
        ("before.yaml after.yaml --fail-on any", 1),
        ("before.yaml after.yaml --fail-on opened", 1),
        ("before.yaml after.yaml --fail-on widened", 1),
        ("before.yaml after.yaml --fail-on incomparable", 1),
        ("before.yaml after.yaml --fail-on added", 1),
        ("before.yaml after.yaml --fail-on added-open", 1),
        ("before.yaml after.yaml --fail-on order,query", 1),
        ("before.yaml after.yaml --fail-on catalogue", 1),
        ("before.yaml after.yaml --fail-on renamed", 1),
        ("after.yaml before.yaml --fail-on opened", 0),
        ("after.yaml before.yaml --fail-on removed", 1),
        ("before.yaml after.yaml --format json --fail-on removed", 1),
        ("before.yaml after.yaml --format markdown --fail-on removed", 1),
        ("before.yaml after.yaml --format github --fail-on removed", 1),
        ("before.yaml after.yaml --format html --fail-on removed", 1),
        ("before.yaml ../check/mistakes.yaml", 1),
        ("../check/mistakes.yaml before.yaml", 1),
        ("before.yaml after.yaml --fail-on everything", 2),
        ("before.yaml nowhere.yaml", 2),
        ("before.yaml after.yaml --base main", 2),
        ("before.yaml after.yaml --config nowhere.toml", 2),
        ("before.yaml after.yaml --old-config nowhere.toml", 2),
        ("before.yaml after.yaml --output no-such-folder/out.txt", 2),
    ] {
        let ran = diff(arguments);
        assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.out, ran.err);
        assert!(ran.code != 2 || ran.out.is_empty() && !ran.err.is_empty(), "{arguments}\n{}{}", ran.out, ran.err);
        assert!(!ran.err.contains("panicked"), "{arguments}\n{}", ran.err);
    }
}

/// Where a document has a second way to authenticate, as most have, its operations are grouped by what the first one lost.
#[test]
fn scopes_of_one_alternative_are_named_and_grouped() {
    let folder = crate::run::empty_folder("diff-alternatives");
    let document = |scopes: &str| {
        let mut text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n    Key: { type: apiKey, in: header, name: k }\n    Token: { type: http, scheme: bearer }\npaths:\n".to_owned();
        for at in 0..36 {
            text.push_str(&format!(
                "  /p{at}: {{ get: {{ security: [{{ Key: [] }}, {{ Token: [{scopes}'p{at}'] }}] }} }}\n"
            ));
        }
        text
    };
    std::fs::write(folder.join("old.yaml"), document("'x:read', ")).unwrap();
    std::fs::write(folder.join("new.yaml"), document("")).unwrap();
    for (documents, expected) in [
        ("old.yaml new.yaml", "36 operations no longer require `x:read` in one alternative"),
        ("new.yaml old.yaml", "36 operations require `x:read` in one alternative too"),
    ] {
        let ran = run(&folder, &format!("diff {documents}"));
        assert!(ran.out.contains(expected) && ran.out.contains("36 differences"), "{}", ran.out);
    }
}

#[test]
fn a_document_does_not_differ_from_itself() {
    for document in ["before.yaml", "after.yaml"] {
        let ran = diff(&format!("{document} {document} --format json"));
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(json["differences"], serde_json::json!([]));
        assert_eq!(
            diff(&format!("{document} {document}")).out,
            format!("ok: no difference between `{document}` and `{document}`\n")
        );
    }
}

/// One engine: what `check --against` calls a difference, `diff` tells, but that a renamed route is told once.
#[test]
fn the_differences_are_those_of_check_against() {
    let of = |ran: Ran, pointer: &str| -> Vec<String> {
        let json: Value = serde_json::from_str(&ran.out).unwrap();
        let all = json.pointer(pointer).and_then(Value::as_array).unwrap().clone();
        let mut changes: Vec<String> = all.iter().map(|one| one["change"].as_str().unwrap().to_owned()).collect();
        changes.retain(|change| !change.starts_with("scope-"));
        changes.sort();
        changes
    };
    let mut told = of(diff("before.yaml after.yaml --format json"), "/differences");
    let renamed = told.iter().position(|change| change == "operation-renamed").unwrap();
    told.splice(renamed..=renamed, ["operation-added".to_owned(), "operation-removed".to_owned()]);
    told.sort();
    let checked = run(&fixtures(), "check after.yaml --against before.yaml --format json");
    assert_eq!(told, of(checked, "/against/differences"));
}

#[test]
fn every_witness_is_confirmed_by_the_decision() {
    let json: Value = serde_json::from_str(&diff("before.yaml after.yaml --format json").out).unwrap();
    let mut confirmed = 0;
    for one in json["differences"].as_array().unwrap() {
        if one["gained"].is_object() || one["lost"].is_object() {
            assert_eq!(one["confirmed"], true, "{one}");
            confirmed += 1;
        }
    }
    assert!(confirmed >= 8, "{confirmed}");
}

/// The keys of the page's schema are those that are written.
#[test]
fn the_page_names_every_key_of_the_json() {
    fn keys(value: &Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    found.insert(key.clone());
                    if key != "counts" && key != "schemes" {
                        keys(value, found);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diff.md")).unwrap();
    let mut found = std::collections::BTreeSet::new();
    keys(&serde_json::from_str(&diff("before.yaml after.yaml --format json").out).unwrap(), &mut found);
    for key in found {
        assert!(page.contains(&format!("`{key}`")), "docs/diff.md does not tell of `{key}`");
    }
    for danger in policy_spec::Danger::ALL {
        assert!(page.contains(&format!("| `{danger}` | {} |", danger.summary())), "{danger}");
    }
}
