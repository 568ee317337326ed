//! Documents that are easily misread: what is read of each equals what the oracle reads straight from the raw text.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod oracle;

use oracle::fixture::Folder;
use policy_spec::{Configuration, OperationModel, Settings};
use serde_json::{Map, Value, json};

fn told(operation: &OperationModel) -> Value {
    let alternatives: Vec<Value> = operation
        .alternatives()
        .iter()
        .map(|alternative| {
            let schemes: Map<String, Value> =
                alternative.schemes().iter().map(|(scheme, scopes)| (scheme.clone(), json!(scopes))).collect();
            json!({"anonymous": alternative.is_anonymous(), "schemes": schemes, "extension": alternative.extension()})
        })
        .collect();
    let query = &operation.query;
    json!({
        "method": operation.method,
        "path": operation.path,
        "template": operation.template,
        "operation_id": operation.operation_id,
        "access": operation.requirement.access_word(),
        "alternatives": alternatives,
        "query": { "names": query.names, "prefixes": query.prefixes, "any": query.any },
    })
}

/// Reads `api.yaml` or `api.json` of these files twice, and gives the operations.
fn both(files: &[(&str, &str)], settings: &Settings, config: &oracle::Config) -> Vec<Value> {
    let folder = Folder::new(files);
    let entry = folder.0.join(files[0].0);
    let loaded = policy_spec::load(&entry, settings);
    let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{}", loaded.render(false)));
    let read: Vec<Value> = model.operations.iter().map(told).collect();
    let expected = oracle::operations(&entry, config);
    for (one, other) in read.iter().zip(expected.as_array().unwrap()) {
        assert_eq!(one, other);
    }
    assert_eq!(read.len(), expected.as_array().unwrap().len());
    read
}

fn plain(files: &[(&str, &str)]) -> Vec<Value> {
    both(files, &Settings::default(), &oracle::Config::default())
}

fn keys(read: &[Value]) -> Vec<String> {
    read.iter().map(|operation| format!("{} {}", operation["method"], operation["path"]).replace('"', "")).collect()
}

#[test]
fn a_tree_of_files_with_references_to_references() {
    let read = plain(&[
        (
            "api.yaml",
            "
openapi: 3.1.0
info: { title: T, version: '1' }
components:
  securitySchemes:
    Key: { $ref: 'parts/security.yaml#/schemes/a~1b' }
    Query: { $ref: 'parts/security.yaml#/schemes/query%20key' }
  parameters:
    Page: { $ref: 'parts/parameters.yaml#/0' }
security: [{ Key: [] }]
paths:
  /own-and-referred:
    $ref: parts/item.yaml
    summary: beside
    x-note: kept
    parameters: [{ name: own, in: query, schema: { type: string } }]
    delete: { security: [{ Query: [] }] }
  /only-referred: { $ref: './parts/../parts/item.yaml' }
  /pointer: { $ref: '#/paths/~1only-referred' }
  /operation:
    get: { $ref: 'parts/item.yaml#/get' }
    put: { $ref: '#/paths/~1operation/get', x-note: harmless }
",
        ),
        (
            "parts/item.yaml",
            "
servers: [{ url: /v2/ }]
get:
  parameters:
    - $ref: '../api.yaml#/components/parameters/Page'
    - { $ref: 'parameters.yaml#/1', name: ignored }
post: { security: [], parameters: [] }
",
        ),
        (
            "parts/security.yaml",
            "
schemes:
  a/b: { $ref: '#/schemes/last' }
  last: { type: http, scheme: bearer }
  query key: { type: apiKey, in: query, name: api_key }
",
        ),
        ("parts/parameters.yaml", "- { $ref: '#/1' }\n- { name: page, in: query, schema: { type: integer } }\n"),
    ]);
    assert_eq!(
        keys(&read),
        [
            "GET /v2/own-and-referred",
            "POST /v2/own-and-referred",
            "DELETE /v2/own-and-referred",
            "GET /v2/only-referred",
            "POST /v2/only-referred",
            "GET /v2/pointer",
            "POST /v2/pointer",
            "GET /operation",
            "PUT /operation"
        ]
    );
    assert_eq!(read[0]["query"]["names"], json!(["own", "page"]));
    assert_eq!(read[2]["query"]["names"], json!(["api_key", "own"]));
}

#[test]
fn openapi_3_2_with_all_that_it_adds() {
    let read = plain(&[(
        "api.yaml",
        "
openapi: 3.2.0
$self: https://example.com/api.yaml
info: { title: T, version: '1' }
servers: [{ name: prod, url: 'https://{region}.example.com:{port}/{base}', variables: { region: { default: eu }, port: { default: 443, enum: [443, 8443] }, base: { default: v1 } } }]
components:
  securitySchemes:
    Key: { type: apiKey, in: query, name: k, deprecated: true }
    O:
      type: oauth2
      oauth2MetadataUrl: https://example.com/.well-known
      flows: { deviceAuthorization: { deviceAuthorizationUrl: https://a, tokenUrl: https://b, scopes: { a: A, b: B } } }
  schemas:
    Page: { type: object, properties: { limit: {}, offset: {} } }
security: [{ O: [a, b] }, { '#/components/securitySchemes/Key': [] }]
paths:
  /a:
    query: { parameters: [{ name: q, in: querystring, content: { application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Page' } } } }] }
    additionalOperations:
      COPY: { security: [{ Key: [] }] }
      copy: { security: [] }
      X-Odd~1: {}
    parameters: [{ name: p, in: query, schema: { $ref: '#/components/schemas/Page', properties: { more: {} } } }]
    get: {}
",
    )]);
    assert_eq!(
        keys(&read),
        ["QUERY /v1/a", "COPY /v1/a", "copy /v1/a", "X-Odd~1 /v1/a", "GET /v1/a"].map(str::to_owned)
    );
    assert_eq!(read[4]["query"]["names"], json!(["k", "limit", "more", "offset"]));
}

#[test]
fn swagger_2_0() {
    let read = plain(&[(
        "api.json",
        r##"{
  "swagger": "2.0", "info": {"title": "T", "version": "1"}, "host": "example.com", "basePath": "/api/", "schemes": ["https"],
  "securityDefinitions": {
    "basic": {"type": "basic"},
    "key": {"type": "apiKey", "in": "query", "name": "api_key"},
    "oauth": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a", "tokenUrl": "https://b", "scopes": {"r": "R", "w": "W", "x-internal": {"not": "a scope"}}}
  },
  "security": [{"basic": []}],
  "parameters": {"ids": {"name": "ids", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"}},
  "paths": {
    "x-paths": {"get": {}},
    "/a/{id}": {
      "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}, {"$ref": "#/parameters/ids"}],
      "get": {"consumes": [], "schemes": ["http"], "security": [{"oauth": ["w", "r"], "key": []}, {"basic": []}]},
      "post": {"parameters": [{"name": "file", "in": "formData", "type": "file"}, {"name": "ids", "in": "formData", "type": "string"}]},
      "put": {"security": [], "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/definitions/missing"}}, {"name": "ids", "in": "query", "type": "string"}]}
    }
  }
}"##,
    )]);
    assert_eq!(keys(&read), ["GET /api/a/{id}", "POST /api/a/{id}", "PUT /api/a/{id}"]);
    assert_eq!(read[0]["query"]["names"], json!(["api_key", "ids"]));
}

#[test]
fn yaml_with_all_its_turns() {
    let text = "\u{feff}%YAML 1.2
---
openapi: '3.0.4'
info: &info { title: \"\\u00e4 \\x41\", version: 2026-11-24 }
x-base: &base
  security: [{ Key: [on, no, 2026-11-24, 'null', \"~\"] }]
  responses: { 200: { description: OK }, default: { description: *info } }
x-more: &more { parameters: [{ in: query, name: on }, { in: query, name: 7 }], x-required-scopes: &scopes [yes, off] }
components: { securitySchemes: { Key: { type: http, scheme: BEARER, x-scopes: { on: ~, no: ~, 2026-11-24: ~, 'null': ~, '~': ~, yes: ~, off: ~, n: ~ } } } }
security:
  - Key: []
paths:
  /on:
    get: { <<: [*more, *base], operationId: !!str on }
    put: { <<: *base, security: [] }
    post:
      <<: *base
      x-required-scopes: *scopes
  ? /no
  : head: { operationId: 12345678901234567890123456789 }
    options: { operationId: 0x1F }
  \"/quoted\\u002fkey\": { patch: { summary: |
        get: { security: [] }
        more, x-required-scopes: [n] } }
...
";
    let text = text.replace(
        "{ patch: { summary: |\n        get: { security: [] }\n        more, x-required-scopes: [n] } }",
        "{ patch: { summary: 'get: { security: [] }', x-required-scopes: [n] } }",
    );
    for text in [text.clone(), text.replace('\n', "\r\n")] {
        let folder = Folder::new(&[("api.yaml", &text)]);
        let settings =
            Configuration::parse("policy.toml", "[levels]\nscopes-on-non-oauth-scheme = \"allow\"\n").unwrap();
        let loaded = policy_spec::load(&folder.0.join("api.yaml"), &settings.settings);
        let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{}", loaded.render(false)));
        assert_eq!((model.title.as_str(), model.version.as_str()), ("ä A", "2026-11-24"));
        let read: Vec<Value> = model.operations.iter().map(told).collect();
        assert_eq!(keys(&read), ["GET /on", "PUT /on", "POST /on", "HEAD /no", "OPTIONS /no", "PATCH /quoted/key"]);
        let expected = json!([{ "anonymous": false, "schemes": { "Key": ["2026-11-24", "no", "null", "on", "~"] }, "extension": ["off", "yes"] }]);
        assert_eq!(read[0]["alternatives"], expected);
        assert_eq!(read[0]["query"]["names"], json!(["7", "on"]));
        assert_eq!(read[1]["access"], "public");
        assert_eq!(read[2]["alternatives"], expected);
        assert_eq!(read[3]["operation_id"], "12345678901234567890123456789");
        assert_eq!(read[5]["alternatives"][0]["extension"], json!(["n"]));
    }
}

#[test]
fn json_with_all_its_turns() {
    let text = "\u{feff}{\r\n\"openapi\": \"3.1.0\", \"info\": {\"title\": \"\\ud83d\\ude00\", \"version\": 1e400, \"x-n\": [170141183460469231731687303715884105727, -0.0]},
\"components\": {\"securitySchemes\": {\"schema\": {\"type\": \"http\", \"scheme\": \"bearer\"}, \"\\u006bey\": {\"type\": \"apiKey\", \"in\": \"cookie\", \"name\": \"c\"}}},
\"security\": [{\"schema\": [], \"key\": [\"\\u0061\\/b\"]}], \"<<\": {\"never\": \"merged\"},
\"paths\": {\"\\/a\": {\"get\": {\"responses\": {\"200\": {\"headers\": {\"$ref\": \"data\"}, \"content\": {\"e\": {\"example\": {\"$ref\": \"/etc/passwd\", \"security\": []}}}}}}}}}";
    let text = text.replace(", \"<<\": {\"never\": \"merged\"}", ", \"x-<<\": {\"never\": \"merged\"}");
    let loaded = policy_spec::read("api.json", text.as_bytes(), &Settings::default());
    let model = loaded.model.as_ref().unwrap_or_else(|| panic!("{}", loaded.render(false)));
    assert_eq!((model.title.as_str(), model.version.as_str()), ("\u{1f600}", "1e400"));
    let [operation] = model.operations.as_slice() else { panic!("one operation") };
    assert_eq!(told(operation)["alternatives"][0]["schemes"], json!({ "schema": [], "key": ["a/b"] }));
}

#[test]
fn extensions_in_every_shape() {
    use oracle::{Combine, ExtensionConfig, ExtensionShape};
    let head = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents: { securitySchemes: { A: { type: http, scheme: bearer }, B: { type: http, scheme: basic }, O: { type: oauth2, flows: {} } } }\n";
    let securities = [
        "",
        "security: [{ A: [] }]",
        "security: [{ A: [x] }, { A: [], B: [] }, {}]",
        "security: [{ O: [x] }, { B: [] }]",
        "security: [{ O: [] }, { O: [] , A: [] }]",
    ];
    let shapes: [(&str, ExtensionShape, &[&str]); 8] = [
        ("list", ExtensionShape::List, &["[]", "[x]", "[y, x, y]"]),
        ("string", ExtensionShape::String, &["x", "~"]),
        ("words", ExtensionShape::Words, &["x y z", "x", "''"]),
        (
            "entries",
            ExtensionShape::Entries,
            &[
                "[]",
                "[{ scheme: O, scopes: [x, y], state: Beta }]",
                "[{ scheme: O, scopes: [x] }, { scheme: O, scopes: [y, z] }, { scheme: A, scopes: [] }]",
            ],
        ),
        (
            "operator",
            ExtensionShape::Operator,
            &[
                "{ operator: OR, permissions: [x, y] }",
                "{ operator: AND, permissions: [x, y] }",
                "{ operator: OPEN, permissions: [] }",
            ],
        ),
        (
            "all-any",
            ExtensionShape::AllAny,
            &["{ all: [x] }", "{ any: [x, y] }", "{ all: [x, z], any: [y, x] }", "{ any: [] }"],
        ),
        ("enum", ExtensionShape::Enum, &["{ enum: [x, y] }", "{ enum: [] }"]),
        ("schemes", ExtensionShape::Schemes, &["{}", "{ O: [x, y] }", "{ O: [x, y], A: [z] }", "{ O: [], A: [z, x] }"]),
    ];
    let mut compared = 0;
    for (name, shape, values) in shapes {
        for (combine, word) in [(Combine::All, "all"), (Combine::Any, "any")] {
            let toml = format!(
                "[[extensions]]\nname = \"x-needs\"\nshape = \"{name}\"\ncombine = \"{word}\"\nsibling = \"x-mode\"\n"
            );
            let settings = Configuration::parse("policy.toml", &toml).unwrap().settings;
            let extension = ExtensionConfig::new("x-needs", combine, shape).with_sibling("x-mode");
            let config = oracle::Config { extension: vec![extension], ..oracle::Config::default() };
            for value in values {
                for mode in ["", ", x-mode: any", ", x-mode: AND"] {
                    for security in securities {
                        let comma = if security.is_empty() { "" } else { ", " };
                        let text = format!(
                            "{head}paths: {{ /a: {{ get: {{ x-needs: {value}{mode}{comma}{security} }} }} }}\n"
                        );
                        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &settings);
                        // What contradicts itself has no meaning to compare.
                        let Some(model) = &loaded.model else {
                            let codes: Vec<_> = loaded
                                .findings
                                .iter()
                                .filter(|finding| finding.is_error())
                                .map(|finding| finding.code.as_str())
                                .collect();
                            let contradictions = ["public-operation-with-scopes", "extension-disagrees-with-security"];
                            assert!(codes.iter().all(|code| contradictions.contains(code)), "{codes:?}\n{text}");
                            continue;
                        };
                        let expected = oracle::fixture::read(&config, &text);
                        assert_eq!(told(&model.operations[0]), expected[0], "{toml}{text}");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn servers_of_every_level() {
    let read = plain(&[(
        "api.yaml",
        "
openapi: 3.0.3
info: { title: T, version: '1' }
servers: [{ url: 'https://example.com/{stage}/v1/', variables: { stage: { default: prod, enum: [prod, test] } } }]
security: []
paths:
  /root: { get: {} }
  /item:
    servers: [{ url: //cdn.example.com }]
    get: {}
    put: { servers: [{ url: ./own/ }] }
    post: { servers: [] }
  /item/{id}#variant:
    servers: [{ url: '' }]
    get: {}
  /item?x={y}: { delete: {} }
",
    )]);
    assert_eq!(
        keys(&read),
        ["GET /prod/v1/root", "GET /item", "PUT /own/item", "POST /item", "GET /item/{id}", "DELETE /prod/v1/item"]
    );
}

#[test]
fn query_parameters_of_every_style_and_schema() {
    let head = "
info: { title: T, version: '1' }
security: []
components:
  schemas:
    Page: { type: object, properties: { limit: {}, offset: {} } }
    Sort: { type: object, properties: { by: {}, then: { $ref: '#/components/schemas/Page' } } }
    Untyped: { properties: { u: {} } }
    Free: { type: object }
    Text: { type: string }
    Loop: { anyOf: [{ $ref: '#/components/schemas/Loop' }, { $ref: '#/components/schemas/Page' }] }
    Left: { allOf: [{ $ref: '#/components/schemas/Right' }], properties: { l: {} }, type: object }
    Right: { allOf: [{ $ref: '#/components/schemas/Left' }], properties: { r: { type: array, items: {} } }, type: object }
    Tree: { type: object, properties: { and: { type: array, items: { $ref: '#/components/schemas/Tree' } }, of: { $ref: '#/components/schemas/Tree' } } }
    Chain: { $ref: '#/components/schemas/Sort' }
";
    let of = |key: &str, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("{{ $ref: '#/components/schemas/{name}' }}")).collect();
        format!("{{ {key}: [{}] }}", names.join(", "))
    };
    let mut schemas: Vec<String> =
        ["Page", "Sort", "Untyped", "Free", "Text", "Loop", "Left", "Right", "Tree", "Chain"]
            .map(|name| format!("{{ $ref: '#/components/schemas/{name}' }}"))
            .to_vec();
    for key in ["allOf", "oneOf", "anyOf"] {
        for names in [
            &["Page", "Sort"][..],
            &["Page", "Untyped"],
            &["Page", "Text"],
            &["Left", "Loop"],
            &["Tree", "Free"],
            &["Text"],
        ] {
            schemas.push(of(key, names));
        }
    }
    let written = [
        "{}",
        "true",
        "{ type: string }",
        "{ type: [object, 'null'], properties: { a: {} } }",
        "{ type: object, nullable: true, properties: { a: {} } }",
        "{ type: array, items: { type: object, properties: { a: {} } } }",
        "{ items: {} }",
        "{ type: object, properties: {} }",
        "{ type: object, additionalProperties: false }",
        "{ type: object, additionalProperties: {}, properties: { a: { type: array } } }",
        "{ type: object, patternProperties: { '^x': {} }, properties: { a: {} } }",
        "{ type: object, patternProperties: { '^x': false }, properties: { a: {} } }",
        "{ type: object, properties: { a: {} }, dependentSchemas: { a: { properties: { b: {} } } }, unevaluatedProperties: false }",
        "{ properties: { a: {} }, dependencies: { a: [b], b: { $ref: '#/components/schemas/Page' } } }",
        "{ type: object, if: { properties: { a: {} } }, then: { $ref: '#/components/schemas/Page' }, else: { type: object, required: [c] } }",
        "{ if: { type: object }, then: { additionalProperties: true }, else: { type: array, items: {} } }",
        "{ allOf: [{ then: { $ref: '#/components/schemas/Tree' } }], anyOf: [{ type: object }, { type: string }] }",
        "{ type: object, unevaluatedProperties: { type: string } }",
        "{ type: object, unevaluatedProperties: false }",
        "{ propertyNames: { enum: [a, b] }, additionalProperties: true }",
        "{ type: object, propertyNames: { const: a }, properties: { b: { then: { items: {} } } } }",
        "{ type: object, propertyNames: { pattern: '^a' } }",
        "{ type: object, properties: { a: {}, b: {} }, anyOf: [{ required: [a] }, { required: [b] }] }",
        "{ properties: { a: {} }, anyOf: [{ required: [a] }] }",
        "{ type: object, oneOf: [{ $ref: '#/components/schemas/Page' }, { $ref: '#/components/schemas/Untyped' }] }",
        "{ type: string, oneOf: [{ $ref: '#/components/schemas/Page' }] }",
        "{ $ref: '#/components/schemas/Page', properties: { more: {} } }",
        "{ $ref: '#/components/schemas/Page', description: D }",
        "{ type: object, properties: { a: { oneOf: [{ type: string }, { type: object }] } } }",
    ];
    schemas.extend(written.map(str::to_owned));
    let styles = ["", ", style: form, explode: false", ", style: deepObject, explode: true", ", style: spaceDelimited"];
    for version in ["openapi: 3.0.3", "openapi: 3.1.0", "openapi: 3.2.0"] {
        for style in styles {
            let mut text = format!("{version}{head}paths:\n");
            for (at, schema) in schemas.iter().enumerate() {
                text += &format!(
                    "  /p{at}: {{ get: {{ parameters: [{{ name: p, in: query{style}, schema: {schema} }}] }} }}\n"
                );
            }
            for (operation, schema) in plain(&[("api.yaml", &text)]).iter().zip(&schemas) {
                assert!(operation["query"]["any"].is_boolean(), "{schema}");
            }
        }
    }
}
