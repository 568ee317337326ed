//! Which operations are served, and which of them a request reaches.

use policy_spec::Level::{Error, Note, Warning};
use policy_spec::{Engine, Level, Routed};

use super::{Case, Document, check, load, paths, text};

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
