//! `cargo policy export`: what is written, and what it does not say. `conformance/engines` runs what is written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

#[path = "../run/mod.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use run::{empty_folder, run};

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

#[test]
fn every_kind_of_requirement_in_cedar() {
    insta::assert_snapshot!(run(&documents(), "export cedar archive.yaml --config archive.toml").out);
}

#[test]
fn every_kind_of_requirement_in_rego() {
    insta::assert_snapshot!(run(&documents(), "export rego archive.yaml --config archive.toml").out);
}

#[test]
fn what_is_left_out_is_in_the_exit_code() {
    let all = run(&documents(), "export cedar archive.yaml --config archive.toml");
    assert_eq!(all.code, 1);
    assert!(all.err.contains("--elsewhere order,enablement,query"), "{}", all.err);
    let some = run(&documents(), "export cedar archive.yaml --config archive.toml --elsewhere order,query");
    assert_eq!(some.code, 1);
    assert!(some.err.contains("- enablement:") && !some.err.contains("- query:"), "{}", some.err);
    let none = run(&documents(), "export cedar archive.yaml --config archive.toml --elsewhere order,query,enablement");
    assert_eq!((none.code, none.err.as_str()), (0, ""));
    // The comments name it whatever is enforced elsewhere.
    assert_eq!(none.out, all.out);
    assert!(none.out.contains("\n// - query: "));
}

#[test]
fn a_scope_map_is_named_as_left_out() {
    let folder = empty_folder("export-map");
    fs::write(
        folder.join("api.yaml"),
        "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: { /x: { get: { security: [{ Token: [a] }] } } }\n\
         components: { securitySchemes: { Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { a: A } } } } } }\n",
    )
    .unwrap();
    fs::write(
        folder.join("policy.toml"),
        "document = 'api.yaml'\n[[scopes.map]]\nscheme = 'Token'\nfrom = 'Files.Read'\nto = ['a']\n",
    )
    .unwrap();
    let ran = run(&folder, "export rego --elsewhere order,enablement,query");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("--elsewhere scope-map"), "{}", ran.err);
}

#[test]
fn nothing_is_exported_of_a_document_with_errors() {
    for language in ["cedar", "rego"] {
        let ran = run(&documents(), &format!("export {language} broken.yaml"));
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains("nothing is exported"), "{}", ran.err);
    }
}

/// A document's texts stay within their literals and comments.
#[test]
fn a_hostile_document_writes_no_policy() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/engines/documents");
    for language in ["cedar", "rego"] {
        let ran = run(&document, &format!("export {language} hostile.yaml --elsewhere order,enablement,query"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        insta::assert_snapshot!(format!("hostile_{language}"), ran.out);
        for line in ran.out.lines() {
            assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{line}");
            // No line begins with a text of the document.
            let begins = [
                "//", "#", "@id(", "permit(", "when {", "    (", "};", "package", "import", "default", "allow if",
                "grant", "\t", "}",
            ];
            assert!(line.is_empty() || begins.iter().any(|begin| line.starts_with(begin)), "{line}");
        }
        assert_eq!(ran.out.matches("default allow := true").count(), 1, "in the comment with the version");
    }
}
