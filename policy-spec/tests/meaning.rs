//! What a document means: alternatives, emptinesses, the extension, query keys, references.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_spec::{
    Access, Combine, Extension, OperationModel, PolicyModel, RequirementFacts, SchemeKind, Settings, UnsupportedQuery,
};

const SCHEMES: &str = "
openapi: 3.1.0
info: { title: T, version: 1.0 }
components:
  securitySchemes:
    A: { type: http, scheme: Bearer }
    B: { type: apiKey, in: query, name: api_key }
    O: { type: oauth2, flows: { implicit: { authorizationUrl: https://a.example, scopes: { r: R, w: W } } } }
";

fn read_with(rest: &str, settings: &Settings) -> PolicyModel {
    let loaded = policy_spec::read("api.yaml", format!("{SCHEMES}{rest}").as_bytes(), settings);
    let findings = loaded.render(false);
    loaded.model.unwrap_or_else(|| panic!("{findings}"))
}

fn read(rest: &str) -> PolicyModel {
    read_with(rest, &Settings::default())
}

fn extension(name: &str, combine: Combine) -> Settings {
    Settings::default().with(|settings| settings.extensions = vec![Extension::new(name).combining(combine)])
}

/// `GET /a` of a document with this operation.
fn operation(rest: &str, operation: &str) -> OperationModel {
    read(&format!("{rest}\npaths: {{ /a: {{ get: {{ {operation} }} }} }}\n")).operations.remove(0)
}

/// `A[r w]+B[] & x y | anonymous`
fn alternatives(operation: &OperationModel) -> String {
    let shown = operation.alternatives().iter().map(|alternative| {
        if alternative.is_anonymous() {
            return "anonymous".to_owned();
        }
        if alternative.schemes().is_empty() {
            return format!("any[{}]", alternative.extension().join(" "));
        }
        let schemes: Vec<_> =
            alternative.schemes().iter().map(|(name, scopes)| format!("{name}[{}]", scopes.join(" "))).collect();
        format!("{} & {}", schemes.join("+"), alternative.extension().join(" ")).trim_end_matches([' ', '&']).to_owned()
    });
    shown.collect::<Vec<_>>().join(" | ")
}

#[test]
fn four_emptinesses_have_four_meanings() {
    for (root, own, access, expected) in [
        ("security: [{A: []}]", "security: []", Some(Access::Public), ""),
        ("", "security: [{A: []}]", Some(Access::Required), "A[]"),
        ("security: []", "operationId: a", Some(Access::Public), ""),
        ("security: [{A: []}]", "operationId: a", Some(Access::Required), "A[]"),
        ("", "x-required-scopes: []", Some(Access::Required), "any[]"),
    ] {
        let operation = operation(root, own);
        assert_eq!((operation.access(), alternatives(&operation).as_str()), (access, expected), "{root} / {own}");
    }
    let undeclared = policy_spec::read(
        "api.yaml",
        format!("{SCHEMES}paths: {{ /a: {{ get: {{}} }} }}").as_bytes(),
        &Settings::default(),
    );
    assert!(undeclared.model.is_none());
    assert_eq!(undeclared.readable().unwrap().operations[0].requirement, RequirementFacts::Undeclared);
}

#[test]
fn alternatives_stay_whole() {
    for (own, access, expected) in [
        ("security: [{O: [w, r, r], A: []}, {B: []}]", Some(Access::Required), "O[r w]+A[] | B[]"),
        ("security: [{O: [r]}, {O: [w]}, {O: [r, w]}]", Some(Access::Required), "O[r] | O[w] | O[r w]"),
        ("security: [{O: [r]}, {O: [r]}]", Some(Access::Required), "O[r]"),
        ("security: [{A: [], B: []}, {B: [], A: []}]", Some(Access::Required), "A[]+B[]"),
        ("security: [{}, {A: []}]", Some(Access::Optional), "anonymous | A[]"),
        ("security: [{A: []}, {}]", Some(Access::Optional), "A[] | anonymous"),
        ("security: [{}]", Some(Access::Optional), "anonymous"),
        ("security: [{A: [role]}]", Some(Access::Required), "A[role]"),
    ] {
        let operation = operation("", own);
        assert_eq!((operation.access(), alternatives(&operation).as_str()), (access, expected), "{own}");
    }
}

#[test]
fn the_extension_adds_to_each_alternative() {
    let own = "security: [{A: []}, {O: [r], B: []}], x-required-scopes: [w, r, w]";
    assert_eq!(alternatives(&operation("", own)), "A[] & r w | O[r]+B[] & r w");
    let document = format!("paths: {{ /a: {{ get: {{ {own} }} }} }}");
    let any = read_with(&document, &extension("x-required-scopes", Combine::Any));
    assert_eq!(alternatives(&any.operations[0]), "A[] & w | A[] & r | O[r]+B[] & w | O[r]+B[] & r");
    let empty = read_with(
        "paths: { /a: { get: { security: [{A: []}], x-required-scopes: [] } } }",
        &extension("x-required-scopes", Combine::Any),
    );
    assert_eq!(alternatives(&empty.operations[0]), "A[]");
    let renamed = read_with(
        "paths: { /a: { get: { security: [{A: []}], x-needs: [n], } } }",
        &extension("x-needs", Combine::All),
    );
    assert_eq!(alternatives(&renamed.operations[0]), "A[] & n");
}

#[test]
fn dates_and_yaml_1_1_booleans_are_scopes_like_others() {
    let operation = operation("security: [{A: []}]", "x-required-scopes: [on, no, 2026-11-24]");
    assert_eq!(alternatives(&operation), "A[] & 2026-11-24 no on");
}

#[test]
fn anchors_and_merge_keys_are_resolved() {
    let model = read(
        "x-shared: &shared { security: [{A: []}], x-required-scopes: &scopes [x] }\npaths:\n  /a:\n    get: { <<: *shared }\n    put: { <<: *shared, security: [] , x-required-scopes: [] }\n    post: { security: [{B: []}], x-required-scopes: *scopes }\n",
    );
    let shown: Vec<_> = model.operations.iter().map(alternatives).collect();
    assert_eq!(shown, ["A[] & x", "", "B[] & x"]);
}

#[test]
fn query_keys_are_those_of_path_item_operation_and_credentials() {
    let query = |path_item: &str, own: &str| {
        let model = read(&format!(
            "security: [{{A: []}}]\npaths:\n  /a:\n    parameters: [{path_item}]\n    get: {{ parameters: [{own}] }}\n"
        ));
        let query = model.operations[0].query.clone();
        (query.names.join(" "), query.prefixes.join(" "), query.any)
    };
    let object = "type: object, properties: { b: {}, c: { type: [string, 'null'] } }";
    for (path_item, own, names, prefixes, any) in [
        (
            "{name: p, in: query}, {name: h, in: header}",
            "{name: q, in: query, schema: {type: array}}",
            "p q",
            "",
            false,
        ),
        (&format!("{{name: p, in: query, schema: {{{object}}}}}"), "{name: p, in: query}", "p", "", false),
        ("", &format!("{{name: f, in: query, schema: {{{object}}}}}"), "b c", "", false),
        ("", &format!("{{name: f, in: query, explode: false, schema: {{{object}}}}}"), "f", "", false),
        ("", &format!("{{name: f, in: query, style: deepObject, schema: {{{object}}}}}"), "f[b] f[c]", "", false),
        ("", "{name: f, in: query, style: deepObject, schema: {type: object}}", "", "f[", false),
        ("", "{name: f, in: query, schema: {type: object}}", "", "", true),
        ("", "{name: f, in: query, schema: {type: object, additionalProperties: {type: string}}}", "", "", true),
        (
            "",
            "{name: f, in: query, style: deepObject, schema: {type: object, properties: {d: {type: object, properties: {e: {}}}}}}",
            "f[d]",
            "f[d][",
            false,
        ),
        (
            "",
            "{name: f, in: query, schema: {oneOf: [{type: string}, {type: object, properties: {b: {}}}]}}",
            "b f",
            "",
            false,
        ),
        ("", "{name: f, in: query, content: {application/json: {schema: {type: object}}}}", "f", "", false),
    ] {
        assert_eq!(query(path_item, own), (names.to_owned(), prefixes.to_owned(), any), "{path_item} / {own}");
    }
    assert_eq!(operation("", "security: [{B: []}, {A: []}]").query.names, ["api_key"]);
}

#[test]
fn the_base_path_comes_from_the_first_server_or_the_settings() {
    for (server, expected) in [
        ("https://a.example/v1/", "/v1"),
        ("https://a.example", ""),
        ("/", ""),
        ("//a.example/v1", "/v1"),
        ("/external/v1", "/external/v1"),
    ] {
        assert_eq!(read(&format!("servers: [{{url: '{server}'}}]\npaths: {{}}")).base_path, expected, "{server}");
    }
    let variables = "servers: [{url: 'https://{host}.example/{v}', variables: {v: {default: v2}}}]\npaths: {}";
    assert_eq!(read(variables).base_path, "/v2");
    let chosen = Settings::default().with(|settings| settings.base_path = Some("/chosen/".into()));
    assert_eq!(read_with(variables, &chosen).base_path, "/chosen");
}

#[test]
fn versions_titles_and_scheme_kinds_are_read() {
    let model = read("paths: {}");
    assert_eq!((model.title.as_str(), model.version.as_str(), model.openapi.as_str()), ("T", "1.0", "3.1.0"));
    let kinds: Vec<_> = model.schemes.iter().map(|scheme| scheme.kind.clone()).collect();
    assert_eq!(kinds, [SchemeKind::Bearer, SchemeKind::ApiKeyQuery("api_key".into()), SchemeKind::OAuth2]);
}

#[test]
fn json_is_read_by_the_same_reader() {
    let json = br##"{
	"openapi": "3.0.3", "info": {"title": "\ud83d\ude00", "version": "1"},
	"components": {"securitySchemes": {"A": {"type": "http", "scheme": "bearer"}}},
	"paths": {"/a": {"get": {"security": [{"A": []}], "x-required-scopes": ["s"], "responses": {"200": {"description": "a\/b"}}}}}
}"##;
    let loaded = policy_spec::read("api.json", json, &Settings::default());
    let findings = loaded.render(false);
    let model = loaded.model.unwrap_or_else(|| panic!("{findings}"));
    assert_eq!(model.title, "\u{1f600}");
    assert_eq!(alternatives(&model.operations[0]), "A[] & s");
    assert_eq!(model.operations[0].location.to_string(), "api.json:4:19");
}

#[test]
fn lists_in_deep_object_style_take_brackets() {
    let list = "parameters: [{ in: query, name: expand, style: deepObject, schema: { type: array, items: { type: string } } }]";
    let query = operation("security: []", list).query;
    assert_eq!(
        (query.names, query.prefixes, query.any),
        (vec!["expand".to_owned()], vec!["expand[".to_owned()], false)
    );
}

#[test]
fn a_schema_that_leads_back_to_itself_opens_nothing() {
    let text = "security: []\nx-a: { type: object, allOf: [{ $ref: '#/x-b' }], properties: { a: {} } }\nx-b: { allOf: [{ $ref: '#/x-a' }] }";
    let query = operation(text, "parameters: [{ in: query, name: p, schema: { $ref: '#/x-a' } }]").query;
    assert_eq!((query.names.as_slice(), query.any), (["a".to_owned()].as_slice(), false));
}

#[test]
fn tags_are_harmless_where_nothing_is_read() {
    let text = "x-integration: { uri: !Sub 'arn:${Region}', list: !Join ['', [a]] }, responses: { 200: !include ok.yaml }, security: !!seq [!!map { A: [] }]";
    assert_eq!(alternatives(&operation("", text)), "A[]");
}

#[test]
fn each_alternative_has_the_place_where_it_is_written() {
    let cases = [
        ("security: [{ A: [] }]\n", "", &["{ A: [] }"][..]),
        ("", "security: [{ A: [] }, { A: [] }, { B: [] }]", &["{ A: [] }", "{ B: [] }"]),
        ("security: [{ A: [] }]\n", "security: []", &[]),
        ("", "x-required-scopes: [r]", &["[r]"]),
        ("", "security: [{ O: [] }, { A: [] }], x-any: [r, w]", &["{ O: [] }", "{ O: [] }", "{ A: [] }", "{ A: [] }"]),
    ];
    for (rest, written, places) in cases {
        let document = format!("{SCHEMES}{rest}paths: {{ /a: {{ get: {{ {written} }} }} }}\n");
        let mut settings = extension("x-any", Combine::Any);
        settings.extensions.push(Extension::new("x-required-scopes"));
        let loaded = policy_spec::read("api.yaml", document.as_bytes(), &settings);
        let operation = &loaded.readable().unwrap().operations[0];
        assert_eq!(operation.alternatives().len(), operation.alternative_spans.len());
        let text = |span: &policy_spec::Span| loaded.sources.text(span.file).get(span.start..span.end).unwrap();
        let shown = operation.alternative_spans.iter().map(text);
        assert_eq!(shown.collect::<Vec<_>>(), places, "{written}");
    }
}

/// A table has no place for what nobody may call, and a router would go on to the wider path.
#[test]
fn an_undeclared_operation_is_an_error_where_another_would_decide_its_requests() {
    let settings = Settings::default().with(|settings| settings.undeclared = policy_spec::Undeclared::Deny);
    for (undeclared, declared, is_refused) in [
        ("/files/recent", "/files/{id}", true),
        ("/files/{id}.json", "/files/{id}", true),
        ("/files/{id}", "/files/recent", false),
        ("/files/recent", "/files/{id}/parts", false),
        ("/a/{x}", "/{y}/b", true),
        ("/{y}/b", "/a/{x}", false),
        ("/files", "/files/", false),
    ] {
        for swap in [false, true] {
            let (one, other) = (
                format!("  {undeclared}: {{ get: {{}} }}\n"),
                format!("  {declared}: {{ get: {{ security: [{{ Key: [] }}] }} }}\n"),
            );
            let paths = if swap { other + &one } else { one + &other };
            let text = format!(
                "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\ncomponents: {{ securitySchemes: {{ Key: {{ type: http, scheme: bearer }} }} }}\npaths:\n{paths}"
            );
            let loaded = policy_spec::read("api.yaml", text.as_bytes(), &settings);
            let refused = loaded
                .findings
                .iter()
                .any(|finding| finding.code.as_str() == "undeclared-operation" && finding.is_error());
            assert_eq!(refused, is_refused, "{undeclared} {declared} {swap}\n{}", loaded.render(false));
        }
    }
}

#[test]
fn other_query_keys_are_refused_unless_the_settings_or_the_operation_ignore_them() {
    let ignoring = Settings::default().with(|settings| settings.unsupported_query = UnsupportedQuery::Ignore);
    for (settings, own, ignores) in [
        (&Settings::default(), "", false),
        (&Settings::default(), ", x-unsupported-query: ignore", true),
        (&Settings::default(), ", x-unsupported-query: reject", false),
        (&ignoring, "", true),
        (&ignoring, ", x-unsupported-query: reject", false),
    ] {
        let text = format!(
            "security: [{{A: []}}]\npaths: {{ /a: {{ get: {{ parameters: [{{ name: p, in: query }}]{own} }} }} }}\n"
        );
        let query = read_with(&text, settings).operations.remove(0).query;
        assert_eq!((query.ignores_others, query.takes_any(), query.any), (ignores, ignores, false), "{own}");
        assert_eq!(query.names, ["p"]);
    }
    for (own, part) in [
        ("x-unsupported-query: allow", "error[invalid-shape]"),
        ("x-unsupported-query: [ignore]", "error[invalid-shape]"),
        ("x-unsuported-query: ignore", "error[misspelled-extension]"),
    ] {
        let text = format!("{SCHEMES}security: [{{A: []}}]\npaths: {{ /a: {{ get: {{ {own} }} }} }}\n");
        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
        assert!(loaded.render(false).contains(part), "{own}: {}", loaded.render(false));
    }
    let root =
        format!("{SCHEMES}x-unsupported-query: ignore\nsecurity: [{{A: []}}]\npaths: {{ /a: {{ get: {{}} }} }}\n");
    let said = policy_spec::read("api.yaml", root.as_bytes(), &Settings::default()).render(false);
    assert!(
        said.contains("error[misplaced-extension]") && said.contains("`unsupported-query` in `policy.toml`"),
        "{said}"
    );
}

#[test]
fn examples_of_path_parameters_are_read_where_they_are_asked_for_and_are_no_findings() {
    let document = "
openapi: 3.1.0
info: { title: T, version: '1' }
security: []
paths:
  /a/{own}/{named}/{schema}/{referred}/{broken}/{none}:
    parameters:
      - { name: own, in: path, required: true, example: 7 }
      - { name: named, in: path, required: true, examples: { one: { value: n1 } } }
      - { name: schema, in: path, required: true, schema: { type: string, enum: [e1, e2] } }
      - { name: referred, in: path, required: true, schema: { $ref: '#/components/schemas/Id' } }
      - { name: broken, in: path, required: true, schema: { $ref: '#/components/schemas/None' } }
      - { name: none, in: path, required: true, schema: { type: string } }
    get: { parameters: [{ name: own, in: path, required: true, example: 8 }] }
components:
  schemas: { Id: { default: d1 } }
";
    let read = |asked: bool| {
        let settings = policy_spec::Settings::default().with(|settings| settings.path_examples = asked);
        policy_spec::read("api.yaml", document.as_bytes(), &settings)
    };
    let (plain, asked) = (read(false), read(true));
    assert_eq!(plain.findings, asked.findings);
    let examples = |loaded: &policy_spec::Loaded| loaded.model.as_ref().unwrap().operations[0].path_examples.clone();
    assert_eq!(examples(&plain), []);
    let pairs = [("own", "8"), ("own", "7"), ("named", "n1"), ("schema", "e1"), ("referred", "d1")];
    assert_eq!(examples(&asked), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(plain.model.unwrap().fingerprint(), asked.model.unwrap().fingerprint());
}
