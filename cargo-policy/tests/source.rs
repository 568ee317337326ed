//! A policy's source is the document, its overlays and `policy.toml`: every command reads all of it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::fs;
use std::path::PathBuf;

use run::{empty_folder, run};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Orders, version: '1' }
paths:
  /orders:
    get: { operationId: listOrders, summary: Lists orders }
    post:
      operationId: addOrder
      security: [{ Token: ['orders:write'] }]
  /health:
    get: { operationId: health }
  /old:
    get: { operationId: old, security: [] }
";
const OVERLAY: &str = "overlay: 1.1.0
info: { title: Who may call the orders API, version: 1.0.0 }
actions:
- target: $
  update:
    components:
      securitySchemes:
        Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /token, scopes: { 'orders:read': Read, 'orders:write': Write } } } }
        Key: { type: apiKey, in: header, name: x-key }
- target: $.paths['/orders'].get
  update: { security: [{ Token: ['orders:read'] }] }
- target: $.paths['/orders'].post.security
  update: { Key: [] }
- target: $.paths['/old']
  remove: true
";
const CONFIGURATION: &str = "document = \"spec/orders.yaml\"
overlays = [\"policy.overlay.yaml\"]

[[public]]
operations = [\"GET /health\"]
reason = \"load balancers ask | often\"
";

/// A project: the document in a folder of its own, overlay and configuration above it.
fn project(name: &str) -> PathBuf {
    let folder = empty_folder(name);
    fs::create_dir(folder.join("spec")).unwrap();
    fs::write(folder.join("spec/orders.yaml"), DOCUMENT).unwrap();
    fs::write(folder.join("policy.overlay.yaml"), OVERLAY).unwrap();
    fs::write(folder.join("policy.toml"), CONFIGURATION).unwrap();
    folder
}

#[test]
fn a_named_document_is_read_as_its_policy_toml_says() {
    let folder = project("source-named");
    fs::create_dir(folder.join("elsewhere")).unwrap();
    let commands = ["check --format json", "audit --format json", "docs", "explain GET /health"];
    for command in commands {
        let by_project = run(&folder, command);
        let named = if command.starts_with("explain") { "--document spec/orders.yaml" } else { "spec/orders.yaml" };
        let by_name = run(&folder, &format!("{command} {named}"));
        assert_eq!((by_name.code, &by_name.out), (by_project.code, &by_project.out), "{command}: {}", by_name.err);
        assert_eq!(by_name.code, 0, "{}{}", by_name.out, by_name.err);
    }
    // From another folder too, and the command says by what it was read.
    let ran = run(&folder.join("elsewhere"), "check ../spec/orders.yaml");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("read as `../policy.toml` says"), "{}", ran.out);
}

#[test]
fn a_policy_toml_about_another_document_is_left_alone() {
    let folder = project("source-other");
    fs::write(
        folder.join("spec/other.yaml"),
        "openapi: 3.1.0\ninfo: { title: T, version: '1' }\nsecurity: []\npaths: { /a: { get: { operationId: a } } }\n",
    )
    .unwrap();
    let ran = run(&folder, "check spec/other.yaml");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(!ran.out.contains("policy.toml"), "{}", ran.out);
    // One that names no document is about each below it, as in a build.
    fs::write(folder.join("policy.toml"), "[levels]\nundeclared-operation = 'allow'\n").unwrap();
    assert!(run(&folder, "check spec/other.yaml").out.contains("read as `policy.toml` says"));
    // One that cannot be read may be the one.
    fs::write(folder.join("policy.toml"), "undeclaerd = 1\n").unwrap();
    let ran = run(&folder, "check spec/other.yaml");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no key `undeclaerd`"), "{}", ran.err);
}

/// Both sides of a comparison are read whole.
#[test]
fn the_other_document_is_read_with_its_own_source() {
    let (folder, other) = (project("source-against"), project("source-against-other"));
    let there = other.join("spec/orders.yaml");
    let same = run(&folder, &format!("check --against {}", there.display()));
    assert_eq!(same.code, 0, "{}", same.out);
    fs::write(
        other.join("policy.toml"),
        CONFIGURATION.replace("overlay.yaml\"]\n", "overlay.yaml\"]\nbase-path = \"/v9\"\n"),
    )
    .unwrap();
    let moved = run(&folder, &format!("check --against {}", there.display()));
    assert!(moved.code == 1 && moved.out.contains("/v9"), "{}", moved.out);
    // A copy that no configuration names is read like the document.
    let copy = folder.join("copy.yaml");
    fs::copy(folder.join("spec/orders.yaml"), &copy).unwrap();
    let ran = run(&folder, "check --against copy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn check_tells_what_overlays_changed() {
    let ran = run(&project("source-check"), "check --all");
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn the_audit_shows_public_entries_and_overlays_in_every_format() {
    let folder = project("source-audit");
    for format in ["text", "markdown", "csv", "json"] {
        let ran = run(&folder, &format!("audit --format {format}"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        insta::assert_snapshot!(format!("audit_of_overlays_as_{format}"), ran.out);
    }
    let page = run(&folder, "audit --format html").out;
    let plain = page.split("<noscript").nth(1).or(page.split("<tbody").nth(1)).unwrap_or_default();
    for said in ["[[public]]: load balancers ask | often", "overlays, before: Token[orders:write]"] {
        assert!(plain.contains(said), "{said}");
    }
    assert!(page.contains("policy.overlay.yaml") && page.contains("GET /old"));
}

#[test]
fn explain_shows_the_line_that_opens_an_operation() {
    let ran = run(&project("source-explain"), "explain GET /health");
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

/// The copy is the document's; the overlays stay beside it, and the two together are the same policy.
#[test]
fn emitted_lists_say_what_is_required_with_the_overlays() {
    let folder = project("source-emitted");
    let overlay = OVERLAY.replace("info: {", "extends: spec/orders.yaml\ninfo: {");
    fs::write(
        folder.join("policy.overlay.yaml"),
        overlay + "- target: $.paths\n  update: { /new: { get: { operationId: new, security: [{ Key: [] }] } } }\n",
    )
    .unwrap();
    let ran = run(&folder, "check --emit-extensions --output spec/copy.yaml");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said =
        ran.err.split_once("wrote `x-required-scopes`").map(|(_, rest)| format!("wrote{rest}")).unwrap_or_default();
    insta::assert_snapshot!(format!("{}---\n{said}", fs::read_to_string(folder.join("spec/copy.yaml")).unwrap()));
    // The overlay is as it was, and no file of it is written.
    assert!(!folder.join("spec/policy.overlay.yaml").exists());
    let with_lists =
        format!("{}\n[[extensions]]\nname = \"x-required-scopes\"\n", CONFIGURATION.replace("orders", "copy"));
    fs::write(folder.join("copy.toml"), with_lists).unwrap();
    fs::write(
        folder.join("policy.overlay.yaml"),
        fs::read_to_string(folder.join("policy.overlay.yaml")).unwrap().replace("extends: spec/orders.yaml\n", ""),
    )
    .unwrap();
    let same = run(&folder, "check spec/copy.yaml --config copy.toml --against spec/orders.yaml");
    assert_eq!(same.code, 0, "{}", same.out);
}

/// A document of several files is copied without its overlays, which are no part of its folder.
#[test]
fn a_tree_is_emitted_without_its_overlays() {
    let folder = project("source-tree");
    let document = DOCUMENT.replace("  /old:\n", "  /part: { $ref: 'part.yaml' }\n  /old:\n");
    fs::write(folder.join("spec/orders.yaml"), document).unwrap();
    fs::write(folder.join("spec/part.yaml"), "get:\n  operationId: part\n  security: [{ Token: ['orders:read'] }]\n")
        .unwrap();
    let ran = run(&folder, "check --emit-extensions --output copies");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut files: Vec<_> = fs::read_dir(folder.join("copies"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["orders.yaml", "part.yaml"]);
    assert!(fs::read_to_string(folder.join("copies/part.yaml")).unwrap().contains("x-required-scopes: [orders:read]"));
}
