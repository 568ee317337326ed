//! The public items of each published library, as rustdoc sees them with all features: a snapshot each, so that a change shows in review.
//!
//! Rustdoc's JSON has a format that changes with Rust. The crate `public-api` reads one of them, and is pinned for it. With another
//! Rust these tests say that they were skipped; in CI they fail, so that somebody moves both.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a failed expectation is a failed test")]

use std::path::Path;
use std::{env, fs};

use public_api::{Builder, PublicApi};
use serde_json::Value;
use surface::{Package, cargo, packages, root};

/// The format of rustdoc's JSON that public-api 0.52.1 reads: that of Rust 1.95.
const FORMAT: u64 = 57;

#[test]
fn the_public_items_of_each_library_are_known() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut rustdoc = cargo(root());
    // As CI documents the workspace, so that what it depends on is checked already.
    rustdoc.args(["doc", "--workspace", "--no-deps", "--all-features", "--lib", "--quiet"]);
    rustdoc.env("CARGO_TARGET_DIR", target);
    rustdoc.env("RUSTDOC", env!("CARGO_BIN_EXE_rustdoc-json"));
    rustdoc.env("RUSTDOCFLAGS", "-Zunstable-options --output-format=json --cap-lints=allow");
    let said = rustdoc.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));

    for Package { name, .. } in packages().into_iter().filter(|package| package.published && package.library) {
        let json = target.join("doc").join(format!("{}.json", name.replace('-', "_")));
        let format = format_of(&json);
        if format != Some(FORMAT) {
            let told = format!(
                "another toolchain than Rust 1.95: its rustdoc writes format {format:?}, and public-api reads {FORMAT}; \
                 pin the version of public-api that reads it, in surface/Cargo.toml, and `FORMAT` in surface/tests/api.rs"
            );
            assert!(env::var_os("CI").is_none(), "{told}");
            eprintln!("skipped: {told}");
            return;
        }
        let api =
            Builder::from_rustdoc_json(&json).omit_blanket_impls(true).omit_auto_trait_impls(true).build().unwrap();
        insta::assert_snapshot!(name, listed(&api));
    }
}

/// One item a line, without the methods of what is derived: that a type is `Clone` is told by its `impl`.
fn listed(api: &PublicApi) -> String {
    const DERIVED: [&str; 7] = [
        "::clone(&self)",
        "::eq(&self",
        "::cmp(&self",
        "::partial_cmp(&self",
        "::fmt(&self",
        "::hash<",
        "StructuralPartialEq",
    ];
    let lines = api.items().map(ToString::to_string);
    lines.filter(|line| !DERIVED.iter().any(|part| line.contains(part))).collect::<Vec<_>>().join("\n")
}

fn format_of(json: &Path) -> Option<u64> {
    let text = fs::read(json).unwrap();
    serde_json::from_slice::<Value>(&text).ok()?.get("format_version")?.as_u64()
}
