//! No request allocates, misses and refused methods included: counted, not promised.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

use allocation_counter::measure;
use policy_router::{Match, Router};

#[test]
fn no_request_allocates() {
    let router = Router::build([
        ("GET", "/"),
        ("GET", "/v1/items/{id}"),
        ("PUT", "/v1/items/{id}"),
        ("GET", "/v1/items/{id}/parts/{a}-{b}...{c}"),
        ("VERSION-CONTROL", "/v1/items/fn(a='{a}')"),
    ])
    .unwrap();
    let long = format!("/v1/items/{}/parts/{}-x...y", "a".repeat(5_000), "b".repeat(5_000));
    let paths =
        ["/", "", "/v1/items/7", "/v1/items/7/parts/x-y...z", "/v1/items/fn(a='1')", "/none", "/v1/items/%2e", &long];
    for method in ["GET", "PUT", "VERSION-CONTROL", "OPTIONS", ""] {
        for path in paths {
            let mut seen = 0;
            let counted = measure(|| match router.find(method, path) {
                Match::Found { operation, parameters } => {
                    seen = operation + parameters.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
                }
                Match::MethodNotAllowed(allowed) => seen = allowed.count(),
                Match::NotFound => {}
            });
            assert_eq!(counted.count_total, 0, "{method} {path} {seen}");
        }
    }
}
