//! Each mistake and what is said about it: code, message, underline and help together.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use policy_spec::{Code, Combine, Extension, Lint, Loaded, Settings, Stage};

const HEAD: &str = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\n";
const SCHEMES: &str = "components:
  securitySchemes:
    Key:
      type: http
      scheme: bearer
      x-scopes: { 'notes:read': Read., 'notes:write': Write. }
    OAuth:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://token.example
          scopes: { 'users:read': Read users. }
    Free: { type: http, scheme: bearer }
";

/// Without what nearly every small document would be told.
fn settings() -> Settings {
    let quiet = [Code::MissingOperationId, Code::UnusedScope, Code::EmptyPolicy];
    Settings::default().with(|settings| settings.levels = quiet.into_iter().map(|code| (code, Lint::Allow)).collect())
}

fn read(text: &str) -> Loaded {
    policy_spec::read("api.yaml", text.as_bytes(), &settings())
}

/// The document with usable schemes, without a root `security`.
fn document(rest: &str) -> String {
    format!("{HEAD}{SCHEMES}{rest}")
}

/// Every finding as shown; an error must have cost the model, a mere warning must not.
fn shown(loaded: &Loaded) -> String {
    let failed = loaded.findings.iter().any(|finding| finding.is_error());
    assert_eq!(loaded.model.is_none(), failed);
    assert!(!loaded.findings.is_empty(), "nothing was found");
    loaded.render(false)
}

macro_rules! findings {
    ($($name:ident: $document:expr;)*) => {$(
        #[test]
        fn $name() {
            let text: String = $document;
            insta::with_settings!({ description => text.clone(), omit_expression => true }, {
                insta::assert_snapshot!(shown(&read(&text)));
            });
        }
    )*};
}

findings! {
    duplicate_key: document("security: [{Key: []}]\npaths:\n  /a:\n    get: {}\n    get: { security: [] }\n");
    duplicate_key_in_json: r#"{"openapi": "3.1.0", "paths": {"/a": {"get": {"security": []}}, "/a": {}}}"#.to_owned();
    duplicate_key_in_one_long_line: format!(r#"{{"openapi": "3.1.0", "paths": {{"/a": {{"description": "{0}"}}, "/b": {{"description": "{0}"}}, "/a": {{"description": "{0}"}}}}}}"#, "long ".repeat(50));
    unknown_key_in_path_item: document("security: [{Key: []}]\npaths:\n  /a:\n    gett: {}\n    query: {}\n    x-anything: 1\n");
    unknown_key_in_operation: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { secruity: [], x-note: 1 }\n");
    unknown_key_at_the_root: document("secuirty: [{Key: []}]\npaths: {}\n");
    unknown_flow: format!("{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n    O: {{ type: oauth2, flows: {{ deviceAuthorization: {{}} }} }}\n");
    scheme_unresolved: document("paths:\n  /a:\n    get: { security: [{Kay: []}] }\n    put: { security: [{Elsewhere: []}] }\n");
    ill_formed_scope: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { x-required-scopes: ['unrestricted only', '', \"tab\\t\", 'sch\u{f6}n'] }\n");
    ill_formed_scope_in_the_catalogue: format!("{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n    K: {{ type: http, scheme: bearer, x-scopes: {{ 'a b': A }} }}\n");
    undeclared_operation: document("paths:\n  /a:\n    get: { operationId: a }\n");
    undeclared_operation_without_any_scheme: format!("{HEAD}paths:\n  /a:\n    get: {{ x-required-scopes: [a] }}\n");
    public_operation_with_scopes: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { security: [], x-required-scopes: ['notes:read'] }\n");
    optional_operation_with_scopes: document("security: [{Key: []}, {}]\npaths:\n  /a:\n    get: { x-required-scopes: ['notes:read'] }\n");
    undeclared_scope: document("security: [{Key: []}]\npaths:\n  /a:\n    get:\n      x-required-scopes: ['note:read', 'notes:write']\n    put: { security: [{OAuth: ['user:read', 'billing']}] }\n");
    extension_is_a_string: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { x-required-scopes: 'notes:read notes:write' }\n");
    extension_holds_a_number: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { x-required-scopes: [a, 404] }\n");
    extension_is_a_mapping: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { x-required-scopes: { any: [a] } }\n");
    extension_is_empty: document("security: [{Free: []}]\npaths:\n  /a:\n    get:\n      x-required-scopes:\n");
    extension_misplaced: document("x-required-scopes: ['notes:read']\nsecurity: [{Key: []}]\npaths:\n  /a:\n    x-required-scopes: ['notes:read']\n    x-follow-up: []\n    get: { x-follow-up: [] }\n  x-required-scopes: []\nwebhooks:\n  w: { post: { x-required-scopes: [] } }\n");
    extension_misspelled: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { x-requierd-scopes: ['notes:read'] }\n");
    security_of_the_wrong_shape: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { security: {Key: []} }\n    put: { security: [Key] }\n    post: { security: [{Key: }] }\n");
    root_security_of_the_wrong_shape: document("security: Key\npaths:\n  /a:\n    get: {}\n");
    unresolved_ref: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { parameters: [{$ref: '#/components/parametres/Page'}, {$ref: 'elsewhere'}, {$ref: '#top'}] }\n");
    circular_ref: document("security: [{Key: []}]\npaths:\n  /a:\n    $ref: '#/paths/~1b'\n  /b:\n    $ref: '#/paths/~1a'\n");
    reference_to_the_network: document("security: [{Key: []}]\npaths:\n  /a: { $ref: 'https://example.com/a.yaml' }\n");
    keys_beside_a_reference: document("security: [{Key: []}]\npaths:\n  /a: { get: {} }\n  /b:\n    $ref: '#/paths/~1a'\n    get: { security: [] }\n    put: { $ref: '#/paths/~1a/get', security: [] }\n");
    template_collision: document("security: [{Key: []}]\npaths:\n  /a/{x}: { get: {} }\n  /a/{y}: { get: { security: [] } }\n");
    template_collision_with_one_policy: document("security: [{Key: []}]\npaths:\n  /a/{x}: { get: {} }\n  /a/{y}: { get: {} }\n");
    ambiguous_templates: document("security: [{Key: []}]\npaths:\n  /a/{x}/c: { get: {} }\n  /a/b/{y}: { get: { x-required-scopes: ['notes:read'] } }\n  /a/b/c: { get: {} }\n");
    ill_formed_template: document("security: [{Key: []}]\npaths:\n  a: { get: {} }\n  /token#refresh: { get: {} }\n  /x?beta=true: { get: {} }\n  /{x: { get: {} }\n  '/{}': { get: {} }\n");
    unknown_follow_up: document("security: [{Key: []}]\npaths:\n  /a/{x}: { get: { operationId: getA } }\nwebhooks:\n  ready:\n    x-follow-up: ['GET /a/{y}', getB, getA]\n    post: { x-follow-up: nothing }\n");
    check_order_with_query_first: document("x-check-order: [authentication, query, enablement, scopes]\nsecurity: [{Key: []}]\npaths: {}\n");
    check_order_without_authentication_first: document("x-check-order: [enablement, authentication, scopes, query]\nsecurity: [{Key: []}]\npaths: {}\n");
    check_order_without_a_stage: document("x-check-order: [authentication, scopes, query]\nsecurity: [{Key: []}]\npaths: {}\n");
    check_order_with_a_stage_twice: document("x-check-order: [authentication, scopes, scopes, enablement, query]\nsecurity: [{Key: []}]\npaths: {}\n");
    check_order_with_an_unknown_stage: document("x-check-order: [authentication, enablment, scopes, query]\nsecurity: [{Key: []}]\npaths: {}\n");
    check_order_of_the_wrong_shape: document("x-check-order: authentication\nsecurity: [{Key: []}]\npaths: {}\n");
    version_unknown: "openapi: 4.0.0\npaths: {}\n".to_owned();
    version_almost_known: "openapi: 3.10.0\npaths: {}\n".to_owned();
    version_missing: "info: {}\npaths: {}\n".to_owned();
    parse_error: "openapi: 3.1.0\npaths:\n  /a: { get: [\n".to_owned();
    empty_document: "# nothing\n".to_owned();
    document_is_a_list: "- openapi\n".to_owned();
    two_documents: format!("{HEAD}paths: {{}}\n---\n{HEAD}paths: {{}}\n");
    unknown_tag: format!("{HEAD}paths: !include paths.yaml\n");
    scheme_without_type: format!("{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n    K: {{ scheme: bearer }}\n    L: {{ type: apiKey, in: body, name: k }}\n");
    security_schemes_that_lack_what_their_type_asks_for: format!("{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n    K: {{ type: cookie }}\n    L: {{ type: apiKey, in: header }}\n    M: {{ type: oauth2 }}\n    N: {{ type: openIdConnect }}\n    O: {{ type: http }}\n    P: {{ type: basic }}\n    Q: [http]\n");
    operation_id_is_a_number: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { operationId: [a] }\n");
    parameter_in_the_querystring: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { parameters: [{name: q, in: querystring}, {name: r}, {in: query}, 7] }\n");
    server_without_a_default: document("servers: [{ url: 'https://{host}/{version}' }]\nsecurity: [{Key: []}]\npaths: {}\n");
    servers_of_the_wrong_shape: document("servers: [https://a.example, { description: A }, { url: [a] }, { url: '/v1?x' }]\nsecurity: [{Key: []}]\npaths: {}\n");
    servers_with_other_base_paths: document("servers: [{ url: https://a.example/v1 }, { url: https://b.example/v2/ }]\nsecurity: [{Key: []}]\npaths: {}\n");
    scopes_on_a_plain_scheme_in_3_0: format!("openapi: 3.0.3\ninfo: {{ title: T, version: '1' }}\n{SCHEMES}security: [{{Free: [a]}}]\npaths: {{}}\n");
    anonymous_alternative: document("security: [{Key: []}, {}]\npaths:\n  /a:\n    get: {}\n");
    unscoped_alternative_beside_scoped: document("paths:\n  /a:\n    get: { security: [{Key: []}, {OAuth: ['users:read'], Free: []}] }\n");
    redundant_alternative: document("paths:\n  /a:\n    get: { security: [{OAuth: ['users:read']}, {OAuth: ['users:read'], Key: []}] }\n");
    and_that_reads_like_or: document("paths:\n  /a:\n    get: { security: [{Key: ['notes:write', 'notes:read']}] }\n    put: { security: [{Key: ['notes:write', 'notes:read']}] }\n  /b:\n    get: { security: [{Free: [a.read, a]}] }\n");
    scope_placeholder: document("paths:\n  /a:\n    get: { security: [{Free: ['consent:{consentId}', 'read']}] }\n");
    scopes_of_an_extension_in_no_catalogue: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { x-required-scopes: ['files:view'] }\n    put: { x-required-scopes: ['files:view', 'file:view'] }\n");
    unread_schema: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { parameters: [{name: q, in: query, schema: { type: object, properties: { a: {} }, allOf: [{ $dynamicRef: '#T' }] }}] }\n");
    merge_key_twice: document("x-a: &a { security: [] }\nx-b: &b { security: [{Key: []}] }\npaths:\n  /a:\n    get:\n      <<: *a\n      <<: *b\n");
    own_key_before_a_merge: document("x-a: &a { security: [] }\npaths:\n  /a:\n    get:\n      security: [{Key: []}]\n      <<: *a\n");
    a_number_among_scopes: document("paths:\n  /a:\n    get: { security: [{Key: ['notes:read', 1]}] }\n");
    deprecated_schemes: format!("openapi: 3.2.0\ninfo: {{ title: T, version: '1' }}\npaths:\n  /a: {{ get: {{ security: [{{K: []}}, {{I: []}}, {{P: []}}, {{S: []}}] }} }}\ncomponents:\n  securitySchemes:\n    K: {{ type: http, scheme: bearer, deprecated: true }}\n    I: {{ type: oauth2, flows: {{ implicit: {{ scopes: {{}} }} }} }}\n    P: {{ type: oauth2, flows: {{ password: {{ scopes: {{}} }} }} }}\n    S: {{ type: oauth2, flows: {{ implicit: {{ scopes: {{}} }}, clientCredentials: {{ scopes: {{}} }} }} }}\n    Unused: {{ type: http, scheme: basic, deprecated: true }}\n");
    credential_in_query: format!("swagger: '2.0'\ninfo: {{ title: T, version: '1' }}\nsecurityDefinitions:\n  K: {{ type: apiKey, in: query, name: api_key }}\nsecurity: [{{K: []}}]\npaths:\n  /a: {{ get: {{}} }}\n");
    sentinel_scope: document("security: [{Free: []}]\npaths:\n  /a:\n    get: { x-required-scopes: [none] }\n    put: { x-required-scopes: ['*'] }\n    post: { x-required-scopes: [none] }\n");
    extension_disagrees_with_security: document("paths:\n  /a:\n    get: { security: [{Key: ['notes:read']}, {Free: []}], x-required-scopes: ['notes:write'] }\n");
    shadowed_route: document("security: [{Key: []}]\npaths:\n  /a/{x}: { get: {} }\n  /a/b: { get: { security: [] } }\n  /a/c: { get: {} }\n");
    path_variant: document("security: [{Key: []}]\npaths:\n  /a: { post: {} }\n  /a#refresh: { post: {} }\n  /b?beta=true: { post: {} }\n  /b: { post: { security: [{Free: [a]}] } }\n");
    server_not_covered: document("servers: [{ url: /v1 }]\nsecurity: [{Key: []}]\npaths:\n  /a:\n    servers: [{ url: /v2 }, { url: https://other.example/v3/ }]\n    get: {}\n");
    unreadable_base_path: "swagger: '2.0'\nbasePath: 'v1/{tenant}'\npaths: {}\n".to_owned();
    router_syntax: document("security: [{Key: []}]\npaths:\n  '/files/{path+}': { get: {} }\n  /hooks/:token/*: { get: {} }\n");
    unserved_operation: document("security: [{Key: []}]\nx-ms-paths: { '/b?c': { get: { responses: {} } } }\npaths:\n  /a: { x-amazon-apigateway-any-method: { responses: {} } }\n");
    paths_that_are_a_reference: document("security: [{Key: []}]\npaths: { $ref: paths.yaml }\n");
    server_with_values_that_are_not_covered: document("servers: [{ url: 'https://{host}/{version}', variables: { host: { default: a, enum: [a, b] }, version: { default: v1, enum: [v1, v2] } } }]\nsecurity: [{Key: []}]\npaths: { /a: { get: {} } }\n");
    server_without_a_scheme: document("servers: [{ url: 'localhost:8080/v1' }, { url: api.example.com/v1 }, { url: /caf\u{e9} }]\nsecurity: [{Key: []}]\npaths: { /a: { get: {} } }\n");
    template_collision_of_many: document("security: [{Key: []}]\npaths:\n  /a#1: { get: {} }\n  /a#2: { get: {} }\n  /a#3: { get: {} }\n  /a#4: { get: {} }\n  /a#5: { get: { security: [] } }\n");
    unknown_style: document("security: [{Key: []}]\npaths:\n  /a:\n    get: { parameters: [{ name: ids, in: query, style: simple, schema: { type: array } }] }\n");
    everything_at_once: document("x-check-order: [authentication]\npaths:\n  /a:\n    get: { secruity: [] }\n    put: { security: [{Kay: []}] }\n    put: {}\nwebhooks:\n  w: { x-follow-up: [nope] }\n");
    positions_with_crlf_and_bom: format!("\u{feff}{}", document("paths:\n  # \u{e4}\n  '/{\u{e4}}':\n    get: {}\n").replace('\n', "\r\n"));
}

#[test]
fn not_utf_8() {
    let loaded = policy_spec::read("api.yaml", b"openapi: 3.1.0\ninfo: \xff\n", &Settings::default());
    insta::assert_snapshot!(shown(&loaded));
}

#[test]
fn a_missing_file() {
    let loaded = policy_spec::load("nowhere/api.yaml".as_ref(), &Settings::default());
    insta::assert_snapshot!(shown(&loaded));
}

#[test]
fn settings_are_held_to_the_same_rules() {
    let text = document("security: [{Key: []}]\npaths: {}\n");
    let settings = settings().with(|settings| {
        settings.extensions = vec![Extension::new("x-required-scopes").combining(Combine::Any)];
        settings.check_order = Some([Stage::Authentication, Stage::Query, Stage::Scopes, Stage::Enablement]);
        settings.base_path = Some("v1?x".to_owned());
    });
    insta::assert_snapshot!(shown(&policy_spec::read("api.yaml", text.as_bytes(), &settings)));
}

/// With every code at its own level.
macro_rules! found_with {
    ($($name:ident: $settings:expr, $document:expr;)*) => {$(
        #[test]
        fn $name() {
            let text: String = $document;
            let configuration = policy_spec::Configuration::parse("policy.toml", $settings).unwrap();
            insta::with_settings!({ description => format!("{text}\n# policy.toml\n{}", $settings), omit_expression => true }, {
                insta::assert_snapshot!(shown(&policy_spec::read("api.yaml", text.as_bytes(), &configuration.settings)));
            });
        }
    )*};
}

const IDS: &str = "[levels]\nmissing-operation-id = \"allow\"\nunused-scope = \"allow\"\n";

found_with! {
    unused_scope: "", document("paths: { /a: { get: { operationId: a, security: [{Key: ['notes:read']}] } } }\n");
    missing_operation_id: "", document("security: [{Free: []}]\npaths: { /a: { get: {} } }\n").replace("x-scopes", "x-other").replace("scopes: { 'users:read': Read users. }", "scopes: {}");
    duplicate_operation_id: IDS, document("security: [{Free: []}]\npaths: { /a: { get: { operationId: a }, put: { operationId: a } } }\n");
    empty_policy: IDS, document("paths: {}\n");
    undeclared_operation_that_is_denied: &format!("undeclared = \"deny\"\n{IDS}"), document("paths: { /a: { get: {} } }\n");
    undeclared_operation_that_another_would_decide: &format!("undeclared = \"deny\"\n{IDS}"), document("paths:\n  /a/{id}: { get: { security: [{Free: []}] } }\n  /a/recent: { get: {} }\n");
    extension_disagrees_about_whose_scopes: &format!("{IDS}extension-disagrees-with-security = \"allow\"\n[[extensions]]\nname = \"x-needs\"\nshape = \"schemes\"\n"), document("paths: { /a: { get: { security: [{Key: []}], x-needs: { OAuth: ['users:read'] } } } }\n");
    server_not_covered_by_the_choice: &format!("base-path = \"/v1\"\n{IDS}"), document("servers: [{ url: 'https://a.example/{tenant}' }, { url: /v1 }, { url: /v2 }]\nsecurity: [{Free: []}]\npaths: { /a: { get: {} } }\n");
    too_deep: "[limits]\ndepth = 3\n", "openapi: 3.1.0\nx-a: { b: { c: [d] } }\n".to_owned();
    too_deep_in_json: "[limits]\ndepth = 3\n", "{\"openapi\": \"3.1.0\", \"x-a\": {\"b\": {\"c\": [1]}}}\n".to_owned();
    too_deep_in_schemas: &format!("{IDS}[limits]\ndepth = 8\n"), document("x-a: { allOf: [{ $ref: '#/x-b' }] }\nx-b: { allOf: [{ $ref: '#/x-c' }] }\nx-c: { allOf: [{ $ref: '#/x-d' }] }\nx-d: { allOf: [{ $ref: '#/x-e' }] }\nx-e: {}\nsecurity: [{Free: []}]\npaths:\n  /a:\n    parameters: [{ in: query, name: p, schema: { $ref: '#/x-a' } }]\n    get: {}\n");
    too_large_by_aliases: "[limits]\nalias-values = 5\n", "openapi: 3.1.0\nx-a: &a [1, 2]\nx-b: [*a, *a]\n".to_owned();
    too_large_by_alternatives: &format!("{IDS}[limits]\nalternatives = 2\n[[extensions]]\nname = \"x-needs\"\ncombine = \"any\"\n"), document("paths: { /a: { get: { security: [{Free: []}], x-needs: [a, b, c] } } }\n");
    too_large_by_references: &format!("{IDS}[limits]\nreferences = 2\n"), document("security: [{Free: []}]\npaths: { /a: { get: { parameters: [{ $ref: '#/x-p' }, { $ref: '#/x-p' }, { $ref: '#/x-p' }] } } }\nx-p: { in: query, name: p }\n");
    too_large_by_bytes: &format!("{IDS}[limits]\nbytes = 100\n"), document("paths: {}\n");
    too_large_by_values: &format!("{IDS}[limits]\nmodel-values = 50\n"), document("security: [{Free: []}]\npaths: { /a: { get: {}, put: {}, post: {} } }\n");
    too_large_by_comparisons: &format!("{IDS}[limits]\ncomparisons = 3\n"), document("security: [{Free: []}]\npaths: { '/{a}/b': { get: {} }, '/a/{b}': { get: {} }, '/{a}/{b}': { get: {} } }\n");
    too_large_by_findings: &format!("{IDS}[limits]\nfindings = 1\n"), document("paths: { /a: { get: {}, put: {}, post: {} } }\n");
    invalid_scope_map_entry: &format!("[[scopes.map]]\nscheme = \"OAuth\"\nfrom = \"Notes.Read\"\nto = [\"note:read\"]\n{IDS}"), document("paths: { /a: { get: { security: [{Key: []}] } } }\n");
    expired_scope_map_entry: &format!("[[scopes.map]]\nscheme = \"Key\"\nfrom = \"Notes.Read\"\nto = [\"notes:read\"]\nuntil = 2025-01-31\n{IDS}"), document("paths: { /a: { get: { security: [{Key: ['notes:read', 'notes:write']}] } } }\n");
    expired_waiver: &format!("{IDS}[[waivers]]\ncode = \"anonymous-alternative\"\nlocation = \"GET /a\"\nreason = \"until all have keys\"\nexpires = 2025-01-31\n"), document("paths: { /a: { get: { security: [{Free: []}, {}] } } }\n");
    waived: &format!("{IDS}[[waivers]]\ncode = \"anonymous-alternative\"\nlocation = \"GET /a\"\nreason = \"a public page\"\nexpires = 2999-01-31\n"), document("paths: { /a: { get: { security: [{Free: []}, {}] } } }\n");
    unused_waiver: &format!("{IDS}[[waivers]]\ncode = \"anonymous-alternative\"\nlocation = \"PUT /a\"\nreason = \"a public page\"\nexpires = 2999-01-31\n"), document("security: [{Free: []}]\npaths: { /a: { get: {} } }\n");
    a_waiver_of_what_is_fixed: &format!("{IDS}[[waivers]]\ncode = \"duplicate-key\"\nlocation = \"/a\"\nreason = \"both are the same\"\nexpires = 2999-01-31\n"), document("security: [{Free: []}]\npaths: { /a: { get: {}, get: {} } }\n");
}

#[test]
fn invalid_configuration() {
    let toml = "undeclaerd = \"deny\"\nbase-path = 7\n[[extensions]]\nname = \"scopes\"\ncombine = \"some\"\n[levels]\nduplicate-key = \"note\"\nunused-skope = \"note\"\nunused-scope = \"ignore\"\n[[waivers]]\ncode = \"unused-scope\"\nlocation = \"/a\"\nreason = \" \"\nexpires = \"soon\"\n[limits]\ndepth = 1000\nbites = 7\n";
    insta::assert_snapshot!(policy_spec::Configuration::parse("policy.toml", toml).unwrap_err().render(false));
}

/// Every code that the documentation has is seen here with its message, underline and help.
#[test]
fn every_code_is_shown_word_for_word() {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let shown =
        ["snapshots", "overlays/snapshots", "as_nobody.rs"].map(|shown| text_below(&tests.join(shown))).concat();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !shown.contains(&format!("[{code}]: "))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A file's text, or that of all files of a folder.
fn text_below(path: &std::path::Path) -> String {
    let Ok(folder) = std::fs::read_dir(path) else { return std::fs::read_to_string(path).unwrap() };
    folder.map(|file| text_below(&file.unwrap().path())).collect()
}

#[test]
fn colours_are_only_added_when_asked_for() {
    let loaded = read("openapi: 9\n");
    assert!(!loaded.render(false).contains('\u{1b}'));
    assert!(loaded.render(true).contains('\u{1b}'));
    let long = format!("{{\"openapi\": \"9\", \"x-long\": \"{}\"}}", "long ".repeat(200));
    assert!(!read(&long).render(true).contains(":::"));
}
