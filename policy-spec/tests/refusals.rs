//! What is refused whatever the configuration says, and what it can waive.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_spec::{Code, Date, Lint, Settings, Waiver};

const SCHEMES: &str = "
openapi: 3.1.0
info: { title: T, version: 1.0 }
components:
  securitySchemes:
    A: { type: http, scheme: Bearer }
    B: { type: apiKey, in: query, name: api_key }
    O: { type: oauth2, flows: { implicit: { authorizationUrl: https://a.example, scopes: { r: R, w: W } } } }
";

#[test]
fn every_part_that_is_not_read_is_told() {
    for (rest, code) in [
        ("paths: { /a: { get: {}, fetch: {} } }", Code::UnknownKey),
        ("paths: { /a: { get: {}, query: {} } }", Code::UnknownKey),
        ("paths: { /a: { get: {}, additionalOperations: { COPY: {} } } }", Code::UnknownKey),
        ("paths: { /a: { GET: {} } }", Code::UnknownKey),
        ("paths: { /a: { get: {}, security: [] } }", Code::UnknownKey),
        ("paths: { /a: { get: { Security: [] } } }", Code::UnknownKey),
        ("paths: { a: { get: {} } }", Code::IllFormedTemplate),
        ("paths: { /a: { get: } }", Code::InvalidShape),
        ("paths: { /a: [get] }", Code::InvalidShape),
        ("paths: { /a: !include a.yaml }", Code::InvalidShape),
        ("paths: { /a: { get: { security: !none [] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [!none {}] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [{ O: !Ref Scopes }] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { x-required-scopes: !none [] } } }", Code::UnreadableExtension),
        ("paths: { /a: { get: { x-required-scopes: [!Ref Scope] } } }", Code::UnreadableExtension),
        ("paths: { /a: { get: { security: { A: [] } } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [A] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [{ A: }] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [{ A: r }] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { security: [{ A: [7] }] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { parameters: { name: p } } } }", Code::InvalidShape),
        ("paths: { /a: { get: { parameters: [{ in: querystring, name: p }] } } }", Code::InvalidShape),
        ("paths: { /a: { get: { x-required-scopes: r } } }", Code::UnreadableExtension),
        ("paths: { /a: { x-required-scopes: [r], get: {} } }", Code::MisplacedExtension),
        ("paths: { /a: { get: { x-required-scope: [r] } } }", Code::MisspelledExtension),
    ] {
        let loaded = policy_spec::read(
            "api.yaml",
            format!("{SCHEMES}security: [{{ A: [] }}]\n{rest}\n").as_bytes(),
            &Settings::default(),
        );
        let errors: Vec<_> =
            loaded.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.code).collect();
        assert_eq!(errors, [code], "{rest}");
    }
}

#[test]
fn no_configuration_lowers_what_would_change_the_policy() {
    let all = Code::ALL.iter().map(|code| (*code, Lint::Allow)).collect();
    let settings = Settings::default().with(|settings| settings.levels = all);
    for (rest, code) in [
        ("security: [{ Z: [] }]\npaths: {}", Code::SchemeUnresolved),
        ("security: [{ O: ['a b'] }]\npaths: {}", Code::IllFormedScope),
        (
            "paths: { '/a/{x}': { get: { security: [] } }, '/a/{y}': { get: { security: [{ A: [] }] } } }",
            Code::TemplateCollision,
        ),
        (
            "paths: { /a: { get: { security: [] } }, '/a#b': { get: { security: [{ A: [] }] } } }",
            Code::TemplateCollision,
        ),
        ("paths: { /a: { get: { security: [], x-required-scopes: [r] } } }", Code::PublicOperationWithScopes),
        (
            "paths: { /a: { get: { security: [{ A: [] }, {}], x-required-scopes: [r] } } }",
            Code::PublicOperationWithScopes,
        ),
        ("paths: { /a: { get: { security: [] }, get: {} } }", Code::DuplicateKey),
    ] {
        let loaded = policy_spec::read("api.yaml", format!("{SCHEMES}{rest}\n").as_bytes(), &settings);
        let codes: Vec<_> = loaded.findings.iter().map(|finding| finding.code).collect();
        assert!(loaded.model.is_none(), "{rest}");
        assert_eq!(codes, [code], "{rest}");
    }
}

#[test]
fn waivers_are_found_by_operation_path_and_pointer() {
    let text = format!(
        "{SCHEMES}paths:\n  /a/{{x}}/c: {{ get: {{ security: [{{ A: [] }}] }} }}\n  /a/b/{{y}}: {{ get: {{ security: [{{ B: [] }}] }} }}\n  /r: {{ $ref: '#/x-item' }}\nx-item: {{ get: {{ security: [{{}}, {{ A: [] }}] }} }}\n"
    );
    let waived = |code, location: &str, expires: &str| {
        let waiver = Waiver::new(code, location, "known", Date::parse(expires).unwrap());
        let settings = Settings::default().with(|settings| settings.waivers = vec![waiver]);
        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &settings);
        let of_code = loaded.findings.iter().filter(|finding| finding.code == code);
        let waived = of_code.filter(|finding| finding.waived.is_some()).count();
        let about: Vec<_> = loaded
            .findings
            .iter()
            .map(|finding| finding.code)
            .filter(|code| matches!(code, Code::UnusedWaiver | Code::ExpiredWaiver | Code::InvalidConfiguration))
            .collect();
        (waived, about, loaded.model.is_some())
    };
    let (ambiguous, anonymous) = (Code::AmbiguousTemplates, Code::AnonymousAlternative);
    for location in ["GET /a/b/{y}", "/a/b/{y}", "GET /a/{x}/c", "/a/{x}/c", "#/paths/~1a~1b~1{y}", "#/paths"] {
        assert_eq!(waived(ambiguous, location, "2999-01-01"), (1, vec![], true), "{location}");
    }
    for location in ["GET /r", "/r", "#/x-item/get", "#/x-item/get/security/0"] {
        assert_eq!(waived(anonymous, location, "2999-01-01"), (1, vec![], false), "{location}");
    }
    for location in ["PUT /a/b/{y}", "/a", "GET", "#/nowhere", "#/x-item"] {
        assert_eq!(waived(ambiguous, location, "2999-01-01"), (0, vec![Code::UnusedWaiver], false), "{location}");
    }
    assert_eq!(waived(ambiguous, "/a/b/{y}", "2020-01-01"), (0, vec![Code::ExpiredWaiver], false));
    assert_eq!(waived(Code::SchemeUnresolved, "/r", "2999-01-01"), (0, vec![Code::UnusedWaiver], false));
}

/// Of a key with the wrong kind of value, the error is at this value and says what was expected.
#[test]
fn a_security_scheme_has_strings_where_openapi_has_them() {
    for (scheme, at, expected) in [
        ("{ type: apiKey, in: header, name: 7 }", "7", "`name` of the security scheme is a number"),
        ("{ type: apiKey, in: header, name: ~ }", "~", "`name` of the security scheme is nothing"),
        ("{ type: http, scheme: [bearer] }", "[bearer]", "`scheme` of the security scheme is a list"),
        (
            "{ type: http, scheme: bearer, bearerFormat: true }",
            "true",
            "`bearerFormat` of the security scheme is a boolean",
        ),
        (
            "{ type: openIdConnect, openIdConnectUrl: {} }",
            "{}",
            "`openIdConnectUrl` of the security scheme is a mapping",
        ),
        // Names that end a header field, or begin another one.
        (
            r#"{ type: apiKey, in: header, name: "X-Key: a\r\nX-Evil" }"#,
            r#""X-Key: a\r\nX-Evil""#,
            r"`name` of the security scheme is `X-Key: a\r\nX-Evil`",
        ),
        ("{ type: apiKey, in: header, name: '' }", "''", "`name` of the security scheme is ``"),
        ("{ type: apiKey, in: cookie, name: a=b; }", "a=b;", "`name` of the security scheme is `a=b;`"),
        ("{ type: http, scheme: Bearer token }", "Bearer token", "`scheme` of the security scheme is `Bearer token`"),
    ] {
        let document = format!("{SCHEMES}    X: {scheme}\nsecurity: [{{ X: [] }}]\npaths: {{ /a: {{ get: {{}} }} }}\n");
        let loaded = policy_spec::read("api.yaml", document.as_bytes(), &Settings::default());
        let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        let [error] = errors.as_slice() else { panic!("{scheme}: {errors:?}") };
        let span = error.primary.span;
        assert_eq!((error.code, error.message.as_str()), (Code::InvalidShape, expected), "{scheme}");
        assert_eq!(document.get(span.start..span.end), Some(at), "{scheme}");
    }
    for scheme in [
        "{ type: http, scheme: bearer, bearerFormat: ~ }",
        "{ type: http, scheme: bearer, name: 7 }",
        "{ type: apiKey, in: query, name: 'a key' }",
    ] {
        let document = format!("{SCHEMES}    X: {scheme}\nsecurity: [{{ X: [] }}]\npaths: {{ /a: {{ get: {{}} }} }}\n");
        let loaded = policy_spec::read("api.yaml", document.as_bytes(), &Settings::default());
        assert!(loaded.findings.iter().all(|finding| !finding.is_error()), "{scheme}: {}", loaded.render(false));
    }
}
