//! `cargo policy check --emit-extensions`, run as a user runs it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::fs;
use std::path::Path;

use run::{empty_folder, fixtures, run};

#[test]
fn the_copy_says_what_each_operation_requires_and_is_the_same_policy() {
    let folder = empty_folder("emitted");
    let original = fixtures().join("published.yaml");
    let ran = run(&folder, &format!("check {} --emit-extensions --output copy.yaml", original.display()));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let copy = fs::read_to_string(folder.join("copy.yaml")).unwrap();
    insta::assert_snapshot!(copy);
    let against = run(&folder, &format!("check copy.yaml --against {}", original.display()));
    assert_eq!(against.code, 0, "{}", against.out);
    // What no list can say is named, with its reason and its place.
    assert!(
        ran.err.contains(
            "not for 1 operation: its alternatives need different scopes, and a list is an AND\n  `GET /files/{file}` ("
        ),
        "{}",
        ran.err
    );
    // On standard output it is the same text.
    assert_eq!(run(&folder, &format!("check {} --emit-extensions", original.display())).out, copy);
    // Written once, it is written.
    assert_eq!(run(&folder, "check copy.yaml --emit-extensions").out, copy);
}

#[test]
fn nothing_is_written_of_a_document_that_is_no_policy() {
    let folder = empty_folder("emitted-nothing");
    let document = fixtures().join("mistakes.yaml");
    let ran = run(&folder, &format!("check {} --emit-extensions --output copy.yaml", document.display()));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no policy") && !folder.join("copy.yaml").exists(), "{}", ran.err);
}

#[test]
fn a_configured_extension_of_that_name_must_be_such_a_list() {
    let folder = empty_folder("emitted-otherwise");
    fs::copy(fixtures().join("clean.yaml"), folder.join("api.yaml")).unwrap();
    fs::write(folder.join("any.toml"), "[[extensions]]\nname = 'x-required-scopes'\ncombine = 'any'\n").unwrap();
    let ran = run(&folder, "check api.yaml --config any.toml --emit-extensions");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("`x-required-scopes` is configured, but not as a list of scopes that are all required"),
        "{}",
        ran.err
    );
}

/// A list that nobody reads yet would be read in the copy.
#[test]
fn a_copy_that_would_say_something_else_is_not_given_out() {
    let folder = empty_folder("emitted-stale");
    let document = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n    A: { type: http, scheme: bearer }\n    B: { type: http, scheme: basic }\npaths:\n  /a:\n    get: { security: [{ A: [x] }, { B: [] }], x-required-scopes: [y] }\n";
    fs::write(folder.join("api.yaml"), document).unwrap();
    fs::write(folder.join("vendor.toml"), "[[extensions]]\nname = 'x-vendor'\n").unwrap();
    let ran = run(&folder, "check api.yaml --config vendor.toml --emit-extensions --output copy.yaml");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("the copy would not be the same policy as the document"), "{}", ran.err);
    assert!(!folder.join("copy.yaml").exists());
}

#[test]
fn a_copy_with_errors_of_its_own_is_not_given_out() {
    let folder = empty_folder("emitted-waived");
    let document = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n    A: { type: http, scheme: bearer, x-scopes: { x: X } }\npaths:\n  /a:\n    get: { security: [{ A: [y] }] }\n";
    fs::write(folder.join("api.yaml"), document).unwrap();
    let waiver = |location: &str| {
        format!(
            "document = 'api.yaml'\n[[waivers]]\ncode = 'undeclared-scope'\nlocation = '{location}'\nreason = 'soon'\nexpires = '9999-12-31'\n"
        )
    };
    fs::write(folder.join("policy.toml"), waiver("#/paths/~1a/get/security")).unwrap();
    let ran = run(&folder, "check --emit-extensions");
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(
        ran.err.contains("error[undeclared-scope]") && ran.err.contains("the copy would have errors"),
        "{}",
        ran.err
    );
    fs::write(folder.join("policy.toml"), waiver("GET /a")).unwrap();
    assert_eq!(run(&folder, "check --emit-extensions").code, 0);
}

#[test]
fn a_document_of_several_files_is_copied_whole() {
    let folder = empty_folder("emitted-tree");
    let tree = folder.join("tree");
    fs::create_dir_all(tree.join("paths")).unwrap();
    fs::write(
        tree.join("api.yaml"),
        "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n    A: { type: http, scheme: bearer }\nsecurity: [{ A: [x] }]\npaths:\n  /a: { $ref: paths/a.yaml }\n",
    )
    .unwrap();
    let part = "# kept\nget:\n  operationId: a\n  parameters: [{ $ref: ../limit.yaml }]\n";
    fs::write(tree.join("paths/a.yaml"), part).unwrap();
    fs::write(tree.join("limit.yaml"), "{ name: limit, in: query }\n").unwrap();
    let ran = run(&folder, "check tree/api.yaml --emit-extensions");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is one of 3 files") && ran.err.contains("--output FOLDER"), "{}", ran.err);
    assert_eq!(run(&folder, "check tree/api.yaml --emit-extensions --output tree").code, 2);
    assert_eq!(fs::read_to_string(tree.join("paths/a.yaml")).unwrap(), part);
    let ran = run(&folder, "check tree/api.yaml --emit-extensions --output copy");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        fs::read_to_string(folder.join("copy/paths/a.yaml")).unwrap(),
        "# kept\nget:\n  x-required-scopes: [x]\n  operationId: a\n  parameters: [{ $ref: ../limit.yaml }]\n"
    );
    assert_eq!(fs::read_to_string(folder.join("copy/limit.yaml")).unwrap(), "{ name: limit, in: query }\n");
    assert_eq!(run(&folder, "check copy/api.yaml --against tree/api.yaml").code, 0);
}

/// The copies of real documents, against the originals.
#[test]
fn copies_of_the_corpus_are_clean_against_the_originals() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.exists() {
        eprintln!("skipped: the corpus is not beside the workspace");
        return;
    }
    let folder = empty_folder("emitted-corpus");
    for document in [
        "box.json",
        "slack.json",
        "xero-accounting.yaml",
        "figma.yaml",
        "discord.json",
        "digitalocean/DigitalOcean-public.v2.yaml",
    ] {
        let original = corpus.join(document);
        let several = document.contains('/');
        let output = if several { "tree" } else { "copy" };
        let ran = run(&folder, &format!("check {} --emit-extensions --output {output}", original.display()));
        if ran.err.contains("no policy") {
            assert_eq!(ran.code, 1, "{document}: {}", ran.err);
            continue;
        }
        assert_eq!(ran.code, 0, "{document}: {}", ran.err);
        let copy = if several { "tree/DigitalOcean-public.v2.yaml" } else { "copy" };
        let against = run(&folder, &format!("check {copy} --against {}", original.display()));
        assert_eq!(against.code, 0, "{document}: {}", against.out);
    }
}
