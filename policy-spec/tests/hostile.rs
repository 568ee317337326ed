//! Hostile input costs little and never panics.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use policy_spec::{Level, Loaded, Settings};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Loaded {
    policy_spec::read("api.yaml", bytes, &Settings::default())
}

fn refused(name: &str, text: &str) {
    let start = Instant::now();
    let loaded = read(text.as_bytes());
    assert!(loaded.model.is_none(), "{name}");
    assert!(loaded.findings.iter().any(|finding| finding.level == Level::Error), "{name}");
    assert!(!loaded.render(false).is_empty(), "{name}");
    // Well under a second where it matters; the bound leaves room for an unoptimised build on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(2), "{name} took {:?}", start.elapsed());
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
