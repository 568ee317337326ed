//! What the adapter's README shows is the example's own.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn blocks(readme: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    readme.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The lines without their indentation, so that a block can show a part of an `impl`.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_rust_block_of_the_readme_stands_in_the_example() {
    let files = ["build.rs", "src/handlers.rs", "src/keys.rs", "src/lib.rs"].map(read);
    let blocks = blocks(&read("../../adapters/salvo/README.md"), "rust,ignore");
    assert_eq!(blocks.len(), 5);
    for block in blocks {
        let shown = lines(&block);
        let stands = files.iter().any(|file| lines(file).windows(shown.len()).any(|window| window == shown));
        assert!(stands, "the example does not hold this block:\n{block}");
    }
}

#[test]
fn the_compile_error_of_the_readme_points_at_what_it_names() {
    let blocks = blocks(&read("../../adapters/salvo/README.md"), "text");
    let [error] = blocks.as_slice() else { unreachable!("the README shows one error") };
    let place = |file: &str| -> (usize, usize) {
        let rest = error.split(file).nth(1).unwrap().lines().next().unwrap();
        let mut numbers = rest.split(':').skip(1).map(|number| number.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    let behind = |text: &str, (line, column): (usize, usize)| -> String {
        text.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect()
    };
    let handlers = read("src/handlers.rs");
    let list = r#"scopes("encounters:read", "patients:read")"#;
    assert!(behind(&handlers, place("handlers.rs")).starts_with(list));
    assert!(error.contains(&format!("write `{list}`")));
    assert!(behind(&read("openapi.yaml"), place("openapi.yaml")).contains("patients:read"));
}
