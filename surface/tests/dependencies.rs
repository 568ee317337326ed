//! What users take with our crates: licences they can live with, crates.io as the only source, no crate twice unseen, and nothing unused.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use surface::{Package, array, cargo, metadata, packages, read, root, text};

/// Licences that ask for no more than to be named, so that users may distribute what they build in any way.
const ALLOWED: [&str; 10] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// Crates with another licence, each with the reason why it may stay.
const TOLERATED: [(&str, &str, &str); 2] = [
    ("sse-codec", "MPL-2.0", "poem's; it binds who changes the files of sse-codec itself, and nobody else"),
    (
        "webpki-roots",
        "CDLA-Permissive-2.0",
        "sqlx's, for TLS to PostgreSQL; a list of authorities, whose licence asks for itself to be handed on",
    ),
];

/// Crates that must not come in, each with the reason.
const BANNED: [(&str, &str); 2] =
    [("openssl-sys", "needs a C library of the system"), ("ring", "a second cryptography beside aws-lc")];

/// What a package takes at build and run time with all its features: name, version and licence of each.
fn taken(package: &str, target: &str) -> BTreeSet<(String, String, String)> {
    let mut tree = cargo(root());
    tree.args(["tree", "--locked", "--all-features", "--edges", "normal,build", "--prefix", "none"]);
    tree.args(["--format", "{p}|{l}", "--package", package, "--target", target]);
    let said = tree.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let lines = String::from_utf8(said.stdout).unwrap();
    let line = |line: &str| {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|').unwrap();
        let mut words = package.split(' ');
        (words.next().unwrap().to_owned(), words.next().unwrap().to_owned(), licence.to_owned())
    };
    lines.lines().filter(|line| !line.is_empty()).map(line).collect()
}

/// Whether an SPDX expression can be met by what is allowed. `AND` binds more than `OR`; `/` is an old `OR`.
fn met(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some((one, other)) = split(expression, &[" OR ", "/"]) {
        return met(one) || met(other);
    }
    if let Some((one, other)) = split(expression, &[" AND "]) {
        return met(one) && met(other);
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => met(inner),
        None => ALLOWED.contains(&expression),
    }
}

/// The two sides of the first of these operators that stands outside of parentheses.
fn split<'e>(expression: &'e str, operators: &[&str]) -> Option<(&'e str, &'e str)> {
    let mut depth = 0;
    for (at, one) in expression.char_indices() {
        match one {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        let (before, rest) = expression.split_at(at);
        if let Some(operator) = operators.iter().find(|operator| depth == 0 && rest.starts_with(**operator)) {
            return Some((before, rest.split_at(operator.len()).1));
        }
    }
    None
}

#[test]
fn expressions_of_licences_are_understood() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("Apache-2.0/MIT", true),
        ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
        ("MIT AND (GPL-3.0-only OR LGPL-3.0-only)", false),
        ("GPL-3.0-only OR MIT AND AGPL-3.0-only", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("", false),
    ] {
        assert_eq!(met(expression), expected, "{expression}");
    }
}

#[test]
fn licences_allow_any_use_and_banned_crates_stay_out() {
    let mut wrong = BTreeSet::new();
    for Package { name, .. } in packages().into_iter().filter(|package| package.published) {
        for (taken, version, licence) in taken(&name, "all") {
            if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == taken) {
                wrong.insert(format!("{name} takes {taken}: {reason}"));
            }
            let tolerated = TOLERATED.iter().any(|(crate_, of, _)| *crate_ == taken && *of == licence);
            if !met(&licence) && !tolerated {
                wrong.insert(format!("{name} takes {taken} {version}: {licence:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Those of other targets are left out: they are compiled nowhere else.
#[test]
fn crates_in_several_versions_are_known() {
    let mut listed = String::new();
    for Package { name, .. } in packages().into_iter().filter(|package| package.published) {
        let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
        let all = taken(&name, "x86_64-unknown-linux-gnu");
        for (taken, version, _) in &all {
            versions.entry(taken.clone()).or_default().insert(version.clone());
        }
        writeln!(listed, "{name}, of {} crates", all.len() - 1).unwrap();
        for (taken, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            writeln!(listed, "    {taken} {}", versions.join(" ")).unwrap();
        }
    }
    insta::assert_snapshot!(listed);
}

/// What a crate takes must compile with the oldest Rust that the crate promises to its users.
#[test]
fn no_dependency_needs_a_newer_rust_than_its_crate_says() {
    let metadata = metadata(&["--locked"]);
    let asked = |package: &Value| {
        let key = (text(package, "name").to_owned(), format!("v{}", text(package, "version")));
        (key, text(package, "rust_version").to_owned())
    };
    let rust: BTreeMap<(String, String), String> = array(&metadata, "packages").iter().map(asked).collect();
    let number =
        |version: &str| version.split('.').take(2).map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    let mut newer = BTreeSet::new();
    for Package { name, metadata, .. } in packages().into_iter().filter(|package| package.published) {
        let promised = text(&metadata, "rust_version");
        for (taken, version, _) in taken(&name, "all") {
            let needed = rust.get(&(taken.clone(), version.clone())).filter(|needed| !needed.is_empty());
            if let Some(needed) = needed.filter(|needed| number(needed) > number(promised)) {
                newer.insert(format!(
                    "{name} promises Rust {promised}, but takes {taken} {version} that needs {needed}"
                ));
            }
        }
    }
    assert!(newer.is_empty(), "{}", newer.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn everything_comes_from_crates_io() {
    let lock = read("Cargo.lock");
    let sources: BTreeSet<&str> = lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["\"registry+https://github.com/rust-lang/crates.io-index\""]);
}

/// Dependencies that are named in a manifest for their features alone. The manifest says what for.
const FOR_ITS_FEATURES: [(&str, &str); 1] = [("policy-core", "phf_shared")];

/// A dependency is used if a line of code says its name. That overlooks one that is named for another reason, and finds the others.
#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for Package { name, folder, metadata, .. } in packages() {
        for dependency in array(&metadata, "dependencies") {
            let (of, folders): (_, &[&str]) = match text(dependency, "kind") {
                "build" => ("build", &["build.rs"]),
                "dev" => ("dev", &["tests", "examples", "benches", "src"]),
                _ => ("", &["src", "tests/support", "build.rs"]),
            };
            let renamed = text(dependency, "rename");
            let called = if renamed.is_empty() { text(dependency, "name") } else { renamed }.replace('-', "_");
            // The tables of routes that a build script wrote.
            let generated = called == "policy_router" && says(&folder.join("build.rs"), "router");
            // Asked for to enable a feature of it, by this or another crate; named nowhere.
            let features = !array(dependency, "features").is_empty() && of == "dev";
            let unifies = FOR_ITS_FEATURES.contains(&(name.as_str(), called.as_str()));
            if !features && !generated && !unifies && !folders.iter().any(|part| says(&folder.join(part), &called)) {
                unused.push(format!("{name}: {of} {called}"));
            }
        }
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

fn says(path: &Path, name: &str) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().any(|entry| says(&entry.unwrap().path(), name));
    }
    let Some(text) =
        path.extension().filter(|extension| *extension == "rs").and_then(|_| fs::read_to_string(path).ok())
    else {
        return false;
    };
    // A file of another crate that is compiled as one of this, and a folder where it is a `mod.rs`.
    let elsewhere = |line: &str| {
        let file = path.parent()?.join(line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]")?);
        Some(if file.ends_with("mod.rs") { file.parent()?.to_owned() } else { file })
    };
    if text.lines().filter_map(elsewhere).any(|file| says(&file, name)) {
        return true;
    }
    let part_of_a_name = |one: char| one.is_alphanumeric() || one == '_';
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let (before, rest) = line.split_at(at);
            !before.ends_with(part_of_a_name) && !rest.split_at(name.len()).1.starts_with(part_of_a_name)
        })
    })
}
