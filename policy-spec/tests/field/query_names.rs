//! The query names that a schema says, wherever in it.

use policy_spec::Level;

use super::reading::{ERROR, WARNING, document, file, model, text};
use super::{Document, check, load};

/// The query keys of `GET /a` with one exploded object of this schema; `*` for any.
fn keys(schema: &str) -> String {
    let text = document(&format!(
        "security: [{{ Key: [] }}]\npaths: {{ /a: {{ get: {{ parameters: [{{ name: p, in: query, schema: {{ type: object, {schema} }} }}] }} }} }}\n"
    ));
    let query = &model(&text).operations[0].query;
    let any = if query.any { " *" } else { "" };
    format!("{}{any}", query.names.join(" "))
}

#[test]
fn names_under_a_condition_are_names() {
    if let Some(loaded) = load(&Document::File("query-object-conditional.yaml")) {
        let names: Vec<_> = loaded.model.unwrap().operations.into_iter().map(|one| one.query.names.join(" ")).collect();
        assert_eq!(names, ["a b", "a b c"]);
    }
    for (schema, expected) in [
        ("properties: { a: {} }, dependentSchemas: { a: { properties: { b: {} } } }", "a b"),
        ("properties: { a: {} }, dependencies: { a: { properties: { b: {} } }, b: [a] }", "a b"),
        ("properties: { a: {} }, if: { properties: { i: {} } }, then: { properties: { b: {} } }", "a b i"),
        ("properties: { a: {} }, else: { allOf: [{ properties: { c: {} } }] }", "a c"),
        ("properties: { a: {} }, then: { $ref: '#/x-more' }", "a m"),
        // A condition that names nothing opens nothing.
        ("properties: { a: {} }, then: { type: object, required: [a] }, unevaluatedProperties: false", "a"),
        ("properties: { a: {} }, unevaluatedProperties: true", "a *"),
        ("properties: { a: {} }, unevaluatedProperties: { type: string }", "a *"),
        ("unevaluatedProperties: false", ""),
        ("patternProperties: { '^f_': {} }", " *"),
        ("properties: { a: {} }, patternProperties: { '^f_': false }", "a"),
        ("propertyNames: { enum: [a, b] }", "a b"),
        ("additionalProperties: { type: string }, propertyNames: { $ref: '#/x-names' }", "one"),
        ("propertyNames: { pattern: '^f_' }", " *"),
        ("$dynamicAnchor: node, properties: { a: {} }, allOf: [{ $dynamicRef: '#node' }]", "a"),
        ("properties: { a: {} }, allOf: [{ $dynamicRef: '#/x-more' }]", "a m"),
    ] {
        let text = document(&format!(
            "x-more: {{ properties: {{ m: {{}} }} }}\nx-names: {{ const: one }}\nsecurity: [{{ Key: [] }}]\npaths: {{ /a: {{ get: {{ parameters: [{{ name: p, in: query, schema: {{ type: object, {schema} }} }}] }} }} }}\n"
        ));
        let query = &model(&text).operations[0].query;
        let any = if query.any { " *" } else { "" };
        assert_eq!(format!("{}{any}", query.names.join(" ")), expected, "{schema}");
    }
    assert_eq!(keys("properties: { a: {} }"), "a");
}

#[test]
fn what_names_cannot_be_read_from_is_said() {
    let with = |schema: &str| {
        document(&format!(
            "security: [{{ Key: [] }}]\npaths: {{ /a: {{ get: {{ operationId: a, parameters: [{{ name: p, in: query, schema: {schema} }}] }} }} }}\n"
        ))
    };
    let unread = |part: &'static str| -> &'static [(Level, &'static str, &'static str)] {
        Vec::leak(vec![(WARNING, "unread-schema", part)])
    };
    check(&[
        text(
            "an anchor that is elsewhere",
            with("{ type: object, $dynamicRef: '#T' }"),
            unread("`$dynamicRef` leads to no schema around it"),
        ),
        text("branches that are no list", with("{ oneOf: { properties: { a: {} } } }"), unread("`oneOf` is a mapping")),
        text("properties in a list", with("{ type: object, properties: [a, b] }"), unread("`properties` is a list")),
        text("a schema to be included", with("!include schema.yaml"), unread("the schema is a value with a tag")),
        text(
            "conditions in a list",
            with("{ type: object, dependentSchemas: [a] }"),
            unread("`dependentSchemas` is a list"),
        ),
        text(
            "content and a schema",
            with("{ type: object, properties: { a: {} } }, content: { text/plain: {} }"),
            unread("both `schema` and `content`"),
        ),
        text(
            "names beside a reference before 3.1",
            with("{ $ref: '#/info', properties: { a: {} } }").replace("3.1.0", "3.0.4"),
            &[(WARNING, "unread-schema", "before OpenAPI 3.1 `properties` beside a `$ref`")],
        ),
        text("a schema of everything", with("true"), &[]),
    ]);
}

#[test]
fn a_parameter_in_the_querystring_has_content() {
    let with = |parameter: &str| {
        document(&format!(
            "security: [{{ Key: [] }}]\npaths: {{ /a: {{ get: {{ operationId: a, parameters: [{{ in: querystring, name: q, {parameter} }}] }} }} }}\n"
        ))
        .replace("3.1.0", "3.2.0")
    };
    let form = "application/x-www-form-urlencoded: { schema: { type: object, properties: { page: {} } } }";
    check(&[
        file("querystring-with-schema.yaml", &[(ERROR, "invalid-shape", "has a `schema`")]),
        text(
            "a schema beside content",
            with(&format!("schema: {{}}, content: {{ {form} }}")),
            &[(ERROR, "invalid-shape", "has a `schema`")],
        ),
        text("neither", with("required: true"), &[(ERROR, "invalid-shape", "has no `content`")]),
        text("no media type", with("content: {}"), &[(ERROR, "invalid-shape", "a mapping with one media type")]),
        text(
            "two media types",
            with(&format!("content: {{ {form}, text/plain: {{}} }}")),
            &[(ERROR, "invalid-shape", "a mapping with one media type")],
        ),
        text("content", with(&format!("content: {{ {form} }}")), &[]),
    ]);
    let upper = with(&format!(
        "content: {{ {} }}",
        form.replace("application/x-www-form-urlencoded", "'Application/X-WWW-Form-URLencoded; charset=utf-8'")
    ));
    assert_eq!(model(&upper).operations[0].query.names, ["page"]);
}
