//! The Rust that the project's README shows is the example's own.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines without their indentation, so that a block can show a part of an `impl`.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_rust_block_of_the_readme_stands_in_the_example() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(package.join("../../README.md")).unwrap();
    let mut files = vec![package.join("build.rs")];
    sources(&package.join("src"), &mut files);
    sources(&package.join("tests"), &mut files);
    let files: Vec<String> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();

    let blocks: Vec<&str> =
        readme.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 6, "the README shows {} blocks of Rust", blocks.len());
    for block in blocks {
        let shown: Vec<&str> = lines(block).into_iter().filter(|line| *line != "// build.rs").collect();
        let stands = files.iter().any(|file| lines(file).windows(shown.len()).any(|window| window == shown));
        assert!(stands, "the example does not hold this block:\n{block}");
    }
}

#[test]
fn the_diagnostic_of_the_readme_is_what_the_build_says() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(package.join("../../README.md")).unwrap();
    let shown =
        readme.split("```text\nerror[undeclared-scope]").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let document = fs::read_to_string(package.join("openapi.yaml")).unwrap();
    let mistaken = document.replacen("[encounters:read,", "[encounter:read,", 1);
    let loaded = policy_spec::read("openapi.yaml", mistaken.as_bytes(), &policy_spec::Settings::default());
    let rendered = loaded.render(false);
    assert!(rendered.contains(&format!("error[undeclared-scope]{shown}")), "{rendered}");
}
