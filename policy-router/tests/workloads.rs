//! Whole documents: every route finds itself, or what precedes it by the order.
#![allow(
    clippy::print_stdout,
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

use std::collections::HashMap;
use std::path::Path;

use naive::{Answer, Naive};
use policy_router::{BuildFault, Router};
use requests::{answer, instantiate};

/// The operations of a workload that a router takes, and how many it refuses.
fn workload(name: &str) -> Option<(Vec<(String, String)>, usize)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/workloads").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is absent", path.display());
        return None;
    };
    let mut operations: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
        })
        .collect();
    let Err(error) = Router::build(operations.iter().map(|(m, t)| (m, t))) else { return Some((operations, 0)) };
    let before = operations.len();
    for fault in error.faults() {
        let (method, template) = match fault {
            BuildFault::Template { method, template, .. } => (method, template),
            BuildFault::Collision { method, second, .. } => (method, second),
            other => panic!("{other}"),
        };
        operations.retain(|(m, t)| (m, t) != (method, template));
    }
    let refused = before - operations.len();
    Some((operations, refused))
}

/// Operations with one number of segments.
#[derive(Default)]
struct Group<'w> {
    indices: Vec<usize>,
    operations: Vec<(&'w str, &'w str)>,
}

#[test]
fn every_route_of_a_document_is_found_in_the_documented_order() {
    for (name, refused) in [("w1.tsv", 0), ("w2.tsv", 0), ("w3.tsv", 11)] {
        let Some((operations, found_refused)) = workload(name) else { return };
        assert_eq!(found_refused, refused, "{name}");
        let router = Router::build(operations.iter().map(|(m, t)| (m, t))).unwrap();
        // The naive matcher tries every template; ask one for each number of segments, which is cheap and certain.
        let mut by_length: HashMap<usize, Group<'_>> = HashMap::new();
        for (index, (method, template)) in operations.iter().enumerate() {
            let group = by_length.entry(template.matches('/').count()).or_default();
            group.indices.push(index);
            group.operations.push((method, template));
        }
        let naive: HashMap<usize, Naive> =
            by_length.iter().map(|(length, group)| (*length, Naive::new(&group.operations))).collect();
        let mut others = 0;
        for (index, (method, template)) in
            operations.iter().enumerate().step_by(if cfg!(debug_assertions) { 3 } else { 1 })
        {
            for (seed, asked) in [(index as u64, method.as_str()), (index as u64 + 1, "OPTIONS")] {
                let path = instantiate(template, seed);
                let length = template.matches('/').count();
                let mut expected = naive[&length].find(asked, path.as_bytes());
                if let Answer::Found(found, _) = &mut expected {
                    *found = by_length[&length].indices[*found];
                    others += usize::from(*found != index);
                }
                assert_eq!(answer(&router, asked, path.as_bytes()), expected, "{asked} {path} of {template}");
            }
        }
        println!("{name}: {} operations, {refused} refused, {others} requests found what precedes", operations.len());
    }
}
