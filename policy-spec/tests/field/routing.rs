//! Paths, base paths, and which operation a request reaches.

use policy_spec::Level::{Error, Note, Warning};
use policy_spec::{Engine, Level, Routed};

use super::{Case, Document, check, load};

const HEAD: &str = "openapi: 3.0.3\ninfo: { title: T, version: '1' }\n\
                    components: { securitySchemes: { Key: { type: apiKey, in: header, name: X-Key } } }\nsecurity: [{ Key: [] }]\n";

/// A document with these lines.
fn text(lines: &str) -> Document {
    Document::Text(format!("{HEAD}{lines}\n"))
}

/// A document with one operation at each of these paths.
fn paths(keys: &[&str]) -> Document {
    let items: String = keys.iter().map(|key| format!("  {}: {{ get: {{}} }}\n", serde_json::json!(key))).collect();
    text(&format!("paths:\n{items}"))
}

/// A document with servers, and one operation at `/x`.
fn servers(list: &str) -> Document {
    text(&format!("servers: {list}\npaths: {{ /x: {{ get: {{}} }} }}"))
}

#[test]
fn what_no_request_can_have_is_no_template() {
    let mut cases = vec![
        Case {
            name: "an empty segment, as reported",
            document: Document::File("template-empty-segment.yaml"),
            said: &[(Error, "ill-formed-template", "write one `/`")],
        },
        Case {
            name: "an encoded slash, as reported",
            document: Document::File("template-encoded-slash.yaml"),
            said: &[(Error, "ill-formed-template", "an encoded slash")],
        },
        Case {
            name: "parameters that touch, as reported",
            document: Document::File("template-adjacent-parameters.yaml"),
            said: &[(Error, "ill-formed-template", "two parameters touch")],
        },
    ];
    let siblings: &[(&str, &str)] = &[
        ("notes", "a path starts with `/`"),
        ("", "a path starts with `/`"),
        ("//notes", "an empty segment matches no request"),
        ("/notes//", "an empty segment matches no request"),
        ("/./notes", "write the resolved path"),
        ("/notes/..", "write the resolved path"),
        ("/notes/%2e%2e/x", "an encoded slash, backslash or dot matches no request"),
        ("/a%5Cb", "an encoded slash, backslash or dot matches no request"),
        ("/a%5cb", "an encoded slash, backslash or dot matches no request"),
        ("/a\\b", "write a slash, or leave it out"),
        ("/a\u{1}b", "0x01"),
        ("/a\tb", "0x09"),
        ("/a\u{1f}", "0x1f"),
        ("/café", "`/caf%C3%A9`"),
        ("/über/{größe}/maß", "`/%C3%BCber/{größe}/ma%C3%9F`"),
        ("/two words", "`/two%20words`"),
        ("/<id>", "write a parameter as `{name}`"),
        ("/a|b", "percent-encoded"),
        ("/[0-9]+", "percent-encoded"),
        ("/a^b", "percent-encoded"),
        ("/a\"b", "percent-encoded"),
        ("/100%", "`%25`"),
        ("/%zz", "`%25`"),
        ("/%{x}", "`%25`"),
        ("/%41", "write `A`"),
        ("/%7Euser", "write `~`"),
        ("/caf%c3%a9", "write `%C3`"),
        ("/{a}{b}", "two parameters touch"),
        ("/{a}.{b}{c}", "two parameters touch"),
        ("/{}", "a parameter has no name"),
        ("/{a", "with the braces in one segment"),
        ("/a}", "with the braces in one segment"),
        ("/{{a}}", "with the braces in one segment"),
        ("/{path:[^/]+}", "OpenAPI has no patterns"),
        ("/{name=projects/*}", "OpenAPI has no patterns"),
        ("/notes/{id?}", "OpenAPI has no optional parameters"),
        ("/notes{?page,size}", "OpenAPI has no optional parameters"),
        ("/notes{#part}", "OpenAPI has no optional parameters"),
        ("/notes?=1", "a name in its query is empty"),
        ("/notes?a=1&&b=2", "a name in its query is empty"),
        ("/notes?%ff=1", "not UTF-8"),
    ];
    for (key, part) in siblings {
        let said = vec![(Error, "ill-formed-template", *part)];
        cases.push(Case { name: key, document: paths(&[key]), said: said.leak() });
    }
    check(&cases);
    // A key as long as that is none for a reader of YAML, but is one for JSON.
    let long = format!(
        "{{\"openapi\": \"3.1.0\", \"paths\": {{\"/{}\": {{\"get\": {{\"security\": []}}}}}}}}",
        "a".repeat(40_000)
    );
    check(&[Case {
        name: "a segment that is too long",
        document: Document::Text(long),
        said: &[(Error, "ill-formed-template", "a segment is longer than")],
    }]);
}

#[test]
fn what_no_request_can_have_is_shown_to_reviewers_and_never_served() {
    let Document::Text(text) = text(
        "paths: { /a//b: { get: {} }, /<c>: { get: {} }, /d: { get: { operationId: d } } }\nwebhooks: { w: { x-follow-up: [d] } }",
    ) else {
        return;
    };
    let text = text.replace("openapi: 3.0.3", "openapi: 3.1.0");
    let read = |level: &str| {
        let toml = format!("[levels]\nill-formed-template = \"{level}\"\n");
        let settings = policy_spec::Configuration::parse("policy.toml", &toml).unwrap().settings;
        policy_spec::read("api.yaml", text.as_bytes(), &settings)
    };
    let refused = read("error");
    assert!(refused.model.is_none() && refused.is_complete());
    assert_eq!(refused.readable().unwrap().operations.len(), 3);
    for level in ["warning", "allow"] {
        let lived_with = read(level);
        assert!(!lived_with.is_complete());
        let model = lived_with.model.unwrap();
        let paths: Vec<&str> = model.operations.iter().map(|operation| operation.path.as_str()).collect();
        assert_eq!(paths, ["/d"]);
        assert_eq!(model.webhooks.first().unwrap().follow_up, [0]);
        assert!(Engine::new(&model).is_ok());
    }
}

#[test]
fn what_is_a_template_is_one() {
    let keys = [
        "/",
        "/notes/",
        "/notes/...",
        "/a%20b",
        "/caf%C3%A9",
        "/%2B",
        "/a;v=1",
        "/$count",
        "/{größe}",
        "/{a}-{b}.json",
        "/me/drive/root:/{id}:/content",
        "/documents:commit",
        "/fn(a='{a}',b={b})",
        "/@{user}",
        "/~{user}",
        "/x/{a b}",
    ];
    check(&[Case { name: "templates", document: paths(&keys), said: &[] }]);
}

#[test]
fn what_gives_no_base_path_is_said() {
    let mut cases = vec![
        Case {
            name: "a base path that begins with two slashes, as reported",
            document: Document::File("base-path-double-slash.yaml"),
            said: &[(Error, "unreadable-base-path", "the path begins with `//`: `//api/v1`")],
        },
        Case {
            name: "a base path outside ASCII, as reported",
            document: Document::File("base-path-non-ascii.yaml"),
            said: &[(Error, "unreadable-base-path", "`/caf%C3%A9`")],
        },
        Case {
            name: "a colon without a scheme, as reported",
            document: Document::File("server-colon-without-scheme.yaml"),
            said: &[(Error, "unreadable-base-path", "`localhost:` is a URI scheme")],
        },
        Case {
            name: "a variable without a default",
            document: servers("[{ url: 'https://h/{v}', variables: { v: { enum: [a, b] } } }]"),
            said: &[(Error, "unreadable-base-path", "the variable `v` has no default")],
        },
        Case {
            name: "the server of an operation",
            document: text("paths: { /x: { get: { servers: [{ url: /a//b }] } } }"),
            said: &[(Error, "unreadable-base-path", "an empty segment matches no request")],
        },
        Case {
            name: "the server of a path",
            document: text("paths: { /x: { servers: [{ url: /ä }], get: {}, put: {} } }"),
            said: &[(Error, "unreadable-base-path", "`/%C3%A4`")],
        },
        Case {
            name: "Swagger's base path",
            document: Document::Text(
                "swagger: '2.0'\nbasePath: /a//b\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[(Error, "unreadable-base-path", "an empty segment matches no request")],
        },
    ];
    let siblings: &[(&str, &str)] = &[
        ("https://h//api", "the path begins with `//`"),
        ("https://h/api//", "an empty segment matches no request"),
        ("/a/../b", "write the resolved path"),
        ("../v1", "write the resolved path"),
        ("/a%2Fb", "an encoded slash, backslash or dot matches no request"),
        ("/%61", "write `a`"),
        ("/a b", "`/a%20b`"),
        ("/a\\b", "write a slash"),
        ("/v1?x=1", "`?` is not part of a path"),
        ("https://h?x=/v1", "`?` is not part of a path"),
        ("/v1#top", "`#` is not part of a path"),
        ("/{v", "a brace is not closed"),
        ("example.com:8443", "is a URI scheme"),
        ("https:/v1", "is a URI scheme"),
        ("api.example.com/v1", "reads like a host"),
        ("localhost/v1", "reads like a host"),
        ("127.0.0.1/v1", "reads like a host"),
    ];
    for (url, part) in siblings {
        let said = vec![(Error, "unreadable-base-path", *part)];
        let document = servers(&format!("[{{ url: {} }}]", serde_json::json!(url)));
        cases.push(Case { name: url, document, said: said.leak() });
    }
    for url in
        ["/", "", "./", "./v1", "v1.0", "index.php", "/a/v1/", "//h/v1", "https://h", "https://h:8443/v1/", "/a%20b"]
    {
        cases.push(Case {
            name: url,
            document: servers(&format!("[{{ url: {} }}]", serde_json::json!(url))),
            said: &[],
        });
    }
    check(&cases);
}

#[test]
fn what_a_server_says_and_is_not_served_is_said() {
    check(&[
        Case {
            name: "the values of a variable, as reported",
            document: Document::File("server-variable-enum.yaml"),
            said: &[
                (Warning, "server-not-covered", "the base path `/v2/fr` is not served"),
                (Warning, "server-not-covered", "the base path `/v2/es` is not served"),
            ],
        },
        Case {
            name: "a variable of the host makes no other base path",
            document: servers(
                "[{ url: 'https://{h}.example.org:{p}/v1', variables: { h: { default: a, enum: [a, b] }, p: { default: '1', enum: ['1', '2'] } } }]",
            ),
            said: &[],
        },
        Case {
            name: "a server behind the first, of which no base path can be told",
            document: servers("[{ url: /v1 }, { url: '<local-terminal-IP-address>' }]"),
            said: &[(Warning, "server-not-covered", "`<local-terminal-IP-address>` is not served")],
        },
        Case {
            name: "the first server, of which no base path can be told, beside another",
            document: servers("[{ url: '<local-terminal-IP-address>' }, { url: /v1 }]"),
            said: &[
                (Error, "unreadable-base-path", "`<local-terminal-IP-address>`"),
                (Warning, "server-not-covered", "the base path `/v1` is not served"),
            ],
        },
        Case {
            name: "two variables",
            document: servers(
                "[{ url: '/{a}/{b}', variables: { a: { default: x, enum: [x, y] }, b: { default: p, enum: [q, p, a b] } } }]",
            ),
            said: &[
                (Warning, "server-not-covered", "`/y/p`"),
                (Warning, "server-not-covered", "`/x/q`"),
                (Warning, "server-not-covered", "it gives no base path"),
            ],
        },
        Case {
            name: "a default that is not among the values",
            document: servers("[{ url: '/{a}', variables: { a: { default: x, enum: [y] } } }]"),
            said: &[(Warning, "server-not-covered", "`/y`")],
        },
        Case {
            name: "values of a server of an operation",
            document: text(
                "paths: { /x: { get: { servers: [{ url: '/{a}', variables: { a: { default: x, enum: [x, y] } } }] } } }",
            ),
            said: &[(Warning, "server-not-covered", "`/y`")],
        },
        Case {
            name: "Swagger's host with its port",
            document: Document::Text(
                "swagger: '2.0'\nhost: example.org:8443\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[],
        },
        Case {
            name: "a path in Swagger's host",
            document: Document::Text(
                "swagger: '2.0'\nhost: example.org/v1\nsecurity: []\npaths: { /x: { get: {} } }\n".to_owned(),
            ),
            said: &[(Warning, "server-not-covered", "write the path in `basePath`")],
        },
    ]);
    let values: Vec<String> = (0..3_000).map(|at| format!("v{at}")).collect();
    let many = servers(&format!(
        "[{{ url: '/{{a}}', variables: {{ a: {{ default: v0, enum: [{}] }} }} }}]",
        values.join(", ")
    ));
    assert_eq!(load(&many).unwrap().findings.iter().filter(|finding| finding.level == Warning).count(), 17);
}

#[test]
fn what_a_router_reads_otherwise_is_said() {
    const ONE: &str = "takes any text, and never more than one segment";
    let mut cases = vec![Case {
        name: "routers' own syntax, as reported",
        document: Document::File("template-greedy.yaml"),
        said: &[
            (Warning, "router-syntax", "`{rest+}` is one parameter here"),
            (Warning, "router-syntax", "`{*vehicleId}` is one parameter here"),
            (Warning, "router-syntax", "`{path:.+}` is one parameter here"),
            (Warning, "router-syntax", "`{file_path:path}` is one parameter here"),
            (Warning, "router-syntax", "`:token` is text here"),
            (Warning, "router-syntax", "`*` is text here"),
        ],
    }];
    let siblings: &[(&str, &str)] = &[
        ("/a/{**rest}", ONE),
        ("/a/{rest*}", ONE),
        ("/a/{rest...}", ONE),
        ("/a/{rest..}", ONE),
        ("/a/{+rest}", ONE),
        ("/a/{id:int}", ONE),
        ("/a/{id<int>}", ONE),
        ("/a/{id|[0-9]+}", ONE),
        ("/a/{id=7}", ONE),
        ("/a{.format}", ONE),
        ("/a{;matrix}", ONE),
        ("/a/{$}", ONE),
        ("/a/*rest", "`*rest` is text here"),
        ("/a/**", "`**` is text here"),
        ("/a*", "`a*` is text here"),
        ("/(.*)", "is text here"),
        ("/posts/:id.:format", "is text here"),
        ("/posts(.:format)", "is text here"),
        ("/a/${id}", "`$` is text here"),
    ];
    for (key, part) in siblings {
        let said = vec![(Warning, "router-syntax", *part)];
        cases.push(Case { name: key, document: paths(&[key]), said: said.leak() });
    }
    check(&cases);
}

#[test]
fn operations_that_are_not_served_are_said() {
    let held = "{ security: [{ Key: [] }], responses: {} }";
    check(&[
        Case {
            name: "every method of a gateway, as reported",
            document: Document::File("aws-any-method.yaml"),
            said: &[
                (Warning, "router-syntax", "`{proxy+}` is one parameter here"),
                (Warning, "unserved-operation", "`x-amazon-apigateway-any-method` holds an operation of `/{proxy+}`"),
            ],
        },
        Case {
            name: "operations by their methods",
            document: text(&format!(
                "paths: {{ /a: {{ get: {{}}, x-oai-additionalOperations: {{ COPY: {held} }} }} }}"
            )),
            said: &[(Warning, "unserved-operation", "`x-oai-additionalOperations` holds an operation of `/a`")],
        },
        Case {
            name: "an extension with scopes alone",
            document: text("paths: { /a: { get: {}, x-any: { x-required-scopes: [] } } }"),
            said: &[(Warning, "unserved-operation", "`x-any` holds an operation of `/a`")],
        },
        Case {
            name: "paths beside the paths",
            document: text(&format!(
                "x-ms-paths: {{ '/a?b': {{ get: {held} }}, /c: {{ put: {held} }} }}\npaths: {{ /a: {{ get: {{}} }} }}"
            )),
            said: &[(Warning, "unserved-operation", "`x-ms-paths` holds `/a?b` and `/c`")],
        },
        Case {
            name: "a path without its slash",
            document: text(&format!("paths: {{ /a: {{ get: {{}} }}, x-old: {{ get: {held} }} }}")),
            said: &[(Warning, "unserved-operation", "`x-old` holds a path")],
        },
        Case {
            name: "extensions that hold something else",
            document: text(
                "x-paths: { /a: { title: A } }\npaths: { /a: { get: {}, x-gateway: { integration: { uri: u } }, x-list: [get] }, x-note: { get: about } }",
            ),
            said: &[],
        },
    ]);
}

#[test]
fn more_methods_than_a_router_tells_apart_are_an_error() {
    let document = |count: usize| {
        let methods: String = (0..count).map(|at| format!("M{at}: {{ security: [] }}, ")).collect();
        let text = format!("openapi: 3.2.0\npaths: {{ /a: {{ additionalOperations: {{ {methods} }} }} }}\n");
        Document::Text(text)
    };
    let most = policy_router::Router::MOST_METHODS;
    check(&[
        Case { name: "as many as there may be", document: document(most), said: &[] },
        Case {
            name: "one more",
            document: document(most + 1),
            said: &[(Error, "too-large", "more than 32 distinct methods")],
        },
    ]);
}

#[test]
fn what_cannot_be_a_reference_is_said() {
    let swagger = "swagger: '2.0'\nsecurityDefinitions: { $ref: part/schemes.yaml }\npaths: {}\n";
    check(&[
        Case {
            name: "paths, as reported",
            document: Document::File("paths-ref.yaml"),
            said: &[(Error, "invalid-shape", "`paths` cannot be a `$ref`")],
        },
        Case {
            name: "webhooks",
            document: Document::Text("openapi: 3.1.0\npaths: { /a: { get: { security: [] } } }\nwebhooks: { $ref: w.yaml }\n".to_owned()),
            said: &[(Error, "invalid-shape", "`webhooks` cannot be a `$ref`")],
        },
        Case {
            name: "components",
            document: Document::Text("openapi: 3.1.0\npaths: { /a: { get: { security: [] } } }\ncomponents: { $ref: c.yaml }\n".to_owned()),
            said: &[(Error, "invalid-shape", "`components` cannot be a `$ref`")],
        },
        Case {
            name: "the list of schemes",
            document: Document::Text("openapi: 3.1.0\npaths: { /a: { get: { security: [] } } }\ncomponents: { securitySchemes: { $ref: c.yaml } }\n".to_owned()),
            said: &[(Error, "invalid-shape", "the list of security schemes cannot be a `$ref`")],
        },
        Case {
            name: "Swagger's list of schemes",
            document: Document::Text(format!("{swagger}security: []\n")),
            said: &[(Error, "invalid-shape", "the list of security schemes cannot be a `$ref`")],
        },
        Case {
            name: "additional operations",
            document: Document::Text("openapi: 3.2.0\npaths: { /a: { additionalOperations: { $ref: o.yaml }, get: { security: [] } } }\n".to_owned()),
            said: &[(Error, "invalid-shape", "`additionalOperations` cannot be a `$ref`")],
        },
        Case {
            name: "servers, security and parameters",
            document: text("servers: { $ref: s.yaml }\npaths: { /a: { parameters: { $ref: p.yaml }, get: { security: { $ref: r.yaml } } } }"),
            said: &[
                (Error, "invalid-shape", "OpenAPI has no `$ref` here"),
                (Error, "invalid-shape", "OpenAPI has no `$ref` here"),
                (Error, "invalid-shape", "OpenAPI has no `$ref` here"),
            ],
        },
    ]);
}

#[test]
fn what_a_route_shares_with_several_others_is_waived_at_the_route_alone() {
    let Document::Text(text) = text(
        "paths: { '/{a}/b': { get: { security: [] } }, '/{a}/c': { get: { security: [] } }, '/x/{y}': { get: {} } }",
    ) else {
        return;
    };
    for (location, waived) in [("GET /{a}/b", false), ("GET /{a}/c", false), ("GET /x/{y}", true)] {
        let expires = policy_spec::Date::new(2999, 1, 31).unwrap();
        let waiver = policy_spec::Waiver::new(policy_spec::Code::AmbiguousTemplates, location, "a reason", expires);
        let settings = policy_spec::Settings::default().with(|settings| settings.waivers = vec![waiver]);
        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &settings);
        assert_eq!(loaded.model.is_some(), waived, "{location}");
    }
}

#[test]
fn alternatives_that_operations_inherit_are_told_once() {
    let alternatives: String = (0..40).map(|at| format!("{{ Key: [], O: [s{at}] }}, ")).collect();
    let operations: String = (0..200).map(|at| format!("  /p{at}: {{ get: {{}} }}\n")).collect();
    let document = Document::Text(format!(
        "openapi: 3.1.0\ncomponents: {{ securitySchemes: {{ Key: {{ type: apiKey, in: header, name: X }}, O: {{ type: http, scheme: bearer }} }} }}\n\
         security: [{alternatives}{{ Key: [] }}]\npaths:\n{operations}"
    ));
    assert_eq!(count(&document, "redundant-alternative"), Some(1));
    assert_eq!(count(&document, "unscoped-alternative-beside-scoped"), Some(1));
}

/// How many findings each code has.
fn count(document: &Document, code: &str) -> Option<usize> {
    Some(load(document)?.findings.iter().filter(|finding| finding.code.as_str() == code).count())
}

#[test]
fn findings_grow_with_the_document_and_not_with_its_square() {
    let reported = Document::File("collisions-quadratic.yaml");
    if let Some(loaded) = load(&reported) {
        assert!(loaded.model.is_some(), "it is accepted");
        let collisions = loaded.findings.iter().filter(|finding| finding.code.as_str() == "template-collision");
        assert_eq!(collisions.count() + 1, loaded.model.unwrap().operations.len());
    }
    let many = |line: &dyn Fn(usize) -> String| {
        text(&format!("paths:\n{}", (0..300).map(|at| format!("  {}\n", line(at))).collect::<String>()))
    };
    for (code, most, document) in [
        ("template-collision", 299, many(&|at| format!("'/a#{at}': {{ get: {{}} }}"))),
        ("template-collision", 299, many(&|at| format!("'/{{p{at}}}': {{ get: {{ security: [{{ Key: [] }}] }} }}"))),
        // Every one with another policy.
        ("template-collision", 299, many(&|at| format!("'/a#{at}': {{ get: {{ x-required-scopes: [s{at}] }} }}"))),
        (
            "ambiguous-templates",
            299,
            many(&|at| format!("'/a{at}{{x}}': {{ get: {{ x-required-scopes: [s{at}] }} }}").replace("/a", "/{y}a")),
        ),
        (
            "shadowed-route",
            300,
            text(&format!(
                "paths:\n{}{}",
                (0..150)
                    .map(|at| format!("  '/{{x}}.{at}/{{y}}': {{ get: {{ security: [] }} }}\n"))
                    .collect::<String>(),
                (0..150).map(|at| format!("  '/a.{at}/b': {{ get: {{}} }}\n")).collect::<String>(),
            )),
        ),
    ] {
        let found = count(&document, code).unwrap();
        assert!(found <= most, "{code}: {found}");
        assert!(found > 100, "{code}: {found}");
    }
    check(&[Case {
        name: "up to three others are named, and the rest is counted",
        document: text(
            "paths: { '/a#0': { get: {} }, '/a#1': { get: {} }, '/a#2': { get: {} }, '/a#3': { get: {} }, '/a#4': { get: {} } }",
        ),
        said: &[
            (Warning, "path-variant", ""),
            (Warning, "template-collision", "`GET /a#0` and `GET /a#1` are one route"),
            (Warning, "path-variant", ""),
            (Warning, "template-collision", "`GET /a#2` is one route with `GET /a#0` and `GET /a#1`"),
            (Warning, "path-variant", ""),
            (Warning, "template-collision", "`GET /a#3` is one route with `GET /a#0`, `GET /a#1` and `GET /a#2`"),
            (Warning, "path-variant", ""),
            (
                Warning,
                "template-collision",
                "`GET /a#4` is one route with `GET /a#0`, `GET /a#1`, `GET /a#2` and 1 more",
            ),
            (Warning, "path-variant", ""),
        ],
    }]);
}

/// The path template that a request reaches.
fn reached(engine: &Engine, method: &str, path: &str) -> Option<String> {
    match engine.route(method, path) {
        Routed::Operation { said, .. } => Some(said.template.clone()),
        _ => None,
    }
}

#[test]
fn a_custom_verb_is_more_specific_than_a_parameter() {
    check(&[
        Case {
            name: "as reported",
            document: Document::File("custom-verb.yaml"),
            said: &[(Note, "shadowed-route", "")],
        },
        Case {
            name: "literals, prefixes and suffixes",
            document: text(
                "paths: { '/{a}-{b}': { get: { operationId: a } }, '/x{a}-{b}': { get: { operationId: b, security: [] } }, '/x{a}-y': { get: { operationId: c } }, /x1-y: { get: { operationId: d, security: [] } } }",
            ),
            said: &[
                (Note, "shadowed-route", "`GET /x{a}-{b}` stands behind `GET /{a}-{b}`"),
                (Note, "shadowed-route", "`GET /x{a}-y` stands behind `GET /x{a}-{b}`"),
                (Note, "shadowed-route", "`GET /x1-y` stands behind `GET /{a}-{b}` and `GET /x{a}-y`"),
            ],
        },
        Case {
            name: "verbs that share requests are ambiguous",
            document: text(
                "paths: { '/{a}.{b}': { get: { operationId: a } }, '/{a}:{b}': { get: { operationId: b, security: [] } } }",
            ),
            said: &[(Error, "ambiguous-templates", "the one with more literal text")],
        },
    ]);
    let Some(loaded) = load(&Document::File("custom-verb.yaml")) else { return };
    let engine = Engine::new(&loaded.model.unwrap()).unwrap();
    for (path, expected) in [
        ("/ops/7:cancel", Some("/ops/{name}:cancel")),
        ("/ops/7:undo", Some("/ops/{name}:{verb}")),
        ("/ops/a:b:cancel", Some("/ops/{name}:cancel")),
        ("/ops/7:cancel2", Some("/ops/{name}:{verb}")),
        ("/ops/:cancel", None),
        ("/ops/7", None),
    ] {
        assert_eq!(reached(&engine, "POST", path).as_deref(), expected, "{path}");
    }
}

#[test]
fn the_query_that_a_path_key_shows_is_taken() {
    let variant: (Level, &str, &str) = (Warning, "path-variant", "");
    check(&[
        Case {
            name: "as reported",
            document: Document::File("path-key-query.yaml"),
            said: &[
                (Warning, "path-variant", "requests may have `v` in their query"),
                (Warning, "path-variant", "requests may have `filename` in their query"),
            ],
        },
        Case {
            name: "a parameter for the names",
            document: paths(&["/a?{filter}"]),
            said: &[(Warning, "path-variant", "which names `{filter}` stands for")],
        },
        Case { name: "an empty query", document: paths(&["/a?"]), said: vec![variant].leak() },
    ]);
    let names = |key: &str| {
        let model = load(&paths(&[key])).unwrap().model.unwrap();
        model.operations.first().unwrap().query.names.join(" ")
    };
    for (key, expected) in [
        ("/a?v=2", "v"),
        ("/a?v=2&v=3&u", "u v"),
        ("/a?filter%5Bname%5D=x&ids[]=1", "filter[name] ids[]"),
        ("/a?a+b=1", "a b"),
        ("/a?v=2#part?w=1", "v"),
        ("/a#part?w=1", ""),
        ("/a?x={x}&{rest}", "x"),
        ("/a?a;b=1", "a;b"),
        ("/a?caf%C3%A9=1", "café"),
    ] {
        assert_eq!(names(key), expected, "{key}");
    }
}
