//! The fingerprint follows what decides, and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use policy_spec::Settings;

const BASE: &str = "\
openapi: 3.1.0
info: { title: T, version: '1' }
servers: [{ url: https://a.example/v1 }]
x-check-order: [authentication, enablement, scopes, query]
security: [{ A: [] }]
paths:
  /a/{x}:
    get:
      operationId: getA
      summary: One.
      x-required-scopes: [r, w]
      parameters: [{ name: p, in: query }, { name: q, in: query }]
    put: { security: [{ A: [] }, { B: [] }] }
  /b: { get: { security: [] } }
webhooks:
  hook: { x-follow-up: [getA, GET /b] }
components:
  securitySchemes:
    A: { type: http, scheme: bearer, x-scopes: { r: Read, w: Write } }
    B: { type: apiKey, in: header, name: X-Key }
";

fn fingerprint(text: &str) -> String {
    let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
    let findings = loaded.render(false);
    loaded.model.unwrap_or_else(|| panic!("{findings}\n{text}")).fingerprint()
}

fn changed(from: &str, to: &str) -> String {
    assert!(BASE.contains(from), "{from}");
    fingerprint(&BASE.replacen(from, to, 1))
}

#[test]
fn it_is_sixteen_hexadecimal_digits_and_never_drifts() {
    insta::assert_snapshot!(fingerprint(BASE), @"39701ae7acde4744");
    assert_eq!(fingerprint(BASE).len(), 16);
}

#[test]
fn what_does_not_decide_does_not_change_it() {
    for (from, to) in [
        ("openapi: 3.1.0\n", "# a comment\nopenapi: 3.1.1\n"),
        ("title: T", "title: Another"),
        ("version: '1'", "version: '2'"),
        ("https://a.example/v1", "https://b.example/v1/"),
        ("summary: One.", "description: Two."),
        ("operationId: getA", "operationId: getA\n      tags: [x]"),
        ("[r, w]", "[w, r, r]"),
        ("{ name: p, in: query }, { name: q, in: query }", "{ in: query, name: q }, { in: query, name: p }"),
        ("[{ A: [] }, { B: [] }]", "[{ B: [] }, { A: [] }, { B: [] }]"),
        ("[getA, GET /b]", "[GET /b, 'GET /a/{x}']"),
        ("{ r: Read, w: Write }", "{ w: '', r: }"),
        ("type: http, scheme: bearer,", "scheme: Bearer, type: http, description: Keys,"),
        ("name: X-Key", "name: x-KEY"),
        ("  /b: { get: { security: [] } }\nwebhooks", "  \"/b\":\n    get:\n      security: []\nwebhooks"),
    ] {
        assert_eq!(changed(from, to), fingerprint(BASE), "{from} -> {to}");
    }
    let moved = BASE.replacen("  /b: { get: { security: [] } }\n", "", 1).replacen(
        "paths:\n",
        "paths:\n  /b: { get: { security: [] } }\n",
        1,
    );
    assert_eq!(fingerprint(&moved), fingerprint(BASE));
}

#[test]
fn what_decides_changes_it() {
    let changes = [
        ("/v1", "/v2"),
        ("enablement, scopes", "scopes, enablement"),
        ("[r, w]", "[r]"),
        ("[r, w]", "[]"),
        ("{ name: q, in: query }", "{ name: q, in: header }"),
        ("{ name: q, in: query }", "{ name: q, in: query, schema: { type: object } }"),
        ("summary: One.", "x-unsupported-query: ignore"),
        ("[{ A: [] }, { B: [] }]", "[{ A: [], B: [] }]"),
        ("[{ A: [] }, { B: [] }]", "[{ A: [] }, {}]"),
        ("get: { security: [] }", "get: { security: [{ A: [] }] }"),
        ("get: { security: [] }", "get: {}"),
        ("  /b: { get", "  /b: { head: { security: [] }, get"),
        ("[getA, GET /b]", "[getA]"),
        ("hook:", "hooks:"),
        ("/a/{x}:", "/a/{y}:"),
        ("r: Read,", "r: Read, s: Search,"),
        ("scheme: bearer,", "scheme: digest,"),
        ("name: X-Key", "name: X-Keys"),
        ("in: header, name: X-Key", "in: cookie, name: X-Key"),
    ];
    let mut seen = vec![fingerprint(BASE)];
    for (from, to) in changes {
        let print = changed(from, to);
        // `{}` inherits what `[{ A: [] }]` writes out: the one pair that is the same policy.
        if to == "get: {}" {
            assert_eq!(print, changed("get: { security: [] }", "get: { security: [{ A: [] }] }"));
            continue;
        }
        assert!(!seen.contains(&print), "{from} -> {to}");
        seen.push(print);
    }
}
