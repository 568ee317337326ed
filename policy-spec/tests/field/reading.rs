//! How a document is read.

use policy_spec::{Code, Level, Loaded, PolicyModel, Settings};

use super::{Case, Document, check};

pub(super) const ERROR: Level = Level::Error;
pub(super) const WARNING: Level = Level::Warning;
pub(super) const NOTE: Level = Level::Note;

/// An OpenAPI 3.1 document with a key and an OAuth scheme.
pub(super) fn document(rest: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\ncomponents:\n  securitySchemes:\n    Key: {{ type: apiKey, in: header, name: X-Key }}\n    OAuth: {{ type: oauth2, flows: {{ clientCredentials: {{ tokenUrl: /t, scopes: {{ read: R, write: W }} }} }} }}\n{rest}"
    )
}

/// The same with one operation, `GET /a`, and its body in block style.
pub(super) fn operation(before: &str, lines: &[&str]) -> String {
    let body: String = lines.iter().map(|line| format!("      {line}\n")).collect();
    document(&format!("{before}paths:\n  /a:\n    get:\n      operationId: a\n{body}"))
}

pub(super) fn text(name: &'static str, text: String, said: &'static [(Level, &'static str, &'static str)]) -> Case {
    Case { name, document: Document::Text(text), said }
}

pub(super) fn file(name: &'static str, said: &'static [(Level, &'static str, &'static str)]) -> Case {
    Case { name, document: Document::File(name), said }
}

pub(super) fn read(text: &str) -> Loaded {
    policy_spec::read("api.yaml", text.as_bytes(), &Settings::default())
}

pub(super) fn model(text: &str) -> PolicyModel {
    let loaded = read(text);
    loaded.model.as_ref().unwrap_or_else(|| panic!("{text}\n{}", loaded.render(false))).clone()
}

const BASES: &str = "x-open: &open { security: [] }\nx-closed: &closed { security: [{ Key: [] }] }\n";

#[test]
fn yaml_that_readers_understand_differently_is_refused() {
    let twice = &[(ERROR, "duplicate-key", "readers disagree about which of two counts")];
    let stands_before = &[(ERROR, "duplicate-key", "`security` stands before `<<`")];
    let tagged_key = &[(ERROR, "parse-error", "a value with a tag of its own is used as a key")];
    let same_key = &[(ERROR, "duplicate-key", "the same to readers that turn keys into JSON's strings")];
    check(&[
        file("merge-key-twice.yaml", twice),
        text("a merge twice in flow style", document(&format!("{BASES}paths: {{ /a: {{ get: {{ <<: *open, <<: *closed }} }} }}\n")), twice),
        text("a merge and a tagged merge", operation(BASES, &["<<: *open", "!!merge <<: *closed"]), twice),
        text("an own key before the merge", operation(BASES, &["security: [{ Key: [] }]", "<<: *open"]), stands_before),
        text("an own key before a list of merges", operation(BASES, &["security: []", "<<: [*closed]"]), stands_before),
        text("a quoted merge", operation(BASES, &["security: [{ Key: [] }]", "'<<': *open"]), &[(ERROR, "parse-error", "the key `<<` is quoted"), (ERROR, "unknown-key", "`<<`")]),
        text("a merge with a string's tag", document(&format!("{BASES}x-more: {{ !!str <<: *open }}\npaths: {{}}\n")), &[(ERROR, "parse-error", "the key `<<` is quoted"), (WARNING, "empty-policy", "no operation")]),
        text("a merge tag on another key", operation(BASES, &["!!merge from: *open"]), tagged_key),
        text("a quoted merge with its tag", operation(BASES, &["!!merge '<<': *open"]), tagged_key),
        text("a merge of a list of lists", operation(BASES, &["<<: [[*open]]"]), &[(ERROR, "parse-error", "a list cannot be merged")]),
        text("a merge of a set", operation(BASES, &["<<: !!set { security }"]), &[(ERROR, "parse-error", "cannot be merged")]),
        text("a binary key", operation("", &["!!binary c2VjdXJpdHk=: []"]), tagged_key),
        text("a set of requirements", operation("", &["security: !!set { Key }"]), &[(ERROR, "invalid-shape", "`!!set` is no tag of JSON's types")]),
        text("an ordered map as a requirement", operation("", &["security: [!!omap [Key: []]]"]), &[(ERROR, "invalid-shape", "`!!omap`")]),
        text("a mapping tagged as a list", operation("", &["security: !!seq { Key: [] }"]), &[(ERROR, "invalid-shape", "`!!seq`")]),
        text("a scope tagged as a boolean", operation("", &["security: [{ OAuth: [!!bool 'true'] }]"]), &[(ERROR, "invalid-shape", "a scope that is required of `OAuth` is a boolean")]),
        text("a scope tagged as what it is not", operation("", &["security: [{ OAuth: [!!int read] }]"]), &[(ERROR, "invalid-shape", "a value with a tag of its own")]),
        text("a key quoted and plain", document("security: [{ Key: [] }]\npaths: { /a: { get: {}, 'get': {} } }\n"), &[(ERROR, "duplicate-key", "`get` stands twice")]),
        text("a key with an escape", document("security: [{ Key: [] }]\npaths: { /a: { get: {}, \"g\\x65t\": {} } }\n"), &[(ERROR, "duplicate-key", "`get` stands twice")]),
        text("a key with an escape in JSON", "{\"openapi\": \"3.1.0\", \"info\": {}, \"security\": [], \"paths\": {\"/a\": {\"get\": {}, \"g\\u0065t\": {}}}}".to_owned(), &[(ERROR, "duplicate-key", "`get` stands twice")]),
        text("a quoted merge in JSON", "{\"openapi\": \"3.1.0\", \"info\": {}, \"security\": [], \"paths\": {\"/a\": {\"get\": {\"<<\": {\"security\": []}}}}}".to_owned(), &[(ERROR, "parse-error", "the key `<<` is quoted"), (ERROR, "unknown-key", "`<<`")]),
        text("a number as a key in two notations", document("x-a: { 31: a, 0x1F: b }\nsecurity: [{ Key: [] }]\npaths: { /a: { get: {} } }\n"), same_key),
        text("a boolean as a key in two notations", document("x-a: { true: a, True: b }\nsecurity: [{ Key: [] }]\npaths: { /a: { get: {} } }\n"), same_key),
        text("nothing as a key in two notations", document("x-a: { ~: a, null: b }\nsecurity: [{ Key: [] }]\npaths: { /a: { get: {} } }\n"), same_key),
        text("a mapping as a key", document("x-a: { { a: b }: c }\nsecurity: [{ Key: [] }]\npaths: { /a: { get: {} } }\n"), &[(ERROR, "parse-error", "a mapping is used as a key")]),
        text("a second document", document("security: [{ Key: [] }]\npaths: { /a: { get: {} } }\n---\nopenapi: 3.1.0\n"), &[(ERROR, "parse-error", "a second document starts")]),
        text("YAML 1.1 by its directive", format!("%YAML 1.1\n---\n{}", document("security: [{ Key: [] }]\npaths: { /a: { get: {} } }\n")), &[(ERROR, "parse-error", "YAML 1.1, and is read as YAML 1.2")]),
        text("two byte order marks", format!("\u{feff}\u{feff}{}", document("paths: {}\n")), &[(ERROR, "parse-error", "a second byte order mark")]),
    ]);
}

#[test]
fn yaml_that_all_readers_understand_is_read() {
    let closed = "[{ Key: [] }]";
    for (lines, public) in [
        (&["<<: *open"][..], true),
        (&["!!merge <<: *open"], true),
        (&["<<: [*closed, *open]"], false),
        (&["<<: *open", "security: [{ Key: [] }]"], false),
        (&["<<: { security: [] }"], true),
        // What stands before the merge says the same.
        (&["security: [{ Key: [] }]", "<<: *closed"], false),
        (&["!!str security: !!seq []"], true),
        (&["security: ! []"], true),
    ] {
        let model = model(&operation(
            &format!("x-open: &open {{ security: [] }}\nx-closed: &closed {{ security: {closed} }}\n"),
            lines,
        ));
        assert_eq!(model.operations.iter().all(|one| one.alternatives().is_empty()), public, "{lines:?}");
    }
    let directive = format!("\u{feff}%YAML 1.2\n---\n{}...\n", document("security: []\npaths: { /a: { get: {} } }\n"));
    assert_eq!(model(&directive).operations.len(), 1);
}

#[test]
fn a_file_named_json_is_json() {
    check(&[file("yaml-named.json", &[(ERROR, "parse-error", "give it a name in `.yaml`")])]);
    let block = "openapi: 3.0.3\npaths: {}\n";
    for (name, text, is_read) in [
        ("api.json", block, false),
        ("API.JSON", block, false),
        ("api.json", "{openapi: 3.0.3, paths: {}}", false),
        ("api.json", "{\"openapi\": \"3.0.3\", \"paths\": {},}", false),
        ("api.json", "", false),
        ("api.json", "{\"openapi\": \"3.0.3\", \"paths\": {}}", true),
        ("api.yaml", "{\"openapi\": \"3.0.3\", \"paths\": {}}", true),
        ("api.yaml", block, true),
        ("json", block, true),
    ] {
        let loaded = policy_spec::read(name, text.as_bytes(), &Settings::default());
        assert_eq!(loaded.model.is_some(), is_read, "{name}: {text}\n{}", loaded.render(false));
        assert!(is_read || loaded.findings.iter().any(|finding| finding.code == Code::ParseError), "{name}: {text}");
    }
}

#[test]
fn severity_fits_the_danger() {
    let with = |rest: &str| document(&format!("security: [{{ Key: [] }}]\n{rest}"));
    let paths = "paths: { /a: { get: { operationId: a } } }\n";
    check(&[
        file(
            "root-unknown-key.json",
            &[(WARNING, "unknown-key", "`$schema`"), (WARNING, "unknown-key", "`deprecated`")],
        ),
        text(
            "a key of a vendor at the root",
            with(&format!("logo: a.png\n{paths}")),
            &[(WARNING, "unknown-key", "`logo`")],
        ),
        text(
            "a part of Swagger 2.0 at the root",
            with(&format!("definitions: {{ A: {{}} }}\n{paths}")),
            &[(WARNING, "unknown-key", "in OpenAPI 3.1 it is `components.schemas`")],
        ),
        text(
            "a rule misspelt at the root",
            document(&format!(
                "secuirty: [{{ Key: [] }}]\n{}",
                paths.replace("operationId: a", "operationId: a, x-required-scopes: []")
            )),
            &[(ERROR, "unknown-key", "did you mean `security`?")],
        ),
        text(
            "a method misspelt",
            with("paths: { /a: { get: { operationId: a }, gett: {} } }\n"),
            &[(ERROR, "unknown-key", "`gett`")],
        ),
        text(
            "a rule among the methods",
            with("paths: { /a: { get: { operationId: a }, security: [] } }\n"),
            &[(ERROR, "unknown-key", "`security`")],
        ),
        text(
            "a rule misspelt in an operation",
            with("paths: { /a: { get: { operationId: a, secruity: [] } } }\n"),
            &[(ERROR, "unknown-key", "`secruity`")],
        ),
        text(
            "an unknown key of a webhook",
            with(&format!("{paths}webhooks: {{ w: {{ notify: {{}}, post: {{ kind: x }} }} }}\n")),
            &[(WARNING, "unknown-key", "`notify`"), (WARNING, "unknown-key", "`kind`")],
        ),
        text(
            "an unknown key of a scheme",
            with(paths).replace("in: header", "in: header, format: uuid"),
            &[(WARNING, "unknown-key", "`format`")],
        ),
        text(
            "a follow-up where none is read",
            with("paths: { /a: { get: { operationId: a, x-follow-up: [] } } }\n"),
            &[(WARNING, "misplaced-extension", "`x-follow-up`")],
        ),
        text(
            "scopes where none are read",
            with("paths: { /a: { x-required-scopes: [read], get: { operationId: a } } }\n"),
            &[(ERROR, "misplaced-extension", "`x-required-scopes`")],
        ),
        text(
            "a faulty scheme that nothing requires",
            with(&format!("x-a: 1\n{paths}")).replace("    OAuth:", "    Other: { type: magic }\n    OAuth:"),
            &[(WARNING, "invalid-shape", "the type of the security scheme is `magic`")],
        ),
        text(
            "a faulty scheme that an operation requires",
            with(&paths.replace("operationId: a", "operationId: a, security: [{ Other: [] }]"))
                .replace("    OAuth:", "    Other: { type: apiKey, name: k }\n    OAuth:"),
            &[(ERROR, "invalid-shape", "the security scheme has no `in`")],
        ),
        text(
            "a faulty scheme where any will do",
            document(&paths.replace("operationId: a", "operationId: a, x-required-scopes: []"))
                .replace("    OAuth:", "    Other: { type: http }\n    OAuth:"),
            &[(ERROR, "invalid-shape", "the security scheme has no `scheme`")],
        ),
        file("catalogue-unused-ill-formed.yaml", &[(WARNING, "ill-formed-scope", "holds ' '")]),
        text(
            "an ill-formed scope that is required",
            with("paths: { /a: { get: { operationId: a, security: [{ OAuth: ['re ad'] }] } } }\n")
                .replace("read: R", "'re ad': R"),
            &[(WARNING, "ill-formed-scope", "`re ad`"), (ERROR, "ill-formed-scope", "`re ad`")],
        ),
        text(
            "a description that is no text",
            with(paths).replace("read: R", "read: [R]"),
            &[(WARNING, "invalid-shape", "the description of scope `read` is a list")],
        ),
    ]);
    // What nobody can hold and nobody requires is no scope of the policy.
    let loaded = read(&with(paths).replace("read: R", "'re ad': R"));
    let scopes: Vec<_> = loaded.model.unwrap().scopes.into_iter().map(|scope| scope.name).collect();
    assert_eq!(scopes, ["write"]);
}

#[test]
fn an_item_that_is_no_string_is_the_place_of_the_finding() {
    let with = |scopes: &str| operation("", &[&format!("security: [{{ OAuth: {scopes} }}]")]);
    check(&[
        file("scope-not-a-string.yaml", &[(ERROR, "invalid-shape", "quote it: `\"1\"`")]),
        text("a boolean", with("[read, true]"), &[(ERROR, "invalid-shape", "is a boolean")]),
        text("nothing", with("[~]"), &[(ERROR, "invalid-shape", "is nothing")]),
        text(
            "a scope with its description",
            with("[{ read: R }]"),
            &[(ERROR, "invalid-shape", "a scope that is required of `OAuth` is a mapping")],
        ),
        text("no list", with("read"), &[(ERROR, "invalid-shape", "the requirement of `OAuth` is a string")]),
        text(
            "a number in an extension",
            operation("", &["security: [{ Key: [] }]", "x-required-scopes: [read, 404]"]),
            &[(ERROR, "unreadable-extension", "quote it: `\"404\"`")],
        ),
        text(
            "a number among the stages",
            operation("x-check-order: [authentication, 2]\n", &["security: []"]),
            &[(ERROR, "unreadable-extension", "an item of `x-check-order` is a number")],
        ),
    ]);
}
