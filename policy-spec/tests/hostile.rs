//! Hostile input costs little and never panics.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::time::Duration;

use policy_spec::{Code, Level, Loaded, Settings};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Loaded {
    policy_spec::read("api.yaml", bytes, &Settings::default())
}

/// What this thread spent on a processor, which a busy machine does not change. Linux only.
fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Reads a document that should cost little: quadratic behaviour would take minutes.
fn bounded(name: &str, text: &str) -> Loaded {
    let start = cpu_time();
    let loaded = read(text.as_bytes());
    let spent = cpu_time().zip(start).map(|(now, then)| now.saturating_sub(then)).unwrap_or_default();
    assert!(spent < Duration::from_secs(5), "{name} took {spent:?}");
    loaded
}

fn refused(name: &str, text: &str) {
    let loaded = bounded(name, text);
    assert!(loaded.model.is_none(), "{name}");
    let error = loaded.findings.iter().find(|finding| finding.level == Level::Error);
    assert!(error.is_some_and(|error| !error.render(&loaded.sources, false).is_empty()), "{name}");
}

/// Refused for its size, with the budget's name.
fn beyond(limit: &str, name: &str, text: &str) {
    let loaded = bounded(name, text);
    assert!(loaded.model.is_none(), "{name}");
    let codes = [Code::TooLarge, Code::TooDeep];
    let error = loaded.findings.iter().find(|finding| codes.contains(&finding.code));
    let help = error.and_then(|error| error.help.as_deref()).unwrap_or_default();
    assert!(help.contains(&format!("`limits.{limit}`")), "{name}: {help}");
}

const MEGABYTE: usize = 1 << 20;

#[test]
fn nesting_is_refused_quickly() {
    for unit in [
        "[", "- ", "{\"a\":", "{a: ", "? ", "[{", "!!seq [", "&a [", "a: &a\n", "|", ">", "'", "\"", "#", "%", "*a",
        "<<: ", "-\n ", "{", "@",
    ] {
        refused(unit, &unit.repeat(MEGABYTE / unit.len()));
    }
    let mut stairs = String::new();
    for depth in 0..1_400 {
        writeln!(stairs, "{}a:", " ".repeat(depth)).unwrap();
    }
    refused("stairs", &stairs);
}

#[test]
fn aliases_are_expanded_within_a_budget() {
    let mut laughs = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..20 {
        let previous = format!("*a{},", level - 1).repeat(9);
        writeln!(laughs, "a{level}: &a{level} [{previous}]").unwrap();
    }
    refused("billion laughs", &laughs);
    let mut merges = String::from("a0: &a0 { k0: 1 }\n");
    for level in 1..10_000 {
        writeln!(merges, "a{level}: &a{level} {{ <<: *a{}, k{level}: 1 }}", level - 1).unwrap();
    }
    refused("growing merges", &merges);
    refused("an alias in its own anchor", "a: &a [*a]\n");
    refused("an unknown alias", "a: *a\n");
    refused("a merge of a scalar", "a: { <<: 1 }\n");
    let mut deep = String::from("a0: &a0 []\n");
    for level in 1..1_000 {
        writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    refused("depth by aliases", &deep);
}

const HEAD: &str = "openapi: 3.2.0\ninfo: { title: T, version: '1' }\ncomponents: { securitySchemes: { K: { type: http, scheme: bearer } } }\n";

/// `text` for each number, one after another.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

#[test]
fn nesting_beyond_the_budget_names_it() {
    for unit in ["[", "- ", "{\"a\":", "[{\"a\":", "{a: "] {
        beyond("depth", unit, &unit.repeat(MEGABYTE / unit.len()));
    }
    let chain = each(400, |at| format!("    S{at}: {{ allOf: [{{ $ref: '#/x-schemas/S{}' }}] }}\n", at + 1));
    beyond(
        "depth",
        "schemas",
        &format!(
            "{HEAD}security: []\npaths: {{ /a: {{ get: {{ parameters: [{{ in: query, name: q, schema: {{ $ref: '#/x-schemas/S0' }} }}] }} }} }}\nx-schemas:\n{chain}    S400: {{}}\n"
        ),
    );
}

#[test]
fn what_is_small_and_means_much_is_refused_by_the_budget_for_it() {
    let paths = |count, item: &str| each(count, |at| format!("  /p{at}: {item}\n"));
    let methods = each(5_000, |at| format!("M{at}: {{}}, "));
    beyond(
        "model-values",
        "operations by reference",
        &format!(
            "{HEAD}security: []\nx-item: {{ additionalOperations: {{ {methods} }} }}\npaths:\n{}",
            paths(2_000, "{ $ref: '#/x-item' }")
        ),
    );
    let parameters = each(5_000, |at| format!("{{ in: query, name: q{at} }}, "));
    beyond(
        "model-values",
        "parameters by reference",
        &format!(
            "{HEAD}security: []\nx-item: {{ get: {{}}, parameters: [{parameters}] }}\npaths:\n{}",
            paths(2_000, "{ $ref: '#/x-item' }")
        ),
    );
    let alternatives = each(900, |at| format!("{{ K: [s{at}] }}, "));
    beyond(
        "model-values",
        "inherited alternatives",
        &format!("{HEAD}security: [{alternatives}]\npaths:\n{}", paths(5_000, "{ get: {} }")),
    );
    let scopes = each(20_000, |at| format!("s{at}, "));
    beyond(
        "model-values",
        "inherited scopes",
        &format!("{HEAD}security: [{{ K: [{scopes}] }}]\npaths:\n{}", paths(2_000, "{ get: {} }")),
    );
    let many = each(20_000, |at| format!("{{ K: [s{at}] }}, "));
    beyond("alternatives", "alternatives", &format!("{HEAD}paths: {{ /a: {{ get: {{ security: [{many}] }} }} }}\n"));
    let clique = each(30, |at| {
        format!("  S{at}: {{ allOf: [{}] }}\n", each(30, |other| format!("{{ $ref: '#/x-schemas/S{other}' }}, ")))
    });
    beyond(
        "references",
        "schemas that all refer to each other",
        &format!(
            "{HEAD}security: []\npaths: {{ /a: {{ get: {{ parameters: [{{ in: query, name: q, schema: {{ $ref: '#/x-schemas/S0' }} }}] }} }} }}\nx-schemas:\n{clique}"
        ),
    );
    let crossing = each(4_000, |at| format!("  /{{x}}/p{at}: {{ get: {{}} }}\n  /q{at}/{{x}}: {{ get: {{}} }}\n"));
    beyond("comparisons", "templates that all match each other", &format!("{HEAD}security: []\npaths:\n{crossing}"));
    let mixed = each(4_000, |at| format!("  /a{at}{{x}}b: {{ get: {{}} }}\n"));
    beyond("comparisons", "templates that are all compared", &format!("{HEAD}security: []\npaths:\n{mixed}"));
}

#[test]
fn repetition_without_end_is_refused_or_read_in_time() {
    refused("duplicate keys", &format!("{{\"openapi\":\"3.1.0\"{}}}", ",\"k\":1".repeat(200_000)));
    refused(
        "duplicate keys in what is passed over",
        &format!(
            "{{\"openapi\":\"3.1.0\",\"paths\":{{\"/a\":{{\"get\":{{\"security\":[],\"requestBody\":{{\"k\":1{}}}}}}}}}}}",
            ",\"k\":1".repeat(200_000)
        ),
    );
    refused("unknown keys", &format!("{HEAD}{}", each(100_000, |at| format!("k{at}: 1\n"))));
    // Each of these was looked for among all the others: minutes.
    let numbers = each(40_000, |at| format!("  0x{at:x}a: 1\n"));
    assert!(bounded("keys in another notation", &format!("{HEAD}paths: {{}}\nx-a:\n{numbers}")).model.is_some());
    let keys = each(40_000, |at| format!("  k{at}: 1\n"));
    let merged = format!("{HEAD}paths: {{}}\nx-a: &a\n{keys}x-b:\n  <<: *a\n{keys}");
    assert!(bounded("keys that are merged and stand there", &merged).model.is_some());
    refused(
        "a cycle of references",
        &format!(
            "{HEAD}paths:\n{}",
            each(5_000, |at| format!("  /p{at}: {{ $ref: '#/paths/~1p{}' }}\n", (at + 1) % 5_000))
        ),
    );
    refused(
        "a chain of references",
        &format!("{HEAD}paths:\n{}", each(5_000, |at| format!("  /p{at}: {{ $ref: '#/paths/~1p{}' }}\n", at + 1))),
    );
    refused(
        "references to nothing",
        &format!(
            "{HEAD}security: []\nx-p: {{ {} }}\npaths: {{ /a: {{ get: {{ parameters: [{}] }} }} }}\n",
            each(10_000, |at| format!("p{at}: 1, ")),
            each(10_000, |at| format!("{{ $ref: '#/x-p/q{at}' }}, "))
        ),
    );
    refused(
        "unknown schemes",
        &format!(
            "{HEAD}paths:\n{}",
            each(10_000, |at| format!("  /p{at}: {{ get: {{ security: [{{ Q{at}: [] }}] }} }}\n"))
        ),
    );
    refused("names without end", &format!("{HEAD}security: [{{ {}: [] }}]\npaths: {{}}\n", "K".repeat(500_000)));
    bounded(
        "a path without end",
        &format!("{HEAD}security: []\npaths: {{ /{}: {{ get: {{}} }} }}\n", "{a}/".repeat(200_000)),
    );
    for text in ["a".repeat(MEGABYTE), "a b ".repeat(MEGABYTE / 4), "\\n".repeat(MEGABYTE / 2)] {
        for quote in ["", "\"", "'"] {
            bounded("one scalar", &format!("openapi: 3.1.0\nx-long: {quote}{text}{quote}\n"));
        }
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let document = format!("{HEAD}security: []\npaths: {{ /a: {{ get: {{}} }} }}\n");
    let utf_16: Vec<u8> = format!("\u{feff}{document}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        utf_16,
        vec![0; MEGABYTE],
        vec![0xff; MEGABYTE],
        Vec::new(),
        b"\xef\xbb\xbf".to_vec(),
        b"{\"openapi\": \"3.1.0\", \"a\": \"\0\"}".to_vec(),
        b"openapi: 3.1.0\n\0\0".to_vec(),
    ] {
        let loaded = read(&bytes);
        assert!(loaded.model.is_none() && loaded.findings.iter().any(|finding| finding.level == Level::Error));
    }
    // Cut off anywhere, in either syntax.
    let json = r#"{"openapi": "3.1.0", "info": {"title": "\u00e4"}, "security": [], "paths": {"/a": {"get": {"responses": {"200": {}}}}}}"#;
    for text in [document.as_str(), json] {
        assert!(read(text.as_bytes()).model.is_some(), "{}", read(text.as_bytes()).render(false));
        for end in 0..text.len() {
            let _ = read(text.get(..end).unwrap_or_default().as_bytes()).render(false);
        }
    }
    for end in 0..json.len() {
        assert!(read(json.get(..end).unwrap_or_default().as_bytes()).model.is_none(), "{end}");
    }
}

#[test]
fn many_of_everything_stays_usable() {
    let head = "openapi: 3.1.0\ncomponents: { securitySchemes: { K: { type: http, scheme: bearer } } }\nsecurity: [{K: []}]\npaths:\n";
    let mut paths = String::from(head);
    for index in 0..2_000 {
        writeln!(paths, "  /a/{{x}}/p{index}:\n    get: {{ x-required-scopes: [s{index}] }}").unwrap();
    }
    let loaded = read(paths.as_bytes());
    assert_eq!(loaded.model.map(|model| model.operations.len()), Some(2_000), "{:?}", loaded.findings);
    let mut duplicates = String::from(head);
    for _ in 0..2_000 {
        duplicates.push_str("  /a: { get: {} }\n");
    }
    refused("duplicate keys", &duplicates);
}

const SOUND: &str = "openapi: 3.2.0
info: { title: T, version: '1' }
servers: [{ url: 'https://{h}.example/{v}', variables: { h: { default: a }, v: { default: v1 } } }]
x-check-order: [authentication, scopes, enablement, query]
x-shared: &shared { security: [{ K: [] }, { O: [r, w], K: [] }, {}] }
security: [{ O: [r] }]
paths:
  /a/{x}#v:
    parameters: [{ name: p, in: query, style: deepObject, schema: { $ref: '#/components/schemas/S' } }]
    get: { <<: *shared, operationId: a }
    query: { x-required-scopes: [r, w], parameters: [{ $ref: '#/components/parameters/P' }] }
    additionalOperations: { COPY: { security: [] } }
  /b: { $ref: '#/paths/~1a~1{x}#v' }
webhooks:
  w: { x-follow-up: [GET /b], post: {} }
components:
  parameters: { P: { name: q, in: query } }
  schemas: { S: { type: object, properties: { a: {}, b: { $ref: '#/components/schemas/S' } } } }
  securitySchemes:
    K: { type: apiKey, in: query, name: k, x-scopes: { r: R } }
    O: { type: oauth2, flows: { implicit: { authorizationUrl: https://a.example, scopes: { r: R, w: W } } } }
";
const SOUND_JSON: &str = r##"{"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": "/v1"}],
"security": [{"O": ["r"]}, {}], "paths": {"/a/{x}": {"get": {"operationId": "a", "responses": {"200": {"content": {}}},
"parameters": [{"name": "p", "in": "query", "schema": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/S"}]}}]},
"put": {"security": [], "x-required-scopes": []}}, "/b": {"$ref": "#/paths/~1a~1%7Bx%7D"}},
"components": {"schemas": {"S": {"type": "object", "additionalProperties": true}}, "securitySchemes":
{"O": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "u", "scopes": {"r": "R", "\u0077": "W"}}}}}}}"##;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes).render(false);
    }

    #[test]
    fn arbitrary_yaml_never_panics(text in "[\\[\\]{}:,&*!|>'\"%@`#?~<a-c0-9 \n\r\t\u{e4}\u{feff}-]{0,200}") {
        let _ = read(text.as_bytes()).render(false);
    }

    /// A sound document with a few bytes put elsewhere, doubled, dropped or replaced.
    #[test]
    fn mutated_documents_never_panic(mutations in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..40, 0_usize..4), 1..6), json in any::<bool>()) {
        let mut bytes = if json { SOUND_JSON.as_bytes().to_vec() } else { SOUND.as_bytes().to_vec() };
        for (from, to, length, kind) in mutations {
            if bytes.is_empty() { break; }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece: Vec<u8> = bytes.iter().skip(from).take(length).copied().collect();
            match kind {
                0 => { bytes.splice(to..to, piece); }
                1 => { bytes.splice(from..from + piece.len(), []); }
                2 => { let end = (to + length).min(bytes.len()); bytes.splice(to..end, piece); }
                _ => { bytes.splice(from..from, *b"{$ref: '#/paths'}"); }
            }
        }
        let loaded = read(&bytes);
        prop_assert!(loaded.model.is_some() != loaded.findings.iter().any(|finding| finding.is_error()));
        let _ = loaded.render(false);
    }

    /// Documents that come far: each value may be of any type, in its proper place.
    #[test]
    fn misshapen_documents_never_panic(values in proptest::collection::vec(0_usize..14, 16)) {
        let shapes = ["~", "7", "true", "''", "text", "[]", "{}", "[{}]", "[~]", "[a, b]", "{ a: b }", "{ $ref: '#/paths' }", "[{ K: [a] }]", "{ get: {} }"];
        let mut values = values.into_iter().filter_map(|index| shapes.get(index));
        let mut next = || *values.next().unwrap_or(&"~");
        let text = format!(
            "openapi: 3.1.0\ninfo: {}\nservers: {}\nsecurity: {}\nx-check-order: {}\npaths:\n  /a:\n    parameters: {}\n    get: {{ operationId: {}, security: {}, parameters: {}, x-required-scopes: {} }}\n    put: {}\n  /b: {}\nwebhooks:\n  w: {}\n  v: {{ x-follow-up: {} }}\ncomponents:\n  securitySchemes:\n    K: {}\n    L: {{ type: oauth2, flows: {}, x-scopes: {} }}\n",
            next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(), next(),
        );
        let loaded = read(text.as_bytes());
        prop_assert!(loaded.model.is_some() || loaded.findings.iter().any(|finding| finding.level == Level::Error));
        let _ = loaded.render(false);
    }
}
