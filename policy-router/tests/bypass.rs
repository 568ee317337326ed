//! The vectors by which paths were made to slip past a policy: each matches nothing, or exactly what is documented.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod naive;
mod requests;

use std::path::Path;

use naive::{Answer, Naive};
use policy_router::Router;
use requests::answer;

#[test]
fn no_vector_reaches_what_it_should_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/routing/bypass-vectors.tsv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return;
    };
    let operations = [
        ("GET", "/v1/items"),
        ("POST", "/v1/items"),
        ("GET", "/v1/items/mine"),
        ("GET", "/v1/items/{id}"),
        ("POST", "/v1/items/{id}"),
        ("GET", "/v1/items/{id}/files/{file}"),
        ("GET", "/v1/raw/{rest}"),
        ("GET", "/v1/f/{name}"),
        ("GET", "/static/{file}"),
        ("GET", "/secret"),
        ("GET", "/apis/{group}/namespaces/{namespace}/{resource}"),
    ];
    let router = Router::build(operations).unwrap();
    let naive = Naive::new(&operations);
    let mut count = 0;
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (id, method, target, mechanism) = (fields[0], fields[1], fields[2], fields[4]);
        // Whole, as a caller who forgot to split would pass it, and split as documented.
        let split = target.split('?').next().unwrap();
        for path in [target, split] {
            let expected = naive.find(method, path.as_bytes());
            assert_eq!(answer(&router, method, path.as_bytes()), expected, "{id} {mechanism}");
            let forbidden = ["//", "/../", "%2f", "%2F", "%2e", "%5C", "\\", "?", "#"];
            if !path.starts_with('/') || forbidden.iter().any(|part| path.contains(part)) {
                assert_eq!(expected, Answer::NotFound, "{id} {mechanism}");
            }
        }
        count += 1;
    }
    assert!(count > 50, "only {count} vectors");
}
