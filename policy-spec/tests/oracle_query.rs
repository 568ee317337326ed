//! The oracle's query keys against parameters whose meaning is written by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod oracle;

use oracle::Config;
use oracle::fixture::read;
use serde_json::Value;

const SCHEMAS: &str = "
components:
  schemas:
    Page: { type: object, properties: { limit: {}, offset: {} } }
    Sort: { type: object, properties: { by: {}, then: { $ref: '#/components/schemas/Page' } } }
    Untyped: { properties: { u: {} } }
    Free: { type: object }
    Text: { type: string }
    Loop: { anyOf: [{ $ref: '#/components/schemas/Loop' }, { $ref: '#/components/schemas/Page' }] }
";

/// The names, then `+ p*` for each prefix, then `+ *` where any key will do.
fn keys(operation: &Value) -> String {
    let list = |part: &str| -> Vec<String> {
        operation["query"][part].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect()
    };
    let mut told = list("names").join(" ");
    for prefix in list("prefixes") {
        told += &format!(" + {prefix}*");
    }
    if operation["query"]["any"] == Value::Bool(true) {
        told += " + *";
    }
    told.trim_start().to_owned()
}

fn one(version: &str, parameter: &str) -> String {
    let document = format!("{version}{SCHEMAS}paths:\n  /a:\n    get:\n      parameters:\n        - {parameter}\n");
    keys(&read(&Config::default(), &document)[0])
}

#[test]
fn the_style_of_a_parameter_decides_about_its_keys() {
    let reference = |name: &str| format!("schema: {{ $ref: '#/components/schemas/{name}' }}");
    let (page, sort, free) = (reference("Page"), reference("Sort"), reference("Free"));
    let cases = [
        // A form.
        (String::new(), "p"),
        ("schema: { type: string }".to_owned(), "p"),
        ("schema: {}".to_owned(), "p"),
        ("schema: { type: array, items: { type: object } }".to_owned(), "p"),
        (page.clone(), "limit offset"),
        (format!("style: form, explode: true, {page}"), "limit offset"),
        (format!("explode: false, {page}"), "p"),
        (format!("style: spaceDelimited, {page}"), "p"),
        (format!("style: pipeDelimited, explode: true, {page}"), "p"),
        (free.clone(), "+ *"),
        (format!("explode: false, {free}"), "p"),
        ("schema: { type: object, properties: {} }".to_owned(), "+ *"),
        ("schema: { type: object, additionalProperties: false }".to_owned(), ""),
        ("schema: { type: object, additionalProperties: { type: string } }".to_owned(), "+ *"),
        ("schema: { type: object, properties: { a: {} }, additionalProperties: false }".to_owned(), "a"),
        ("schema: { type: object, properties: { a: {} }, additionalProperties: true }".to_owned(), "a + *"),
        ("schema: { type: object, properties: { a: {} }, additionalProperties: {} }".to_owned(), "a + *"),
        // What may be no object keeps the name.
        ("schema: { type: [object, string], properties: { a: {} } }".to_owned(), "a p"),
        (reference("Untyped"), "p u"),
        // A deep object.
        (format!("style: deepObject, explode: true, {page}"), "p[limit] p[offset]"),
        (format!("style: deepObject, {sort}"), "p[by] p[then] + p[then][*"),
        (format!("style: deepObject, {free}"), "+ p[*"),
        (
            "style: deepObject, schema: { type: object, properties: { a: { type: array } }, additionalProperties: {} }"
                .to_owned(),
            "p[a] + p[* + p[a][*",
        ),
        ("style: deepObject, schema: { type: string }".to_owned(), "p"),
        ("style: deepObject, schema: { type: array, items: { type: string } }".to_owned(), "p + p[*"),
        // Content.
        (format!("content: {{ application/json: {{ {page} }} }}"), "p"),
    ];
    for (lines, expected) in cases {
        let comma = if lines.is_empty() { "" } else { ", " };
        let told = one("openapi: 3.1.0", &format!("{{ name: p, in: query{comma}{lines} }}"));
        assert_eq!(told, expected, "{lines}");
    }
}

#[test]
fn branches_of_a_schema_are_united() {
    let of = |key: &str, names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("{{ $ref: '#/components/schemas/{name}' }}")).collect();
        format!("{key}: [{}]", names.join(", "))
    };
    let cases = [
        (of("allOf", &["Page", "Sort"]), "by limit offset then"),
        (of("oneOf", &["Page", "Sort"]), "by limit offset then"),
        (of("anyOf", &["Page", "Text"]), "limit offset p"),
        (of("oneOf", &["Text"]), "p"),
        (of("oneOf", &["Page", "Free"]), "limit offset + *"),
        // An object and a schema without a type: only an object passes both.
        (of("allOf", &["Page", "Untyped"]), "limit offset u"),
        (of("anyOf", &["Page", "Untyped"]), "limit offset p u"),
        (format!("type: object, {}", of("oneOf", &["Page", "Untyped"])), "limit offset u"),
        (format!("type: object, properties: {{ a: {{}} }}, {}", of("allOf", &["Page"])), "a limit offset"),
        (format!("type: string, {}", of("oneOf", &["Page", "Text"])), "p"),
        (of("oneOf", &["Loop"]), "limit offset"),
    ];
    for (schema, expected) in cases {
        for version in ["openapi: 3.0.3", "openapi: 3.1.0", "openapi: 3.2.0"] {
            let told = one(version, &format!("{{ name: p, in: query, schema: {{ {schema} }} }}"));
            assert_eq!(told, expected, "{version}: {schema}");
        }
    }
}

#[test]
fn the_version_of_a_document_decides_about_its_keys() {
    let beside = "{ name: p, in: query, schema: { $ref: '#/components/schemas/Page', properties: { a: {} } } }";
    let null = "{ name: p, in: query, schema: { type: object, nullable: true, properties: { a: {} } } }";
    let form = |schema: &str| {
        format!(
            "{{ name: p, in: querystring, content: {{ application/x-www-form-urlencoded: {{ schema: {schema} }} }} }}"
        )
    };
    let page = form("{ $ref: '#/components/schemas/Page' }");
    let free = form("{ $ref: '#/components/schemas/Free' }");
    let other = "{ name: p, in: querystring, content: { application/json: { schema: { type: object } } } }";
    let swagger = "{ name: p, in: query, type: array, items: { type: string }, collectionFormat: multi }";
    let cases = [
        ("openapi: 3.0.3", beside, "limit offset"),
        ("openapi: 3.1.0", beside, "a limit offset"),
        ("openapi: 3.0.3", null, "a p"),
        ("openapi: 3.2.0", &page, "limit offset"),
        ("openapi: 3.2.0", &free, "+ *"),
        ("openapi: 3.2.0", other, "+ *"),
        ("openapi: 3.1.0", &page, ""),
        ("swagger: '2.0'", swagger, "p"),
        ("swagger: '2.0'", "{ name: p, in: formData, type: string }", ""),
        ("openapi: 3.2.0", "{ name: p, in: header, schema: { type: string } }", ""),
    ];
    for (version, parameter, expected) in cases {
        assert_eq!(one(version, parameter), expected, "{version}: {parameter}");
    }
}

#[test]
fn an_operation_replaces_the_parameters_of_its_path_item() {
    let document = "
openapi: 3.1.0
paths:
  /a/{p}:
    parameters:
      - { name: p, in: query, schema: { type: object, properties: { a: {} } } }
      - { name: q, in: query, schema: { type: string } }
    get:
      parameters:
        - { name: p, in: path, required: true, schema: { type: string } }
        - { name: r, in: query, schema: { type: string } }
    put:
      parameters: [{ name: p, in: query, schema: { type: object, properties: { b: {} } } }]
";
    let read = read(&Config::default(), document);
    assert_eq!([keys(&read[0]), keys(&read[1])], ["a q r", "b q"]);
}

#[test]
fn a_key_in_the_query_is_a_query_key_where_it_is_required() {
    let document = |head: &str, schemes: &str| {
        format!(
            "{head}\n{schemes}\nsecurity: [{{ OAuth: [] }}, {{ Query: [], OAuth: [] }}]\npaths:\n  /a:\n    get: {{}}\n    \
             put: {{ security: [{{ Header: [] }}] }}\n    post: {{ security: [] }}\n    \
             patch: {{ security: [{{}}, {{ '#/components/securitySchemes/Query': [] }}] }}\n"
        )
    };
    let schemes = "{ Query: { type: apiKey, in: query, name: k }, Header: { type: apiKey, in: header, name: h }, \
                   OAuth: { type: oauth2 } }";
    let components = format!("components: {{ securitySchemes: {schemes} }}");
    let cases = [
        ("openapi: 3.2.0", components.clone(), ["k", "", "", "k"]),
        ("openapi: 3.1.0", components, ["k", "", "", ""]),
        ("swagger: '2.0'", format!("securityDefinitions: {schemes}"), ["k", "", "", ""]),
    ];
    for (version, schemes, expected) in cases {
        let read = read(&Config::default(), &document(version, &schemes));
        assert_eq!([0, 1, 2, 3].map(|at| keys(&read[at])), expected, "{version}");
    }
}
