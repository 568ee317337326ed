//! Generated templates and paths: the router, built at run time or over constant tables, says what the naive matcher says.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod naive;
mod requests;

use naive::Naive;
use policy_router::{BuildFault, PathFault, Router, Tables};
use proptest::prelude::*;
use requests::answer;

const METHODS: [&str; 4] = ["GET", "PUT", "QUERY", "VERSION-CONTROL"];

/// Few words, so that templates and paths meet; two that share their first and last sixteen bytes and their length.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "ab", "users", "v1", "-", "...", "a.b"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "identity-and-protection-of-all-risky-principals",
            "identity-and-protection-OF-all-risky-principals",
            "identity-and-protection",
            "sixteen-byte-seg",
        ]).prop_map(str::to_owned),
    ]
}

fn template_segment() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => word(),
        3 => Just("{p}".to_owned()),
        1 => (word(), "[a-c]").prop_map(|(word, name)| format!("{word}{{{name}}}")),
        1 => word().prop_map(|word| format!("{{x}}{word}")),
        1 => (word(), word()).prop_map(|(one, two)| format!("{{x}}{one}{{y}}{two}")),
        1 => (word(), word()).prop_map(|(one, two)| format!("{one}{{x}}{two}{{y}}")),
        1 => (word(), word()).prop_map(|(one, two)| format!("{{x}}{one}{{y}}{two}{{z}}")),
    ]
}

fn template() -> impl Strategy<Value = String> {
    (prop::collection::vec(template_segment(), 0..6), any::<prop::sample::Index>()).prop_map(|(segments, end)| {
        let slash = if segments.is_empty() || end.index(6) == 0 { "/" } else { "" };
        segments.iter().map(|segment| format!("/{segment}")).collect::<String>() + slash
    })
}

fn path_segment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => word(),
        4 => (word(), word()).prop_map(|(one, two)| format!("{one}{two}")),
        2 => (word(), word(), word()).prop_map(|(one, two, three)| format!("{one}{two}{three}")),
        2 => "[ -~]{1,40}",
        1 => prop::sample::select(vec!["", ".", "..", "%2f", "%2E", "\\", "\u{7f}", "é", "?", "#", "%20", "....", "a%5C"])
            .prop_map(str::to_owned),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        20 => prop::collection::vec(path_segment(), 0..7)
            .prop_map(|segments| segments.iter().map(|segment| format!("/{segment}")).collect::<String>().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

/// The operations without those that collide with an earlier one.
fn without_collisions(mut operations: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    if let Err(error) = Router::build(operations.clone()) {
        for fault in error.faults() {
            let BuildFault::Collision { method, second, .. } = fault else { panic!("{fault}") };
            let at = operations.iter().rposition(|(m, t)| m == method && t == second).unwrap();
            operations.remove(at);
        }
    }
    operations
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_router_says_what_the_naive_matcher_says(
        operations in prop::collection::vec((prop::sample::select(METHODS.to_vec()), template()), 1..24),
        paths in prop::collection::vec(path(), 1..40),
        seed in any::<u64>(),
    ) {
        let operations = without_collisions(operations);
        let router = Router::build(operations.clone()).unwrap();
        let naive = Naive::new(&operations);
        // The tables as generated code holds them.
        let plain = router.plain();
        let constant = Router::from_tables(Tables {
            slots: plain.slots,
            siblings: plain.siblings,
            operations: plain.operations,
            text: plain.text,
            method_keys: plain.method_keys,
            methods: &plain.methods,
            templates: &plain.templates,
        });
        let own = operations.iter().map(|(_, template)| requests::instantiate(template, seed).into_bytes());
        for path in own.chain(paths) {
            for method in METHODS.into_iter().chain(["OPTIONS"]) {
                let expected = naive.find(method, &path);
                prop_assert_eq!(&requests::answer_of(constant.find(method, &path)), &expected);
                prop_assert_eq!(
                    answer(&router, method, &path), expected, "{} {:?}", method, String::from_utf8_lossy(&path)
                );
            }
        }
    }

    #[test]
    fn no_input_panics(
        method in ".{0,12}",
        template in "[/{}a.?%-]{0,20}",
        path in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(router) = Router::build([("GET", template.as_str()), (method.as_str(), "/{a}/{b}-{c}")]) {
            let _ = answer(&router, &method, &path);
            let _ = answer(&router, "GET", template.as_bytes());
        }
    }

    #[test]
    fn a_path_has_a_fault_exactly_where_no_template_matches_it(path in path()) {
        let count = path.iter().filter(|byte| **byte == b'/').count();
        let open = "/{p}".repeat(count);
        let slash = "/{p}".repeat(count.saturating_sub(1)) + "/";
        let router = Router::build([("GET", if count == 0 { "/{p}" } else { &open }), ("GET", &slash)]).unwrap();
        let matches = router.find("GET", &path).operation().is_some();
        prop_assert_eq!(PathFault::of(&path).is_none(), matches, "{:?}", String::from_utf8_lossy(&path));
    }
}
