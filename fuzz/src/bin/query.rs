//! The names in a query are those that the URL standard's form parser reads, and the first unknown one is refused.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use policy_core::owned::{OperationFacts, OwnedPolicy, PolicyFacts, QueryFacts, Request, RequirementFacts};
use policy_core::{QueryKey, Reason, Stage};

const NAMES: [&str; 4] = ["limit", "a b", "é", "x;y"];

static POLICY: LazyLock<OwnedPolicy> = LazyLock::new(|| {
    let query = QueryFacts { names: NAMES.map(String::from).into(), prefixes: vec!["filter[".into()], any: false, ignores_others: false };
    let operation = OperationFacts::new("GET", "/", RequirementFacts::Public).with_query(query);
    OwnedPolicy::new(PolicyFacts::new(Vec::new(), Vec::new(), vec![operation])).unwrap()
});

/// The name of one pair, if it is text.
fn name(pair: &str) -> Option<String> {
    let raw = pair.split('=').next().unwrap_or_default().replace('+', " ");
    String::from_utf8(percent_encoding::percent_decode_str(&raw).collect()).ok()
}

fuzz_target!(|data: &[u8]| {
    let Ok(query) = str::from_utf8(data) else { return };
    let pairs: Vec<&str> = if query.is_empty() { Vec::new() } else { query.split('&').collect() };
    let keys: Vec<QueryKey<'_>> = QueryKey::all(query).collect();
    assert_eq!(keys.len(), pairs.len());
    for (key, pair) in keys.iter().zip(&pairs) {
        // The standard leaves empty pairs out; here they are names that nothing accepts.
        let standard = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned());
        assert_eq!(key.decoded(), standard.unwrap_or_default(), "{pair:?}");
        assert_eq!(key.is_acceptable(), name(pair).is_some_and(|name| !name.is_empty()), "{pair:?}");
        let shown = key.to_string();
        assert!(!shown.chars().any(char::is_control) && shown.len() < 1200, "{shown:?}");
    }
    let is_known = |pair: &&str| name(pair).is_some_and(|name| NAMES.contains(&&*name) || name.starts_with("filter["));
    let expected = pairs.iter().position(|pair| !is_known(pair)).map(|at| keys[at]);
    let request = Request { caller: Ok(None), enabled: Ok(true), query: Some(query) };
    let refused = POLICY.operation(0).unwrap().decide(&request).denial();
    assert_eq!(refused, expected.map(|key| (Stage::Query, Reason::UnsupportedQuery(key))), "{query:?}");
});
