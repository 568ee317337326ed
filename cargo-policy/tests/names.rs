//! `cargo policy names`: what everything is called in Rust.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(dead_code, reason = "each test uses a part of what runs the binary")]

mod run;

use std::fs;
use std::path::PathBuf;

use run::{empty_folder, run};
use serde_json::json;

const DOCUMENT: &str = "
openapi: 3.1.0
info: { title: T, version: '1' }
components:
  securitySchemes:
    api-key: { type: http, scheme: bearer, x-scopes: { 'a:r': A, \"b:\\u202e\": B } }
security: [{ api-key: ['a:r'] }]
paths:
  /users/{id}: { delete: { operationId: delete-user } }
  /users/deletions: { post: { operationId: delete_user, security: [{ api-key: [] }, {}] } }
  /called: { get: { operationId: other, x-rust-name: Called, x-required-scopes: [\"b:\\u202e\"] } }
";

fn folder(name: &str, toml: &str) -> PathBuf {
    let folder = empty_folder(&format!("names-{name}"));
    fs::write(folder.join("api.yaml"), DOCUMENT).unwrap();
    fs::write(folder.join("policy.toml"), format!("document = \"api.yaml\"\n{toml}")).unwrap();
    folder
}

#[test]
fn two_of_one_name_are_listed_and_told() {
    let ran = run(&folder("collision", "[levels]\nill-formed-scope = \"warning\""), "names");
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(format!("{}\n--- standard error\n{}", ran.out, ran.err));
}

#[test]
fn names_as_json() {
    let toml = "[levels]\nill-formed-scope = \"warning\"\n[names]\n\"POST /users/deletions\" = \"Deletions\"\n[names.scopes]\n\"a:r\" = \"Reading\"\n";
    let ran = run(&folder("json", toml), "names --format json");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        found,
        json!({
            "schema_version": 1,
            "operations": [
                { "operation": "DELETE /users/{id}", "type": "DeleteUser", "alternatives": null },
                { "operation": "POST /users/deletions", "type": "Deletions", "alternatives": "DeletionsAlternative" },
                { "operation": "GET /called", "type": "Called", "alternatives": null },
            ],
            "scopes": [
                { "scope": "a:r", "type": "Reading" },
                { "scope": "b:\u{202e}", "type": "B" },
            ],
            "schemes": [{ "scheme": "api-key", "constant": "API_KEY" }],
        })
    );
}

#[test]
fn what_can_be_read_of_a_bad_document_is_listed_beside_its_errors() {
    let ran = run(&folder("bad", ""), "names");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("DeleteUser") && ran.err.contains("error[ill-formed-scope]"), "{}\n{}", ran.out, ran.err);
    let nothing = empty_folder("names-nothing");
    fs::write(nothing.join("api.yaml"), "[]").unwrap();
    assert_eq!(run(&nothing, "names api.yaml").code, 2);
}
