//! The oracle against small documents whose meaning is written by hand, and what it reads from the corpus.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod oracle;

use oracle::fixture::{Folder, read};
use oracle::{Combine, Config, ExtensionConfig, ExtensionShape, corpus, corpus_folder, facts, operations};
use serde_json::{Value, json};

/// `OAuth[a b] & Key[] + ext[c] | {}`: an `&` between schemes, a `|` between alternatives, `()` for one without schemes.
fn requirement(operation: &Value) -> String {
    let scopes = |list: &Value| {
        let scopes: Vec<_> = list.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
        scopes.join(" ")
    };
    let alternative = |alternative: &Value| {
        if alternative["anonymous"] == json!(true) {
            assert_eq!(alternative, &json!({ "anonymous": true, "schemes": {}, "extension": [] }));
            return "{}".to_owned();
        }
        let schemes = alternative["schemes"].as_object().unwrap();
        let mut told =
            schemes.iter().map(|(name, list)| format!("{name}[{}]", scopes(list))).collect::<Vec<_>>().join(" & ");
        if told.is_empty() {
            told.push_str("()");
        }
        match scopes(&alternative["extension"]).as_str() {
            "" => told,
            extension => format!("{told} + ext[{extension}]"),
        }
    };
    let alternatives: Vec<_> = operation["alternatives"].as_array().unwrap().iter().map(alternative).collect();
    format!("{}: {}", operation["access"].as_str().unwrap(), alternatives.join(" | ")).trim_end().to_owned()
}

/// Reads a document of one operation with these lines in it, and below a root with these.
fn one(config: &Config, root: &str, lines: &str) -> Value {
    let operation: String = lines.lines().map(|line| format!("      {line}\n")).collect();
    let document = format!("openapi: 3.2.0\n{root}\npaths:\n  /a:\n    get:\n      responses: {{}}\n{operation}");
    let read = read(config, &document);
    assert_eq!(read.as_array().unwrap().len(), 1);
    read[0].clone()
}

fn extension(shape: ExtensionShape, combine: Combine) -> Config {
    Config { extension: vec![ExtensionConfig::new("x-s", combine, shape)], base_path: None }
}

#[test]
fn an_operation_is_told_in_full() {
    let document = "
openapi: 3.1.0
servers: [{ url: 'https://example.com/v1/' }]
security: [{ Key: [], OAuth: [b, a, b] }, {}]
components:
  securitySchemes:
    Key: { type: apiKey, in: query, name: key }
    OAuth: { type: oauth2, flows: {} }
paths:
  /b/{id}#variant:
    parameters: [{ name: page, in: query, schema: { type: integer } }]
    post: { operationId: second, x-required-scopes: [c] }
  x-note: { get: {} }
  /a:
    get: { security: [] }
";
    let expected = json!([
        {
            "method": "POST", "path": "/v1/b/{id}", "template": "/b/{id}#variant", "operation_id": "second",
            "access": "optional",
            "alternatives": [
                { "anonymous": false, "schemes": { "Key": [], "OAuth": ["a", "b"] }, "extension": ["c"] },
                { "anonymous": true, "schemes": {}, "extension": [] },
            ],
            "query": { "names": ["key", "page"], "prefixes": [], "any": false },
        },
        {
            "method": "GET", "path": "/v1/a", "template": "/a", "operation_id": null,
            "access": "public", "alternatives": [],
            "query": { "names": [], "prefixes": [], "any": false },
        },
    ]);
    assert_eq!(read(&Config::default(), document), expected);
}

#[test]
fn operations_stand_in_document_order() {
    let document = |version: &str| {
        format!(
            "{version}\npaths:\n  /b:\n    patch: {{}}\n    additionalOperations: {{ Copy: {{}}, LOCK: {{}} }}\n    \
             trace: {{}}\n    query: {{}}\n    parameters: []\n    get: {{}}\n  /a: {{ head: {{}}, options: {{}} }}\n"
        )
    };
    let cases = [
        ("openapi: 3.2.0", "PATCH /b, Copy /b, LOCK /b, TRACE /b, QUERY /b, GET /b, HEAD /a, OPTIONS /a"),
        ("openapi: 3.1.2", "PATCH /b, TRACE /b, GET /b, HEAD /a, OPTIONS /a"),
        ("openapi: 3.0.0", "PATCH /b, TRACE /b, GET /b, HEAD /a, OPTIONS /a"),
        ("swagger: '2.0'", "PATCH /b, GET /b, HEAD /a, OPTIONS /a"),
    ];
    for (version, expected) in cases {
        let read = read(&Config::default(), &document(version));
        let told = |operation: &Value| {
            format!("{} {}", operation["method"].as_str().unwrap(), operation["path"].as_str().unwrap())
        };
        let listed: Vec<_> = read.as_array().unwrap().iter().map(told).collect();
        assert_eq!(listed.join(", "), expected, "{version}");
    }
}

#[test]
fn the_nearest_security_counts() {
    let cases = [
        ("", "", "undeclared:"),
        ("security: []", "", "public:"),
        ("security: [{ A: [x] }]", "", "required: A[x]"),
        ("security: [{ A: [x] }]", "security: []", "public:"),
        ("security: []", "security: [{ A: [] }]", "required: A[]"),
        ("security: [{ A: [x] }]", "security: [{}]", "optional: {}"),
        ("", "security: [{ A: [] }, {}, { B: [y, x] }, {}]", "optional: A[] | {} | B[x y]"),
        // Only exact duplicates go, whatever the order of their schemes; what is implied by another stays.
        ("", "security: [{ A: [x], B: [] }, { A: [x] }, { B: [], A: [x] }]", "required: A[x] & B[] | A[x]"),
        ("", "security: [{ A: [x] }, { A: [x, y] }, { A: [y, x, y] }]", "required: A[x] | A[x y]"),
    ];
    for (root, lines, expected) in cases {
        assert_eq!(requirement(&one(&Config::default(), root, lines)), expected, "{root} / {lines}");
    }
}

#[test]
fn an_extension_adds_to_each_alternative() {
    use Combine::{All, Any};
    use ExtensionShape::{AllAny, Enum, List, Operator, String, Words};
    let cases = [
        (List, All, "", "x-s: [b, a, b]", "required: () + ext[a b]"),
        (List, All, "", "x-s: []", "required: ()"),
        (List, Any, "", "x-s: []", "required: ()"),
        (List, Any, "", "x-s: [b, a]", "required: () + ext[b] | () + ext[a]"),
        (List, All, "security: []", "x-s: [a]", "public:"),
        (List, All, "security: [{ A: [x] }, { B: [] }]", "x-s: [a]", "required: A[x] + ext[a] | B[] + ext[a]"),
        (List, All, "security: [{ A: [x] }]", "x-s: []", "required: A[x]"),
        (List, All, "security: [{ A: [] }, {}]", "x-s: [a]", "optional: A[] + ext[a] | {}"),
        (
            List,
            Any,
            "security: [{ A: [] }, {}, { B: [] }]",
            "x-s: [a, b]",
            "optional: A[] + ext[a] | A[] + ext[b] | {} | B[] + ext[a] | B[] + ext[b]",
        ),
        (String, All, "", "x-s: a", "required: () + ext[a]"),
        (String, Any, "security: [{ A: [] }]", "x-s: null", "required: A[]"),
        (Words, All, "", "x-s: b a", "required: () + ext[a b]"),
        (Words, Any, "", "x-s: b a", "required: () + ext[b] | () + ext[a]"),
        (Operator, All, "", "x-s: { operator: OR, permissions: [a, b] }", "required: () + ext[a] | () + ext[b]"),
        (Operator, Any, "", "x-s: { operator: AND, permissions: [a, b] }", "required: () + ext[a b]"),
        (Operator, Any, "", "x-s: { operator: OPEN, permissions: [] }", "required: ()"),
        (Operator, Any, "security: [{ A: [x] }]", "x-s: { operator: OR, permissions: [] }", "required: A[x]"),
        (AllAny, All, "", "x-s: { all: [a, b] }", "required: () + ext[a b]"),
        (AllAny, All, "", "x-s: { any: [a, b] }", "required: () + ext[a] | () + ext[b]"),
        (AllAny, All, "", "x-s: { any: [b, a], all: [c] }", "required: () + ext[b c] | () + ext[a c]"),
        (Enum, All, "", "x-s: { enum: [b, a] }", "required: () + ext[a b]"),
        (Enum, Any, "", "x-s: { enum: [b, a] }", "required: () + ext[b] | () + ext[a]"),
    ];
    for (shape, combine, root, lines, expected) in cases {
        let read = one(&extension(shape, combine), root, lines);
        assert_eq!(requirement(&read), expected, "{shape:?} {combine:?}: {root} / {lines}");
    }
}

#[test]
fn an_extension_that_names_schemes_adds_to_those() {
    use Combine::{All, Any};
    use ExtensionShape::{Entries, Schemes};
    let entries = "x-s: [{ scheme: A, state: Current, scopes: [a] }, { scheme: A, scopes: [c, b] }]";
    let two = "x-s: [{ scheme: A, scopes: [a] }, { scheme: B, scopes: [b] }]";
    let map = "x-s: { A: [a, b], B: [c] }";
    let cases = [
        (Entries, Any, "security: [{ K: [] }, { A: [x] }, {}]", entries, "optional: K[] | A[a x] | A[b c x] | {}"),
        (Entries, All, "security: [{ K: [] }, { A: [x] }]", entries, "required: K[] | A[a b c x]"),
        (Entries, Any, "security: [{ K: [], A: [] }]", entries, "required: K[] & A[a] | K[] & A[b c]"),
        (Entries, Any, "security: [{ A: [] }]", two, "required: A[a]"),
        (Entries, All, "security: [{ A: [] }, { B: [], A: [] }]", two, "required: A[a] | B[b] & A[a]"),
        (Entries, Any, "security: [{ A: [] }]", "x-s: []", "required: A[]"),
        (Entries, Any, "", "x-s: []", "required: ()"),
        (Entries, Any, "", two, "required: A[a] | B[b]"),
        (Entries, All, "", two, "required: A[a] & B[b]"),
        (Entries, All, "security: []", two, "public:"),
        (Schemes, All, "security: [{ A: [] }, { K: [] }, { B: [] }]", map, "required: A[a b] | K[] | B[c]"),
        (Schemes, Any, "security: [{ A: [] }, { K: [] }]", map, "required: A[a] | A[b] | K[]"),
        (Schemes, All, "", map, "required: A[a b] & B[c]"),
        (Schemes, Any, "", map, "required: A[a] | A[b] | B[c]"),
        (Schemes, Any, "", "x-s: { A: [] }", "required: A[]"),
    ];
    for (shape, combine, root, lines, expected) in cases {
        let read = one(&extension(shape, combine), root, lines);
        assert_eq!(requirement(&read), expected, "{shape:?} {combine:?}: {root} / {lines}");
    }
}

#[test]
fn a_key_beside_the_extension_says_how_it_combines() {
    let config = |combine| Config {
        extension: vec![ExtensionConfig::new("x-s", combine, ExtensionShape::List).with_sibling("x-mode")],
        base_path: None,
    };
    let (all, any) = ("required: () + ext[a b]", "required: () + ext[a] | () + ext[b]");
    let cases = [("ANY", any), ("anyOf", any), ("or", any), ("all", all), ("AllOf", all), ("AND", all)];
    for (mode, expected) in cases {
        for combine in [Combine::All, Combine::Any] {
            let read = one(&config(combine), "", &format!("x-s: [a, b]\nx-mode: {mode}"));
            assert_eq!(requirement(&read), expected, "{mode} over {combine:?}");
        }
    }
    assert_eq!(requirement(&one(&config(Combine::Any), "", "x-s: [a, b]")), any);
    assert_eq!(requirement(&one(&config(Combine::Any), "", "x-mode: all")), "undeclared:");
}

#[test]
fn several_extensions_are_required_together() {
    let config = Config {
        extension: vec![
            ExtensionConfig::new("x-s", Combine::Any, ExtensionShape::List),
            ExtensionConfig::new("x-t", Combine::Any, ExtensionShape::Words),
        ],
        base_path: None,
    };
    let read = one(&config, "", "x-t: c d\nx-s: [a, b]");
    assert_eq!(requirement(&read), "required: () + ext[a c] | () + ext[a d] | () + ext[b c] | () + ext[b d]");
}

#[test]
fn the_base_path_is_that_of_the_nearest_server() {
    let variables = "servers: [{ url: '{scheme}://{host}/{v}/x', variables: \
                     { scheme: { default: https }, host: { default: example.com }, v: { default: v1 } } }]";
    let cases = [
        ("", "", "/a"),
        ("servers: []", "", "/a"),
        ("servers: [{ url: 'https://example.com' }, { url: /v2 }]", "", "/a"),
        ("servers: [{ url: 'https://example.com:8080/v1/' }]", "", "/v1/a"),
        ("servers: [{ url: //example.com/v1 }]", "", "/v1/a"),
        ("servers: [{ url: / }]", "", "/a"),
        ("servers: [{ url: v1 }]", "", "/v1/a"),
        (variables, "", "/v1/x/a"),
        (variables, "servers: [{ url: /own }]", "/own/a"),
        (variables, "servers: []", "/v1/x/a"),
    ];
    for (root, lines, expected) in cases {
        assert_eq!(one(&Config::default(), root, lines)["path"], expected, "{root} / {lines}");
    }
    let config = Config { base_path: Some("/set/".to_owned()), ..Config::default() };
    assert_eq!(one(&config, variables, "servers: [{ url: /own }]")["path"], "/set/a");

    let item =
        "openapi: 3.0.3\nservers: [{ url: /root }]\npaths:\n  /a?x=1:\n    servers: [{ url: /item }]\n    get: {}";
    assert_eq!(read(&Config::default(), item)[0]["path"], "/item/a");
    let swagger = "swagger: '2.0'\nbasePath: /api/\npaths:\n  /a: { get: {} }";
    assert_eq!(read(&Config::default(), swagger)[0]["path"], "/api/a");
}

#[test]
fn references_and_merge_keys_are_followed() {
    let folder = Folder::new(&[
        (
            "api.yaml",
            "
openapi: 3.0.3
components:
  securitySchemes:
    Key: { $ref: shared/parts.yaml#/schemes/Key }
paths:
  /a: { $ref: items/a.yaml, summary: A }
  /b:
    get: { $ref: 'items/a.yaml#/get' }
  /c:
    get: &read { security: [{ OAuth: [read] }], operationId: c }
    put: { <<: *read, operationId: put }
",
        ),
        (
            "items/a.yaml",
            "
parameters: [{ $ref: '../shared/parts.yaml#/parameters/a~1b%20c' }]
get:
  security: [{ Key: [] }]
  parameters: [{ name: filter, in: query, schema: { $ref: '../shared/parts.yaml#/schemas/Filter' } }]
",
        ),
        (
            "shared/parts.yaml",
            "
schemes: { Key: { type: apiKey, in: query, name: api_key } }
parameters: { a/b c: { name: page, in: query, schema: { type: integer } } }
schemas:
  Filter: { type: object, properties: { state: { type: string } }, allOf: [{ $ref: '#/schemas/Time' }] }
  Time: { type: object, properties: { since: { type: string } }, allOf: [{ $ref: '#/schemas/Filter' }] }
",
        ),
    ]);
    let read = operations(&folder.0.join("api.yaml"), &Config::default());
    let told: Vec<_> = (0..4)
        .map(|at| (requirement(&read[at]), read[at]["operation_id"].clone(), read[at]["query"]["names"].clone()))
        .collect();
    let oauth = "required: OAuth[read]".to_owned();
    let key = "required: Key[]".to_owned();
    let expected = [
        (key.clone(), Value::Null, json!(["api_key", "page", "since", "state"])),
        (key, Value::Null, json!(["api_key", "since", "state"])),
        (oauth.clone(), json!("c"), json!([])),
        (oauth, json!("put"), json!([])),
    ];
    assert_eq!(told, expected);
}

#[test]
fn operations_of_the_corpus_mean_what_is_written_there() {
    let Some(folder) = corpus_folder() else {
        return eprintln!("skipped: there is no corpus beside the workspace");
    };
    let jira = "optional: basicAuth[] | OAuth2[write:jira-work] | OAuth2[delete:issue:jira write:jira-work] | {}";
    let ksef = "required: Bearer[] + ext[CredentialsManage] | Bearer[] + ext[CredentialsRead]";
    let cases = [
        ("jira-platform-2022.json", "DELETE /rest/api/3/issue/{issueIdOrKey}", "", jira, "deleteSubtasks"),
        ("ksef.json", "POST /permissions/query/entities/grants", "/v2", ksef, "pageOffset pageSize"),
        (
            "datadog-v1.yaml",
            "GET /api/v1/dashboard/{dashboard_id}",
            "",
            "required: apiKeyAuth[] & appKeyAuth[] + ext[dashboards_read] | AuthZ[dashboards_read] + ext[dashboards_read]",
            "",
        ),
        (
            "cds-banking.yaml",
            "POST /banking/accounts/balances",
            "/cds-au/v1",
            "required: () + ext[bank:accounts.basic:read]",
            "page page-size",
        ),
        ("box.json", "GET /authorize", "/api/oauth2", "public:", "client_id redirect_uri response_type scope state"),
        ("box.json", "POST /oauth2/token#refresh", "", "public:", ""),
        ("slack.json", "POST /admin.apps.approve", "/api", "required: slackAuth[admin.apps:write]", ""),
        ("digitalocean/DigitalOcean-public.v2.yaml", "GET /v2/1-clicks", "", "required: bearer_auth[]", "type"),
        ("tags-3.2.yaml", "GET /flights/delayed", "", "undeclared:", ""),
    ];
    for (file, name, base, expected, names) in cases {
        let config = corpus().into_iter().find(|(other, _)| *other == file).unwrap().1;
        let read = operations(&folder.join(file), &config);
        let (method, template) = name.split_once(' ').unwrap();
        let is_it = |operation: &&Value| operation["method"] == method && operation["template"] == template;
        let operation = read.as_array().unwrap().iter().find(is_it).unwrap();
        assert_eq!(requirement(operation), expected, "{file}: {name}");
        let served = format!("{base}{}", template.split('#').next().unwrap());
        assert_eq!(operation["path"], served, "{file}: {name}");
        let names: Vec<_> = names.split_whitespace().collect();
        assert_eq!(operation["query"], json!({ "names": names, "prefixes": [], "any": false }), "{file}: {name}");
    }
}

#[test]
fn the_corpus_holds_these_facts() {
    let Some(folder) = corpus_folder() else {
        return eprintln!("skipped: there is no corpus beside the workspace");
    };
    let read_me = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut table =
        "document | operations | required optional public undeclared | alternatives | scopes | query names\n"
            .to_owned();
    for (file, config) in corpus() {
        let facts = facts(&operations(&folder.join(file), &config));
        let row = read_me.lines().find(|line| line.starts_with(&format!("| `{file}` |"))).unwrap();
        assert_eq!(row.split('|').nth(3).unwrap().trim(), facts["operations"].to_string(), "{file}");
        let access = ["required", "optional", "public", "undeclared"];
        let counts = access.map(|name| facts["access"].get(name).unwrap_or(&json!(0)).to_string()).join(" ");
        let rest = ["alternatives", "scopes", "names"].map(|name| facts[name].to_string()).join(" | ");
        table += &format!("{file} | {} | {counts} | {rest}\n", facts["operations"]);
    }
    insta::assert_snapshot!(table);
}
