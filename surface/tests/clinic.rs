//! The policy that the examples in the documentation of our crates use: the document of the README's quick start, compiled.
//!
//! A documentation test has no build script. So what the build script would write is a file here, which the examples include;
//! this test writes it anew with `BLESS=1`.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::{env, fs};

use surface::{read, root};

#[test]
fn the_policy_of_the_examples_is_what_its_build_script_would_write() {
    let document = root().join("surface/clinic/openapi.yaml");
    assert!(read("README.md").contains(&read("surface/clinic/openapi.yaml")), "the quick start's document is another");
    let out = env!("CARGO_TARGET_TMPDIR");
    policy_build::configure().notes(false).output("clinic.rs").out_dir(out).compile(document).unwrap();
    let written = fs::read_to_string(format!("{out}/clinic.rs")).unwrap();
    if env::var_os("BLESS").is_some() {
        fs::write(root().join("surface/clinic/policy.rs"), &written).unwrap();
    }
    assert_eq!(
        read("surface/clinic/policy.rs"),
        written,
        "`BLESS=1 cargo test -p surface --test clinic`, then git diff"
    );
}
