//! Decisions explained by the program.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a test")]

mod command;

use std::path::Path;

use command::{documents, run, workspace};
use serde_json::Value;

/// The explanations of these requests, one after the other, with what is told beside them.
fn told(folder: &Path, common: &[&str], requests: &[&[&str]]) -> String {
    let mut text = String::new();
    for request in requests {
        let arguments: Vec<&str> = ["explain"].iter().chain(*request).chain(common).copied().collect();
        let ran = run(folder, &arguments);
        assert_eq!(ran.code, Some(0), "{request:?}: {}", ran.err);
        let shown: Vec<String> = request
            .iter()
            .map(|word| if word.contains([' ', '&', '?', '\\']) { format!("'{word}'") } else { (*word).to_owned() })
            .collect();
        text.push_str(&format!("$ cargo policy explain {}\n{}", shown.join(" "), ran.out));
        if !ran.err.is_empty() {
            text.push_str(&format!("---- standard error\n{}", ran.err));
        }
        text.push('\n');
    }
    text
}

#[test]
fn every_stage_of_the_reference_api() {
    let all = "encounters:read,patients:read,documents:read";
    let list = "/external/v1/encounters";
    let audio = "/external/v1/encounters/enc_1/documents/doc_2/audio";
    let shown = told(
        &workspace(),
        &[],
        &[
            &["GET", "/external/v1/encounters?limit=5", "--scopes", all],
            &["GET", list],
            &["GET", audio, "--schemes", "ApiKey", "--scopes", all, "--not-enabled"],
            &["GET", audio, "--scopes", "encounters:read documents:read"],
            &["GET", list, "--scopes", "encounter:read"],
            &["GET", list, "--scopes", all, "--query", "limit=5&owners=me"],
            // The scopes come before the query.
            &["GET", "/external/v1/encounters?owners=me", "--scopes", "patients:read"],
        ],
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn every_kind_of_requirement() {
    let shown = told(
        &documents(),
        &["--config", "archive.toml"],
        &[
            &["GET", "/v2/files?filter[owner]=me", "--schemes", "Key"],
            &["GET", "/v2/files", "--schemes", "OAuth2", "--scopes", "files:write"],
            &["POST", "/v2/files", "--schemes", "Key"],
            &["POST", "/v2/files", "--grant", "OAuth2=files:write,admin", "--grant", "Signature"],
            &["POST", "/v2/files", "--schemes", "OAuth2,Signature"],
            &["GET", "/v2/files/7"],
            &["GET", "/v2/files/7", "--schemes", "Key"],
            &["GET", "/v2/files/7", "--scopes", "files:read", "--not-enabled"],
            // Scopes count for the scheme that granted them: the key's do not help the token.
            &[
                "DELETE",
                "/v2/files/7",
                "--grant",
                "OAuth2=files:write",
                "--grant",
                "Key=admin,legal:hold",
                "--grant",
                "Signature",
            ],
            &["DELETE", "/v2/files/7", "--grant", "OAuth2=files:write", "--schemes", "Key,Signature"],
            &["POST", "/v2/files/7/share", "--schemes", "Key", "--scopes", "share:mail"],
            &["POST", "/v2/files/7/share", "--schemes", "OAuth2", "--scopes", "files:read"],
            &["GET", "/v2/links/a.json", "--grant", "Key=links:read"],
            &["GET", "/v2/links/a", "--query", "key=secret", "--schemes", "LinkKey"],
            &["GET", "/v2/search?anything=goes", "--schemes", "Key"],
            &["GET", "/v2/status?x=1", "--schemes", "Key", "--scopes", "admin"],
            &["GET", "/v2/forgotten", "--schemes", "Key"],
            &["GET", "/v2/recent"],
        ],
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_reaches_no_operation() {
    let shown = told(
        &workspace(),
        &[],
        &[
            &["GET", "/encounters"],
            &["GET", "/api/external/v2/encounters", "--schemes", "ApiKey"],
            &["GET", "/external/v1/encounters/", "--schemes", "ApiKey"],
            &["GET", "/External/v1/Encounters", "--schemes", "ApiKey"],
            &["GET", "/external/v1/encounter", "--schemes", "ApiKey"],
            &["GET", "/encounter/enc_1", "--schemes", "ApiKey"],
            &["GET", "/nothing/like/it"],
            &["GET", "/external/v1/encounters/a%2Fb", "--schemes", "ApiKey"],
            &["GET", "/external/v1/encounters/../encounters", "--schemes", "ApiKey"],
            &["GET", "/external/v1/encounters?limit=5", "--query", "", "--schemes", "ApiKey"],
            &["GET", "https://api.charthero.example/external/v1/encounters", "--schemes", "ApiKey"],
            &["get", "/external/v1/encounters", "--schemes", "ApiKey"],
            &["POST", "/external/v1/encounters"],
            &["HEAD", "/external/v1/encounters"],
            &["HEAD", "/external/v1/encounters", "--scopes", "encounters:read,patients:read,documents:read"],
        ],
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_bad_document_is_explained_with_its_errors_beside_it() {
    let shown = told(
        &documents(),
        &["--document", "broken.yaml"],
        &[
            &["GET", "/notes", "--scopes", "notes:read"],
            &["GET", "/notes/1", "--scopes", "notes:read"],
            &["GET", "/notes/new/parts", "--schemes", "Token"],
            &["GET", "/forgotten"],
            &["GET", "/twins/1", "--schemes", "Token"],
            &["GET", "/unreadable"],
        ],
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn the_same_as_json() {
    let json = |arguments: &[&str]| {
        let ran = run(&documents(), &[&["explain", "--format", "json"], arguments].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "the findings are in the JSON");
        ran.out
    };
    insta::assert_snapshot!(
        "an_operation_as_json",
        json(&[
            "POST",
            "/v2/files/7/share?x=1",
            "--config",
            "archive.toml",
            "--grant",
            "OAuth2=share:mail",
            "--schemes",
            "Key"
        ])
    );
    insta::assert_snapshot!("no_operation_as_json", json(&["get", "/v2/files/7", "--config", "archive.toml"]));
    insta::assert_snapshot!("a_bad_document_as_json", json(&["GET", "/notes", "--document", "broken.yaml"]));
}

#[test]
fn what_cannot_be_explained_is_said_with_what_to_do() {
    let archive = ["--config", "archive.toml"];
    let cases: [(&[&str], &str, &str); 8] = [
        (&["GET", "/v2/files", "--schemes", "key"], "declares no security scheme `key`", "did you mean `Key`?"),
        (
            &["GET", "/v2/files", "--grant", "Nothing=a"],
            "no security scheme `Nothing`",
            "it declares `OAuth2`, `Key`, `LinkKey`, `Signature`",
        ),
        (&["GET", "/v2/files", "--scopes", "a\"b"], "`a\\\"b` is no scope token", "separated by commas or spaces"),
        (
            &["GET", "/v2/files", "--scopes", "admin"],
            "it depends on who granted the scopes",
            "`--schemes Key` or `--schemes OAuth2`",
        ),
        (
            &["GET", "/v2/files", "--scopes", "admin", "--grant", "Key"],
            "no scheme is named for `--scopes`",
            "by `--grant`",
        ),
        (&["GET", "/v2/files", "--document", "absent.yaml"], "cannot read `absent.yaml`", ""),
        (&["GET"], "<PATH>", "Usage: cargo policy explain"),
        (&["GET", "/v2/files", "--format", "yaml"], "invalid value 'yaml'", "possible values: text, json"),
    ];
    for (arguments, problem, help) in cases {
        let ran = run(&documents(), &[&["explain"], arguments, &archive].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.contains(problem) && ran.err.contains(help), "{}", ran.err);
    }
}

#[test]
fn names_of_the_answers_are_those_that_are_sent() {
    for (unmatched, arguments) in [
        (policy_http::Unmatched::NotFound, ["GET", "/nothing"]),
        (policy_http::Unmatched::MethodNotAllowed, ["PUT", "/v2/files"]),
    ] {
        let common = ["explain", "--config", "archive.toml", "--format", "json", "--schemes", "Key"];
        let ran = run(&documents(), &[&common[..], &arguments].concat());
        let answer = serde_json::from_str::<Value>(&ran.out).unwrap()["answer"].clone();
        assert_eq!(answer["status"], unmatched.status());
        assert_eq!(answer["reason_code"], unmatched.code());
    }
}

#[test]
fn colours_are_for_terminals() {
    let arguments = ["explain", "GET", "/v2/files", "--config", "archive.toml"];
    assert!(!run(&documents(), &arguments).out.contains('\x1b'));
    let colored = run(&documents(), &[&arguments[..], &["--color", "always"]].concat()).out;
    assert!(colored.starts_with("\x1b[1m\x1b[91mdenied[missing_credential]\x1b[0m"), "{colored:?}");
}

/// What `scopes.map` grants today counts, and is told; an entry that ended does not, and neither does one for another scheme.
#[test]
fn the_scope_map_counts_and_is_told() {
    let folder = std::env::temp_dir().join(format!("explain-scope-map-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let document = "openapi: 3.1.0
info: { title: Notes, version: '1' }
components:
  securitySchemes:
    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { notes:read: Read. } } } }
    Other: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { notes:read: Read. } } } }
paths:
  /notes: { get: { operationId: list, security: [{ OAuth: [notes:read] }, { Other: [notes:read] }] } }
";
    let entry = |from: &str, until: &str| {
        format!("[[scopes.map]]\nscheme = 'OAuth'\nfrom = '{from}'\nto = ['notes:read']\nuntil = '{until}'\n")
    };
    let toml = entry("Notes.Read", "2999-01-01")
        + &entry("Notes.Old", "2020-01-01")
        + "[levels]\nexpired-scope-map-entry = 'warning'\n";
    std::fs::write(folder.join("openapi.yaml"), document).unwrap();
    std::fs::write(folder.join("policy.toml"), format!("document = 'openapi.yaml'\n{toml}")).unwrap();
    for (grant, is_allowed, note) in [
        ("OAuth=Notes.Read", true, "`scopes.map` says OAuth: `Notes.Read` grants `notes:read` until 2999-01-01"),
        ("OAuth=Notes.Old", false, ""),
        ("OAuth=notes.read", false, "the document does not know `notes.read`"),
        ("Other=Notes.Read", false, ""),
    ] {
        let shown = told(&folder, &[], &[&["GET", "/notes", "--grant", grant]]);
        assert!(shown.contains(note), "{shown}");
        assert_eq!(shown.contains("all that it requires is granted"), is_allowed, "{shown}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
