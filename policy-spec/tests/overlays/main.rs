//! Overlays: what they mean, and what is said about each mistake in one.
#![cfg(feature = "overlays")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod budget;

use std::fs;
use std::path::{Path, PathBuf};

use policy_spec::{Code, Configuration, Level, Loaded, PolicyModel};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: Notes, version: '1' }
components:
  securitySchemes:
    Key: { type: http, scheme: bearer, x-scopes: { 'notes:read': Read., 'notes:write': Write. } }
    Other: { type: apiKey, in: header, name: x-other }
security: [{ Key: ['notes:read'] }]
paths:
  /notes:
    get: &list { operationId: list, tags: [notes] }
    post: { operationId: create, security: [{ Key: ['notes:write'] }] }
  /notes/{id}:
    get: *list
  /health:
    get: { operationId: health, security: [] }
";
const HEAD: &str = "overlay: 1.1.0\ninfo: { title: T, version: '1' }\nactions:\n";
const CONFIGURATION: &str = "document = 'api.yaml'\noverlays = ['policy.overlay.yaml']\n[levels]\nunused-scope = 'allow'\nduplicate-operation-id = 'allow'\n";

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("policy-overlays-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.0.join(file), text).unwrap();
        self
    }

    fn load(&self) -> Loaded {
        let configuration = Configuration::load(&self.0.join("policy.toml")).unwrap();
        policy_spec::load(&self.0.join("api.yaml"), &configuration.settings)
    }

    /// Everything that was found, without where the folder lies.
    fn shown(&self, loaded: &Loaded) -> String {
        loaded.render(false).replace(&format!("{}/", self.0.display()), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str, document: &str, overlay: &str) -> Folder {
    Folder::new(name).with("api.yaml", document).with("policy.overlay.yaml", overlay).with("policy.toml", CONFIGURATION)
}

/// Each operation with its requirement.
fn requirements(model: &PolicyModel) -> Vec<String> {
    model.operations.iter().map(|one| format!("{}: {}", one.key(), one.requirement)).collect()
}

#[test]
fn each_action_changes_what_it_selects_and_nothing_else() {
    let of = |operations: [&str; 4]| {
        let keys = ["GET /notes", "POST /notes", "GET /notes/{id}", "GET /health"];
        let all = keys.iter().zip(operations).filter(|(_, one)| !one.is_empty());
        all.map(|(key, one)| format!("{key}: {one}")).collect::<Vec<_>>()
    };
    const READ: &str = "Key[notes:read]";
    const WRITE: &str = "Key[notes:write]";
    let cases = [
        (
            "nothing that policy reads",
            "- { target: $.info, update: { title: Others } }",
            of([READ, WRITE, READ, "public"]),
        ),
        // Lists are appended to: an alternative more is an OR.
        (
            "an alternative is added for all that inherit",
            "- { target: $.security, update: { Other: [] } }",
            of(["Key[notes:read] or Other", WRITE, "Key[notes:read] or Other", "public"]),
        ),
        (
            "a list is concatenated",
            "- { target: \"$.paths['/notes'].post.security\", update: [{ Other: [] }, {}] }",
            of([READ, "Key[notes:write] or Other or anonymous", READ, "public"]),
        ),
        (
            "a list in a mapping is concatenated too",
            "- { target: \"$.paths['/notes'].post\", update: { security: [{ Other: [] }] } }",
            of([READ, "Key[notes:write] or Other", READ, "public"]),
        ),
        (
            "replaced: removed, then written",
            "- { target: $.security, remove: true }\n- { target: $, update: { security: [{ Other: [] }] } }",
            of(["Other", WRITE, "Other", "public"]),
        ),
        (
            "a scope within a list",
            "- { target: \"$.security[0].Key[?@ == 'notes:read']\", update: 'notes:write' }",
            of([WRITE, WRITE, WRITE, "public"]),
        ),
        ("what is removed inherits", "- { target: $.paths.*.*.security, remove: true }", of([READ, READ, READ, READ])),
        // Two places share one text by an alias; one of them changes.
        (
            "a shared value changes in one place",
            "- { target: \"$.paths['/notes/{id}'].get\", update: { security: [{ Other: [] }] } }",
            of([READ, WRITE, "Other", "public"]),
        ),
        (
            "a shared value changes in the other place",
            "- { target: \"$.paths['/notes'].get\", update: { security: [{ Other: [] }] } }",
            of(["Other", WRITE, READ, "public"]),
        ),
        (
            "everywhere at once",
            "- { target: $.paths.*.get, update: { security: [{ Other: [] }] } }\n",
            of(["Other", WRITE, "Other", "Other"]),
        ),
        (
            "one operation's requirement for another",
            "- { target: \"$.paths['/notes'].get\", copy: \"$.paths['/notes'].post\" }",
            of([WRITE, WRITE, READ, "public"]),
        ),
        ("a path is removed", "- { target: \"$.paths['/health']\", remove: true }", of([READ, WRITE, READ, ""])),
        (
            "by what an operation says",
            "- { target: \"$.paths.*[?match(@.operationId, 'l.*')]\", update: { x-required-scopes: ['notes:write'] } }",
            of(["Key[notes:read] + notes:write", WRITE, "Key[notes:read] + notes:write", "public"]),
        ),
    ];
    for (at, (name, actions, expected)) in cases.into_iter().enumerate() {
        let folder = folder(&format!("meaning-{at}"), DOCUMENT, &format!("{HEAD}{actions}\n"));
        let loaded = folder.load();
        let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{name}: {}", folder.shown(&loaded)));
        assert_eq!(requirements(model), expected, "{name}");
    }
}

/// What an alias shares with a place that no action names stays as it was, below the place as well.
#[test]
fn nothing_is_changed_through_an_alias_or_a_merge_key() {
    let document = DOCUMENT
        .replace("security: [{ Key: ['notes:read'] }]\n", "security: &all [{ Key: ['notes:read'] }]\n")
        .replace("security: [{ Key: ['notes:write'] }]", "security: *all")
        .replace("get: *list", "get: { <<: *list, security: *all }");
    let folder = folder("aliases", &document, &format!("{HEAD}- {{ target: $.security, update: {{ Other: [] }} }}\n"));
    let model = folder.load().model.unwrap();
    let expected = [
        "GET /notes: Key[notes:read] or Other",
        "POST /notes: Key[notes:read]",
        "GET /notes/{id}: Key[notes:read]",
        "GET /health: public",
    ];
    assert_eq!(requirements(&model), expected);
}

#[test]
fn overlays_apply_in_order_each_to_what_the_one_before_left() {
    let second = format!("{HEAD}- {{ target: \"$.paths['/new'].get\", update: {{ security: [{{ Other: [] }}] }} }}\n");
    let folder =
        folder("order", DOCUMENT, &format!("{HEAD}- {{ target: $.paths, update: {{ /new: {{ get: {{}} }} }} }}\n"))
            .with("second.yaml", &second)
            .with("policy.toml", &CONFIGURATION.replace("yaml']\n[", "yaml', 'second.yaml']\n["));
    let loaded = folder.load();
    let model = loaded.model.unwrap();
    assert_eq!(
        model.operations.last().map(|one| (one.key(), one.requirement.to_string())),
        Some(("GET /new".into(), "Other".into()))
    );
    // A build runs again when either changes.
    let files: Vec<_> = loaded.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(files, ["api.yaml", "policy.overlay.yaml", "second.yaml"]);
    assert_eq!(loaded.overlays, loaded.files[1..]);
    assert_eq!(model.overlays.len(), 2);
}

/// What an overlay writes is part of the entry document: its references start there, in the folder of the document.
#[test]
fn references_in_an_overlay_start_from_the_document() {
    let overlay = format!(
        "{HEAD}- target: $.paths\n  update:\n    /here: {{ $ref: '#/paths/~1notes' }}\n    /there: {{ $ref: 'part.yaml#/item' }}\n"
    );
    let folder = folder("references", DOCUMENT, "").with("part.yaml", "item: { get: { security: [{ Other: [] }] } }\n");
    fs::create_dir(folder.0.join("overlays")).unwrap();
    let folder = folder
        .with("overlays/one.yaml", &overlay)
        .with("policy.toml", &CONFIGURATION.replace("policy.overlay.yaml", "overlays/one.yaml"));
    let model = folder.load().model.unwrap();
    let added = requirements(&model).split_off(4);
    assert_eq!(added, ["GET /here: Key[notes:read]", "POST /here: Key[notes:write]", "GET /there: Other"]);
}

/// A part of another file that refers back to the entry document sees it with its overlays.
#[test]
fn the_document_is_overlaid_for_references_from_other_files_too() {
    let document = DOCUMENT.replace("  /health:\n", "  /back: { $ref: 'part.yaml#/item' }\n  /health:\n");
    let overlay = format!("{HEAD}- {{ target: \"$.paths['/notes'].post\", remove: true }}\n");
    let folder = folder("back", &document, &overlay).with("part.yaml", "item: { $ref: 'api.yaml#/paths/~1notes' }\n");
    let model = folder.load().model.unwrap();
    let expected = [
        "GET /notes: Key[notes:read]",
        "GET /notes/{id}: Key[notes:read]",
        "GET /back: Key[notes:read]",
        "GET /health: public",
    ];
    assert_eq!(requirements(&model), expected);
}

/// JSON by JSON, with parts that are read late.
#[test]
fn json_documents_take_json_overlays() {
    let document = r#"{"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"parameters":
        [{"in": "query", "name": "q", "schema": {"type": "object", "properties": {"b": {}}}}], "responses": {"200": {"description": "OK"}}}}}}"#;
    let overlay = r#"{"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": [
        {"target": "$", "update": {"components": {"securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}}}, "security": [{"Key": []}]}},
        {"target": "$.paths.*.*.parameters[?@.name == 'q'].schema.properties", "update": {"c": {}}}]}"#;
    let folder = folder("json", document, overlay);
    let model = folder.load().model.unwrap();
    assert_eq!(requirements(&model), ["GET /a: Key"]);
    assert_eq!(model.operations[0].query.names, ["b", "c"]);
}

/// Every mistake in an overlay, with the place in it and the fix.
macro_rules! mistakes {
    ($($name:ident: $overlay:expr;)*) => {$(
        #[test]
        fn $name() {
            let overlay: String = $overlay;
            let folder = folder(stringify!($name), DOCUMENT, &overlay);
            let loaded = folder.load();
            assert!(loaded.model.is_none() && !loaded.is_complete());
            insta::with_settings!({ description => overlay, omit_expression => true }, {
                insta::assert_snapshot!(folder.shown(&loaded));
            });
        }
    )*};
}

fn action(text: &str) -> String {
    format!("{HEAD}- {text}\n")
}

mistakes! {
    target_that_is_not_there: action("target: $.paths['/helth'].get\n  update: { security: [] }");
    target_in_a_filter_that_holds_nowhere: action("target: $.paths.*[?@.operationId == 'lst']\n  remove: true");
    target_that_is_a_json_pointer: action("target: '#/paths/~1notes/get'\n  remove: true");
    target_with_an_unquoted_key: action("target: $.paths./notes.get\n  remove: true");
    target_that_nests: action(&format!("target: \"$[?{}@{}]\"\n  remove: true", "(".repeat(12), ")".repeat(12)));
    target_with_an_unknown_function: action("target: $.paths[?in(@, 'a')]\n  remove: true");
    target_with_a_number_for_a_test: action("target: $.paths[?length(@)]\n  remove: true");
    target_with_a_broken_pattern: action("target: $.paths[?match(@, '[')]\n  remove: true");
    target_of_several_kinds: action("target: $.*\n  update: { a: 1 }");
    the_whole_document_removed: action("target: $\n  remove: true");
    an_action_with_a_misspelt_key: action("target: $.info\n  updates: { title: Others }");
    an_action_that_does_nothing: action("target: $.info\n  remove: false");
    an_action_without_a_target: action("update: { title: Others }");
    an_action_with_update_and_copy: action("target: $.info\n  update: {}\n  copy: $.info");
    a_copy_of_several_values: action("target: $.paths['/notes'].get\n  copy: $.paths.*.get");
    a_copy_of_nothing: action("target: $.info\n  copy: $.information");
    a_mapping_for_a_list: action("target: $\n  update: { security: { Other: [] } }");
    a_value_for_a_mapping: action("target: $.paths\n  update: none");
    lists_in_version_1_0: action("target: $\n  update: { security: [{ Other: [] }] }").replace("1.1.0", "1.0.0");
    a_copy_in_version_1_0: action("target: $.info\n  copy: $.info").replace("1.1.0", "1.0.0");
    a_single_value_in_version_1_0: action("target: $.info.title\n  update: Others").replace("1.1.0", "1.0.0");
    an_unknown_version: action("target: $.info\n  update: {}").replace("1.1.0", "1.2.0");
    a_version_without_its_patch: action("target: $.info\n  update: {}").replace("1.1.0", "1.1");
    no_overlay_at_all: DOCUMENT.to_owned();
    no_actions: "overlay: 1.1.0\ninfo: { title: T, version: '1' }\naction: []\n".to_owned();
    an_empty_list_of_actions: "overlay: 1.1.0\ninfo: { title: T, version: '1' }\nactions: []\n".to_owned();
    for_another_document: action("target: $.info\n  update: {}").replace("actions:", "extends: other.yaml\nactions:");
    a_key_twice: action("target: $.info\n  update: { title: One, title: Two }");
    depth_by_copies: HEAD.to_owned() + "- { target: $, update: { x: {} } }\n" + &"- { target: $.x, copy: $ }\n".repeat(250);
}

#[test]
fn behind_a_reference_a_target_selects_nothing() {
    let document = DOCUMENT.replace("  /health:\n", "  /alike: { $ref: '#/paths/~1notes' }\n  /health:\n");
    let folder = folder("reference", &document, &action("target: $.paths['/alike'].get\n  remove: true"));
    insta::assert_snapshot!(folder.shown(&folder.load()));
}

#[test]
fn files_that_are_not_there_or_named_twice() {
    let twice = CONFIGURATION.replace("yaml']\n[", "yaml', './policy.overlay.yaml', 'nowhere.yaml']\n[");
    let folder =
        folder("files", DOCUMENT, &action("target: $.info\n  update: { title: Others }")).with("policy.toml", &twice);
    let shown = folder.shown(&folder.load());
    insta::assert_snapshot!(shown.replace("(os error 2)", "").replace(&folder.0.display().to_string(), ""));
}

/// What is harmless is said and does not refuse the document.
#[test]
fn what_could_be_meant_otherwise_is_a_warning() {
    let overlay = "overlay: 1.1.0\nextends: https://example.com/api.yaml\nnotes: to reviewers\nactions:\n- { target: $.info, remove: true, update: { a: 1 } }\n";
    let folder = folder("harmless", DOCUMENT, overlay);
    let loaded = folder.load();
    assert!(loaded.model.is_some());
    insta::assert_snapshot!(folder.shown(&loaded));
}

/// A fault in what an overlay wrote is shown in the overlay, and is a fault of the operation that it wrote into.
#[test]
fn findings_point_into_the_overlay() {
    let overlay = action("target: $.paths.*.get\n  update:\n    security:\n    - Key: ['note:read']");
    let document = DOCUMENT.replace("security: []", "tags: []");
    let folder = folder("places", &document, &overlay);
    let loaded = folder.load();
    insta::assert_snapshot!(folder.shown(&loaded));
    let model = loaded.readable().unwrap();
    let about: Vec<_> = model
        .operations
        .iter()
        .filter(|operation| loaded.about(operation).any(|finding| finding.code == Code::UndeclaredScope))
        .map(policy_spec::OperationModel::key)
        .collect();
    assert_eq!(about, ["GET /notes", "GET /notes/{id}", "GET /health"]);
    // A waiver of one of them waives it: it is one text.
    let waiver =
        "[[waivers]]\ncode = 'undeclared-scope'\nlocation = 'GET /health'\nreason = 'soon'\nexpires = '2999-01-01'\n";
    let folder = folder.with("policy.toml", &format!("{CONFIGURATION}{waiver}"));
    assert!(folder.load().model.is_some());
}

/// Each change of who may call what is told, with before and after.
#[test]
fn what_overlays_changed_is_told_operation_by_operation() {
    let actions = "- { target: \"$.paths['/notes'].post.security\", update: { Other: [] } }
- { target: \"$.paths['/notes'].get\", update: { x-required-scopes: ['notes:write'], parameters: [{ in: query, name: q }] } }
- { target: \"$.paths['/health']\", remove: true }
- { target: $.paths, update: { /open: { get: { security: [] } } } }
- { target: $, update: { x-check-order: [authentication, scopes, enablement, query], servers: [{ url: /v1 }] } }
- { target: $.components.securitySchemes.Other.in, update: query }
";
    let folder = folder("changes", DOCUMENT, &format!("{HEAD}{actions}"));
    let loaded = folder.load();
    insta::assert_snapshot!(folder.shown(&loaded));
    let model = loaded.model.as_ref().unwrap();
    let before: Vec<_> =
        model.operations.iter().map(|one| one.before_overlays.as_ref().map(ToString::to_string)).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(before, [some("Key[notes:read]"), some("Key[notes:write]"), None, some("not in the document")]);
    let removed: Vec<_> = model.removed.iter().map(|one| format!("{}: {}", one.key, one.before)).collect();
    assert_eq!(removed, ["GET /health: public"]);
}

/// The levels: what opens is a warning, what declares or closes is a note.
#[test]
fn what_lets_more_callers_in_is_a_warning() {
    let undeclared = DOCUMENT.replace("security: [{ Key: ['notes:read'] }]\n", "");
    let cases = [
        ("an OR", DOCUMENT, "target: $.security\n  update: { Other: [] }", Level::Warning),
        ("an AND", DOCUMENT, "target: $.security[0]\n  update: { Other: [] }", Level::Note),
        ("public", DOCUMENT, "target: $.paths['/notes'].post.security[0]\n  remove: true", Level::Warning),
        ("fewer", DOCUMENT, "target: $.paths['/health'].get.security\n  remove: true", Level::Note),
        ("declared", &undeclared, "target: $\n  update: { security: [{ Key: [] }] }", Level::Note),
        ("declared open", &undeclared, "target: $\n  update: { security: [{}, { Key: [] }] }", Level::Warning),
        ("added", DOCUMENT, "target: $.paths\n  update: { /new: { get: {} } }", Level::Note),
        (
            "added and public",
            DOCUMENT,
            "target: $.paths\n  update: { /new: { get: { security: [] } } }",
            Level::Warning,
        ),
    ];
    for (at, (name, document, text, level)) in cases.into_iter().enumerate() {
        let folder = folder(&format!("levels-{at}"), document, &action(text));
        let loaded = folder.load();
        let worst = loaded.findings.iter().filter(|finding| finding.code == Code::OverlayChangesRequirement);
        assert_eq!(worst.map(|finding| finding.level).max(), Some(level), "{name}: {}", folder.shown(&loaded));
        assert!(loaded.model.is_some(), "{name}: {}", folder.shown(&loaded));
    }
}

/// What overlays change is what a document that says it itself would be.
#[test]
fn the_fingerprint_is_that_of_a_document_that_says_it_itself() {
    let folder = folder("fingerprint", DOCUMENT, &action("target: $.security\n  update: { Other: [] }"));
    let overlaid = folder.load().model.unwrap();
    let written = DOCUMENT
        .replace("security: [{ Key: ['notes:read'] }]\n", "security: [{ Key: ['notes:read'] }, { Other: [] }]\n");
    let folder = folder.with("api.yaml", &written).with("policy.toml", "");
    let itself = folder.load().model.unwrap();
    assert_eq!(overlaid.fingerprint(), itself.fingerprint());
    let without = folder.with("api.yaml", DOCUMENT).load().model.unwrap();
    assert_ne!(overlaid.fingerprint(), without.fingerprint());
}

#[test]
fn a_list_of_overlays_is_a_list_of_files() {
    let problem = Configuration::parse("policy.toml", "overlays = 'one.yaml'\n").unwrap_err().to_string();
    assert!(problem.contains("`overlays` is no list"), "{problem}");
    let problem = Configuration::parse("policy.toml", "overlays = ['https://example.com/one.yaml', 7]\n")
        .unwrap_err()
        .to_string();
    assert!(problem.contains("nothing is fetched") && problem.contains("expected a string"), "{problem}");
    let read = Configuration::parse("folder/policy.toml", "overlays = ['one.yaml']\n").unwrap();
    assert_eq!(read.settings.overlays[0].path, Path::new("folder/one.yaml"));
}
