//! The effective requirement written back into the document: where it is written, and that the copy says the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]

mod oracle;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, EMITTED, Emission, Extension, Loaded, Settings, compare, emit, load, read};
use proptest::prelude::*;

/// Settings that read what is written beside what they read anyway.
fn also_emitted(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if settings.extensions.iter().all(|extension| extension.name != EMITTED) {
        settings.extensions.push(Extension::new(EMITTED));
    }
    settings
}

/// The copy of a document in one file.
fn copy(loaded: &Loaded, emission: &Emission) -> String {
    match emission.texts.as_slice() {
        [(_, text)] => text.clone(),
        [] => {
            let model = loaded.readable().unwrap();
            loaded.sources.text(model.operations[0].spans[0].file).to_owned()
        }
        several => panic!("{} files", several.len()),
    }
}

/// Each operation that says its scopes says all of them, and what is read of the copy is the same policy.
fn assert_same(original: &Loaded, copy: &Loaded, emission: &Emission, context: &str) {
    let (before, after) = (original.readable().unwrap(), copy.readable().unwrap_or_else(|| panic!("{context}")));
    let differences = compare(after, before);
    assert!(differences.is_empty(), "{differences:#?}\n{context}");
    assert_eq!(after.operations.len(), before.operations.len());
    for at in &emission.said {
        let operation = &after.operations[*at];
        for alternative in operation.alternatives() {
            let needed: Vec<_> = alternative.schemes().iter().flat_map(|(_, scopes)| scopes).collect();
            assert!(
                needed.iter().all(|scope| alternative.extension().contains(scope)),
                "{}\n{context}",
                operation.key()
            );
        }
    }
    // What is said twice is wrong twice, but nothing new is.
    let errors = |loaded: &Loaded| {
        let errors = loaded.findings.iter().filter(|finding| finding.is_error());
        errors.map(|finding| (finding.code, finding.message.clone())).collect::<BTreeSet<_>>()
    };
    assert_eq!(errors(copy), errors(original), "{}\n{context}", copy.render(false));
}

const HEAD: &str = "openapi: 3.1.0
info: { title: T, version: '1' }
components:
  securitySchemes:
    A: { type: http, scheme: bearer }
    B: { type: http, scheme: basic }
security: [{ A: [x] }]
";

/// Documents, and what becomes of them.
#[test]
fn a_list_is_written_beside_security_or_first_and_nothing_else_changes() {
    let table = [
        // Before `security`; comments and quotes stay as they are.
        (
            "paths:\n  /a:\n    get:\n      summary: 'A'  # one\n      # who\n      security:\n        - A: [w, \"z:read\"]\n",
            "paths:\n  /a:\n    get:\n      summary: 'A'  # one\n      # who\n      x-required-scopes: [w, z:read]\n      security:\n        - A: [w, \"z:read\"]\n".to_owned(),
        ),
        // What is inherited, before the first key.
        (
            "paths:\n  /a:\n    get:\n      summary: A\n      responses: {}\n",
            "paths:\n  /a:\n    get:\n      x-required-scopes: [x]\n      summary: A\n      responses: {}\n".to_owned(),
        ),
        // Flow style.
        (
            "paths: { /a: { get: { summary: A }, put: {}, post: {security: [{ B: [] }]} } }\n",
            "paths: { /a: { get: { x-required-scopes: [x], summary: A }, put: {x-required-scopes: [x]}, post: {x-required-scopes: [], security: [{ B: [] }]} } }\n".to_owned(),
        ),
        // Windows' line ends.
        (
            "paths:\r\n  /a:\r\n    get:\r\n      summary: A\r\n",
            "paths:\r\n  /a:\r\n    get:\r\n      x-required-scopes: [x]\r\n      summary: A\r\n".to_owned(),
        ),
        // A list that is there is completed, in whatever layout it stands.
        (
            "paths:\n  /a:\n    get:\n      x-required-scopes:\n      - w\n      summary: A\n    put:\n      x-required-scopes: # more\n        - w\n        - x\n    post: { x-required-scopes: [w] }\n",
            "paths:\n  /a:\n    get:\n      x-required-scopes: [w, x]\n      summary: A\n    put:\n      x-required-scopes: # more\n        - w\n        - x\n    post: { x-required-scopes: [w, x] }\n".to_owned(),
        ),
        // Public, anonymous, and an OR: no list says that.
        (
            "paths:\n  /a:\n    get:\n      security: []\n    put:\n      security: [{}, { A: [x] }]\n    post:\n      security: [{ A: [x] }, { B: [] }]\n    delete:\n      security: [{ A: [x] }, { B: [x] }]\n",
            "paths:\n  /a:\n    get:\n      security: []\n    put:\n      security: [{}, { A: [x] }]\n    post:\n      security: [{ A: [x] }, { B: [] }]\n    delete:\n      x-required-scopes: [x]\n      security: [{ A: [x] }, { B: [x] }]\n".to_owned(),
        ),
        // Two schemes at once: the list is what both give together.
        (
            "paths:\n  /a:\n    get:\n      security: [{ A: [x], B: [w] }]\n",
            "paths:\n  /a:\n    get:\n      x-required-scopes: [w, x]\n      security: [{ A: [x], B: [w] }]\n".to_owned(),
        ),
        // One text for two operations.
        (
            "paths:\n  /a:\n    get: &one\n      summary: A\n    put: *one\n  /b:\n    get:\n      $ref: '#/paths/~1a/get'\n",
            "paths:\n  /a:\n    get: &one\n      x-required-scopes: [x]\n      summary: A\n    put: *one\n  /b:\n    get:\n      $ref: '#/paths/~1a/get'\n".to_owned(),
        ),
        // What a merge key brings along would make the second one demand scopes of anonymous callers.
        (
            "paths:\n  /a:\n    get: &one\n      summary: A\n    put:\n      <<: *one\n      security: []\n",
            "paths:\n  /a:\n    get: &one\n      summary: A\n    put:\n      <<: *one\n      security: []\n".to_owned(),
        ),
        // Here its own list wins over the merged one.
        (
            "paths:\n  /a:\n    get: &one\n      summary: A\n    put:\n      <<: *one\n      security: [{ B: [w] }]\n",
            "paths:\n  /a:\n    get: &one\n      x-required-scopes: [x]\n      summary: A\n    put:\n      <<: *one\n      x-required-scopes: [w]\n      security: [{ B: [w] }]\n".to_owned(),
        ),
        // A list by alias is not edited, as its text may be others' too.
        (
            "x-lists: { one: &list [w] }\npaths:\n  /a:\n    get:\n      x-required-scopes: *list\n",
            "x-lists: { one: &list [w] }\npaths:\n  /a:\n    get:\n      x-required-scopes: *list\n".to_owned(),
        ),
        // Scopes that YAML would take for something else.
        (
            "paths:\n  /a:\n    get:\n      security: [{ A: ['true', '#b', 'https://e.org/auth/x', '12', 'No', 'a:'] }]\n",
            "paths:\n  /a:\n    get:\n      x-required-scopes: [\"#b\", \"12\", \"No\", \"a:\", https://e.org/auth/x, \"true\"]\n      security: [{ A: ['true', '#b', 'https://e.org/auth/x', '12', 'No', 'a:'] }]\n".to_owned(),
        ),
    ];
    for (paths, expected) in table {
        let text = format!("{HEAD}{paths}");
        let settings = Settings::default();
        let loaded = read("api.yaml", text.as_bytes(), &settings);
        assert!(loaded.model.is_some(), "{}\n{text}", loaded.render(false));
        let emission = emit(&loaded, &settings).unwrap();
        let copy = copy(&loaded, &emission);
        assert_eq!(copy.strip_prefix(HEAD), Some(expected.as_str()), "{paths}");
        assert_same(&loaded, &read("api.yaml", copy.as_bytes(), &settings), &emission, &copy);
        // What was written once is not written again.
        let again = read("api.yaml", copy.as_bytes(), &settings);
        assert_eq!(emit(&again, &settings).unwrap().texts, []);
    }
}

#[test]
fn json_stays_as_it_is_laid_out() {
    let minified = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"components":{"securitySchemes":{"A":{"type":"http","scheme":"bearer"}}},"security":[{"A":["x","y"]}],"paths":{"/a":{"get":{"summary":"A"},"put":{},"post":{"x-required-scopes":["x"],"security":[{"A":["x"]}]},"delete":{"x-required-scopes":["x"]}}}}"#;
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(minified).unwrap()).unwrap();
    let settings = Settings::default();
    for (text, expected) in [
        (
            minified,
            [
                r#""get":{"x-required-scopes":["x","y"],"summary":"A"}"#,
                r#""put":{"x-required-scopes": ["x", "y"]}"#,
                r#""post":{"x-required-scopes":["x"],"security""#,
                r#""delete":{"x-required-scopes":["x","y"]}"#,
            ],
        ),
        (
            &pretty,
            [
                "\"get\": {\n        \"x-required-scopes\": [\"x\", \"y\"],\n        \"summary\": \"A\"\n",
                "\"put\": {\"x-required-scopes\": [\"x\", \"y\"]}",
                "\"x-required-scopes\": [\n          \"x\"\n        ],\n        \"security\"",
                "\"delete\": {\n        \"x-required-scopes\": [\"x\", \"y\"]\n      }",
            ],
        ),
    ] {
        let loaded = read("api.json", text.as_bytes(), &settings);
        let emission = emit(&loaded, &settings).unwrap();
        let copy = copy(&loaded, &emission);
        for expected in expected {
            assert!(copy.contains(expected), "{expected}\n{copy}");
        }
        assert_same(&loaded, &read("api.json", copy.as_bytes(), &settings), &emission, &copy);
    }
}

#[test]
fn nothing_is_written_where_the_settings_would_read_it_as_something_else() {
    let loaded = read("api.yaml", format!("{HEAD}paths: {{}}\n").as_bytes(), &Settings::default());
    for toml in [
        "[[extensions]]\nname = 'x-required-scopes'\ncombine = 'any'",
        "[[extensions]]\nname = 'x-required-scopes'\nshape = 'words'",
        "[[extensions]]\nname = 'x-required-scopes'\nsibling = 'x-mode'",
    ] {
        let settings = Configuration::parse("policy.toml", toml).unwrap().settings;
        assert_eq!(emit(&loaded, &settings), None, "{toml}");
    }
}

/// Copies of the whole corpus read as the same policies: with the vendor's extensions, and where everything could be
/// said, without.
#[test]
fn copies_of_the_corpus_say_the_same() {
    let Some(folder) = oracle::corpus_folder() else {
        eprintln!("skipped: the corpus is not beside the workspace");
        return;
    };
    let mut told = String::new();
    for (file, _) in oracle::corpus() {
        let path = folder.join(file);
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{stem}.toml"));
        let settings = match configuration.exists() {
            true => Configuration::load(&configuration).unwrap_or_else(|problem| panic!("{problem}")).settings,
            false => Settings::default(),
        };
        let loaded = load(&path, &settings);
        let emission = emit(&loaded, &settings).unwrap();
        let copied = tree(&stem, &path, &loaded, &emission);
        assert_same(&loaded, &load(&copied, &also_emitted(&settings)), &emission, file);
        let plain = load(&copied, &Settings::default().with(|plain| plain.undeclared = settings.undeclared));
        let before = loaded.readable().unwrap();
        let differ: Vec<usize> = compare(plain.readable().unwrap(), before)
            .iter()
            .map(|difference| match difference.subject {
                policy_spec::Subject::Operation(_, Some(at)) => at,
                _ => panic!("{file}: {difference:?}"),
            })
            .collect();
        // Without the vendor's extensions only that is lost which no list can say.
        let unsaid: Vec<usize> = emission.unsaid.iter().map(|(at, _)| *at).collect();
        assert!(differ.iter().all(|at| unsaid.contains(at)), "{file}: {differ:?}");
        let operations = before.operations.len();
        told.push_str(&format!(
            "{stem}: {operations} operations, {} said, {} unsaid\n",
            emission.said.len(),
            unsaid.len()
        ));
    }
    insta::assert_snapshot!(told);
}

/// Writes the copies of a document's files into a folder; gives the entry document there.
fn tree(stem: &str, path: &Path, loaded: &Loaded, emission: &Emission) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emitted").join(stem);
    let root = path.parent().unwrap();
    for file in &loaded.files {
        let copied = folder.join(file.strip_prefix(root).unwrap());
        fs::create_dir_all(copied.parent().unwrap()).unwrap();
        let name = file.to_string_lossy().into_owned();
        let text = emission.texts.iter().find(|(id, _)| loaded.sources.name(*id) == name);
        fs::write(&copied, text.map_or_else(|| fs::read(file).unwrap(), |(_, text)| text.clone().into_bytes()))
            .unwrap();
    }
    folder.join(path.file_name().unwrap())
}

/// An operation's own words: its `security`, its list, and keys around them.
fn operation() -> impl Strategy<Value = String> {
    let scopes = || {
        prop::sample::subsequence(vec!["x", "y:read", "'12'"], 0..3)
            .prop_map(|scopes| format!("[{}]", scopes.join(", ")))
    };
    let alternative = prop_oneof![
        3 => scopes().prop_map(|scopes| format!("{{ A: {scopes} }}")),
        1 => (scopes(), scopes()).prop_map(|(a, b)| format!("{{ B: {a}, A: {b} }}")),
        1 => Just("{}".to_owned()),
    ];
    let security = prop::option::weighted(0.7, prop::collection::vec(alternative, 0..3));
    let list = prop::option::weighted(0.3, scopes());
    (security, list, any::<(bool, bool)>()).prop_map(|(security, list, (before, after))| {
        let mut keys = Vec::new();
        if before {
            keys.push("summary: 'S' # why".to_owned());
        }
        keys.extend(security.map(|alternatives| format!("security: [{}]", alternatives.join(", "))));
        keys.extend(list.map(|list| format!("x-required-scopes: {list}")));
        if after {
            keys.push("description: |\n  text: [{\n\n  more".to_owned());
        }
        keys.join("\n")
    })
}

/// The keys as a block at an indentation, or in flow style.
fn laid_out(operation: &str, flow: bool) -> String {
    if operation.is_empty() {
        return " {}\n".to_owned();
    }
    if flow {
        let lines: Vec<&str> = operation.lines().filter(|line| line.contains(": ") && !line.starts_with(' ')).collect();
        let plain: Vec<String> =
            lines.iter().filter(|line| !line.contains('|')).map(|line| line.replace(" # why", "")).collect();
        return format!(" {{ {} }}\n", plain.join(", "));
    }
    let lines: Vec<String> =
        operation.lines().map(|line| if line.is_empty() { line.to_owned() } else { format!("      {line}") }).collect();
    format!("\n{}\n", lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn copies_of_random_documents_say_the_same(
        operations in prop::collection::vec((operation(), any::<(bool, bool)>()), 1..6),
        windows in any::<bool>(),
    ) {
        let methods = ["get", "put", "post", "delete", "patch"];
        let mut text = format!("{HEAD}paths:\n  /a:\n");
        for (at, (method, (operation, (flow, merged)))) in methods.iter().zip(&operations).enumerate() {
            let mut laid = laid_out(operation, *flow);
            let block = laid.starts_with('\n');
            if *merged && at > 0 && block {
                laid = format!("\n      <<: *o0{laid}");
            }
            let anchor = if at == 0 { " &o0" } else { "" };
            text.push_str(&format!("    {method}:{anchor}{laid}"));
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        let settings = Settings::default();
        let loaded = read("api.yaml", text.as_bytes(), &settings);
        // A document with contradictions has no policy to write.
        prop_assume!(loaded.model.is_some());
        let emission = emit(&loaded, &settings).unwrap();
        let copied = copy(&loaded, &emission);
        assert_same(&loaded, &read("api.yaml", copied.as_bytes(), &settings), &emission, &copied);
        // Only lines were added or lists replaced: what stood there is still there.
        for line in text.lines().filter(|line| !line.contains(EMITTED) && !line.contains('{')) {
            prop_assert!(copied.lines().any(|kept| kept == line), "{line}\n{copied}");
        }
    }
}

/// An operation of a JSON document.
fn json_operation() -> impl Strategy<Value = serde_json::Value> {
    let scopes = || prop::sample::subsequence(vec!["x", "y:read", "\u{e9}"], 0..3);
    let alternative = prop_oneof![
        3 => scopes().prop_map(|scopes| serde_json::json!({ "A": scopes })),
        1 => (scopes(), scopes()).prop_map(|(a, b)| serde_json::json!({ "B": a, "A": b })),
        1 => Just(serde_json::json!({})),
    ];
    let security = prop::option::weighted(0.7, prop::collection::vec(alternative, 0..3));
    let list = prop::option::weighted(0.3, scopes());
    (security, list, any::<bool>()).prop_map(|(security, list, summary)| {
        let mut operation = serde_json::Map::new();
        if summary {
            operation.insert("summary".to_owned(), "{ \"quoted\": [".into());
        }
        operation.extend(list.map(|list| (EMITTED.to_owned(), serde_json::json!(list))));
        operation.extend(security.map(|security| ("security".to_owned(), serde_json::json!(security))));
        operation.into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn copies_of_random_json_say_the_same(operations in prop::collection::vec(json_operation(), 1..5), pretty in any::<bool>()) {
        let paths: serde_json::Map<String, serde_json::Value> = operations
            .into_iter()
            .enumerate()
            .map(|(at, operation)| (format!("/p{at}"), serde_json::json!({ "get": operation })))
            .collect();
        let document = serde_json::json!({
            "openapi": "3.1.0",
            "info": { "title": "T", "version": "1" },
            "components": { "securitySchemes": { "A": { "type": "http", "scheme": "bearer" }, "B": { "type": "http", "scheme": "basic" } } },
            "security": [{ "A": ["x"] }],
            "paths": paths,
        });
        let text = if pretty { serde_json::to_string_pretty(&document).unwrap() } else { document.to_string() };
        // Scopes that are none are allowed here, as documents have them.
        let toml = "[levels]\nill-formed-scope = 'warning'";
        let settings = Configuration::parse("policy.toml", toml).unwrap().settings;
        let loaded = read("api.json", text.as_bytes(), &settings);
        prop_assume!(loaded.model.is_some());
        let emission = emit(&loaded, &settings).unwrap();
        let copied = copy(&loaded, &emission);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&copied).is_ok(), "{copied}");
        assert_same(&loaded, &read("api.json", copied.as_bytes(), &settings), &emission, &copied);
    }
}
