//! The examples of the documentation's pages, run as they are printed, in the root of the workspace.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test")]

mod command;

use std::collections::BTreeSet;
use std::fs;

use command::{documents, run, workspace};
use serde_json::Value;

const PAGES: [&str; 2] = ["docs/explain.md", "docs/documentation-tables.md"];

/// A command, and what the page shows of it: standard output, then standard error.
struct Example {
    command: String,
    shown: String,
}

/// The examples of a page: in its `console` blocks, each begins at a `$`.
fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        for line in block.split("```\n").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => examples.push(Example { command: command.to_owned(), shown: String::new() }),
                None => {
                    let example = examples.last_mut().unwrap_or_else(|| panic!("`{line}` belongs to no command"));
                    example.shown.push_str(line);
                    example.shown.push('\n');
                }
            }
        }
    }
    examples
}

#[test]
fn every_example_shows_what_the_command_prints() {
    for page in PAGES {
        let text = fs::read_to_string(workspace().join(page)).unwrap();
        let examples = examples(&text);
        assert!(!examples.is_empty(), "{page}");
        for Example { command, shown } in examples {
            let words =
                command.strip_prefix("cargo policy ").unwrap_or_else(|| panic!("`{command}` is another program"));
            let words: Vec<&str> = words.split(' ').map(|word| word.trim_matches('\'')).collect();
            let ran = run(&workspace(), &words);
            assert!(matches!(ran.code, Some(0..=2)), "{command}");
            assert_eq!(shown, format!("{}{}", ran.out, ran.err), "{page}: {command}");
        }
    }
}

#[test]
fn the_page_names_every_key_of_an_explanation() {
    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    found.insert(key.clone());
                    // The page of `check` describes these.
                    if key != "findings" {
                        keys(value, found);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let page = fs::read_to_string(workspace().join("docs/explain.md")).unwrap();
    let mut found = BTreeSet::new();
    for request in [
        &["POST", "/v2/files/7", "--schemes", "Key"][..],
        &["POST", "/v2/files", "--schemes", "Key", "--scopes", "file:read"],
        &["DELETE", "/v2/files/7", "--schemes", "OAuth2,Key,Signature"],
        &["GET", "/v1/files"],
        &["GET", "/v2/forgotten"],
    ] {
        let ran = run(&documents(), &[&["explain", "--format", "json", "--config", "archive.toml"], request].concat());
        keys(&serde_json::from_str(&ran.out).unwrap(), &mut found);
    }
    let missing: Vec<&String> = found.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/explain.md does not tell of {missing:?}");
    assert!(found.len() > 40, "{found:?}");
}
