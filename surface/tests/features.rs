//! Each published crate compiles as its users build it: by itself, and with each feature and each pair of features.
//!
//! In the workspace, one package's features are another's too, so that a missing one is not noticed there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::path::Path;

use surface::{Package, cargo, packages, root};

/// Features that are none by themselves: they check signatures, and say that one of two verifiers has to be chosen.
const NEEDS_VERIFIER: [(&str, &str); 2] = [("policy-http", "gateway-assertion"), ("policy-http", "jwt")];

/// Features that are verifiers.
const VERIFIERS: [&str; 2] = ["jwt-aws-lc", "jwt-rust-crypto"];

/// Crates that are nothing without any of their features, and say so: a store needs a database.
const NEEDS_ONE: [&str; 1] = ["policy-store"];

#[test]
fn each_crate_compiles_with_each_pair_of_its_features() {
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

/// None, each one, each two, but for pairs of which one feature turns the other on.
fn combinations(package: &Package) -> Vec<String> {
    let features = package.metadata.get("features").and_then(|features| features.as_object()).unwrap();
    let is_partial = |feature: &&str| NEEDS_VERIFIER.iter().any(|partial| *partial == (&*package.name, *feature));
    let is_whole = |features: &String| {
        let mut names = features.split(',');
        !names.clone().any(|name| is_partial(&name)) || names.any(|name| VERIFIERS.contains(&name))
    };
    let turns_on = |one: &str, other: &str| features[one].as_array().unwrap().iter().any(|on| on == other);
    let features: Vec<&String> = features.keys().filter(|feature| *feature != "default").collect();
    let needs_one = NEEDS_ONE.contains(&&*package.name);
    let mut combinations = if needs_one { Vec::new() } else { vec![String::new()] };
    for (at, one) in features.iter().enumerate() {
        combinations.push((*one).clone());
        let others = features.iter().skip(at + 1).filter(|other| !turns_on(one, other) && !turns_on(other, one));
        combinations.extend(others.map(|other| format!("{one},{other}")));
    }
    combinations.retain(is_whole);
    combinations
}
