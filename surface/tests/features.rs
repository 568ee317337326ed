//! Each published crate compiles as its users build it: by itself, with any of its features.
//!
//! In the workspace, one package's features are another's too, so that a missing one is not noticed there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};
use surface::{Package, cargo, packages, root};

/// Features that are none by themselves: they check signatures, and say that one of two verifiers has to be chosen.
const NEEDS_VERIFIER: [(&str, &str); 2] = [("policy-http", "gateway-assertion"), ("policy-http", "jwt")];

/// Features that are verifiers.
const VERIFIERS: [&str; 2] = ["jwt-aws-lc", "jwt-rust-crypto"];

/// Crates that are nothing without any of their features, and say so: a store needs a database.
const NEEDS_ONE: [&str; 1] = ["policy-store"];

#[test]
fn each_crate_compiles_with_any_of_its_features() {
    let mut failed = Vec::new();
    for package in packages().into_iter().filter(|package| package.published) {
        for features in combinations(&package) {
            let mut check = cargo(root());
            check.args(["check", "--quiet", "--no-default-features", "--package", &package.name]);
            check.args(["--features", &features]);
            check.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
            let said = check.output().unwrap();
            // A warning too: with all features of the workspace it may not be there.
            if !said.status.success() || !said.stderr.is_empty() {
                failed.push(format!("{} {features:?}: {}", package.name, String::from_utf8_lossy(&said.stderr)));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// None, each one, all, all but each one, and those that one `cfg` names together.
///
/// A condition on one feature alone is met by these in each way. Only a condition on two needs both of them and not the others.
fn combinations(package: &Package) -> Vec<String> {
    let features = package.metadata.get("features").and_then(Value::as_object).unwrap();
    let all: BTreeSet<&str> = features.keys().map(String::as_str).filter(|feature| *feature != "default").collect();
    let without = |one: &str| all.iter().copied().filter(|feature| !brings(features, feature, one)).collect();
    let mut combinations: BTreeSet<BTreeSet<&str>> = all.iter().map(|one| BTreeSet::from([*one])).collect();
    combinations.extend(all.iter().map(|one| without(one)));
    combinations.extend(together(&package.folder.join("src"), &all));
    combinations.extend([all.clone(), BTreeSet::new()]);
    if NEEDS_ONE.contains(&&*package.name) {
        combinations.remove(&BTreeSet::new());
    }
    let completed = combinations.into_iter().map(|mut combination| {
        let is_partial =
            NEEDS_VERIFIER.iter().any(|(name, feature)| package.name == *name && combination.contains(feature));
        if is_partial && !VERIFIERS.iter().any(|verifier| combination.contains(verifier)) {
            combination.insert(VERIFIERS[0]);
        }
        // With what these turn on, so that no combination is there twice.
        all.iter().copied().filter(|feature| combination.iter().any(|one| brings(features, one, feature))).collect()
    });
    let combinations: BTreeSet<BTreeSet<&str>> = completed.collect();
    combinations.into_iter().map(|one| one.into_iter().collect::<Vec<_>>().join(",")).collect()
}

/// Whether a feature is the other one, or turns it on.
fn brings(features: &Map<String, Value>, one: &str, other: &str) -> bool {
    let more = features.get(one).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one == other || more.into_iter().any(|more| brings(features, more, other))
}

/// The features that one line of the source names in a `cfg`, two at a time.
fn together<'f>(folder: &Path, all: &BTreeSet<&'f str>) -> BTreeSet<BTreeSet<&'f str>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut together(&path, all));
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines().filter(|line| line.contains("cfg")) {
            let named: Vec<&str> =
                line.split('"').skip(1).step_by(2).filter_map(|name| all.get(name).copied()).collect();
            for (at, one) in named.iter().enumerate() {
                found.extend(named.iter().skip(at + 1).map(|other| BTreeSet::from([*one, *other])));
            }
        }
    }
    found
}
