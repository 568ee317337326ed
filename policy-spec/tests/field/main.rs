//! Documents that owners of real APIs stumbled over, and their siblings: what is said of each, with level and words.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a failed expectation is a failed test"
)]

#[path = "../folder/mod.rs"]
mod folder;
mod query_names;
mod reading;
mod routing;
mod scopes;
mod servers;
mod spelling;
mod templates;
mod words;

use std::path::Path;

use policy_spec::{Level, Loaded, Settings};

/// One document and everything that is said of it at these levels: nothing else may be.
struct Case {
    /// What the case shows.
    name: &'static str,
    document: Document,
    /// Level, code, and a part of the finding as it is shown, in the order of their places. Notes that are not listed
    /// are passed over.
    said: &'static [(Level, &'static str, &'static str)],
}

enum Document {
    /// A file of the folder `field`.
    File(&'static str),
    Text(String),
}

const HEAD: &str = "openapi: 3.0.3\ninfo: { title: T, version: '1' }\n\
                    components: { securitySchemes: { Key: { type: apiKey, in: header, name: X-Key } } }\nsecurity: [{ Key: [] }]\n";

/// A document with these lines.
fn text(lines: &str) -> Document {
    Document::Text(format!("{HEAD}{lines}\n"))
}

/// A document with one operation at each of these paths.
fn paths(keys: &[&str]) -> Document {
    let items: String = keys.iter().map(|key| format!("  {}: {{ get: {{}} }}\n", serde_json::json!(key))).collect();
    text(&format!("paths:\n{items}"))
}

/// A document with servers, and one operation at `/x`.
fn servers(list: &str) -> Document {
    text(&format!("servers: {list}\npaths: {{ /x: {{ get: {{}} }} }}"))
}

/// The document, or nothing where the folder of field cases is absent.
fn load(document: &Document) -> Option<Loaded> {
    let settings = Settings::default();
    match document {
        Document::Text(text) => Some(policy_spec::read("api.yaml", text.as_bytes(), &settings)),
        Document::File(name) => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/field");
            if !folder.join("README.md").is_file() {
                eprintln!("skipped: {name}, as {} is absent", folder.display());
                return None;
            }
            Some(policy_spec::load(&folder.join(name), &settings))
        }
    }
}

/// Compares what is said of each document with what is to be said, and tells all differences at once.
fn check(cases: &[Case]) {
    let mut differences = Vec::new();
    for case in cases {
        let Some(loaded) = load(&case.document) else { continue };
        let expects_notes = case.said.iter().any(|(level, _, _)| *level == Level::Note);
        let found: Vec<_> =
            loaded.findings.iter().filter(|finding| expects_notes || finding.level != Level::Note).collect();
        let matches = found.len() == case.said.len()
            && found.iter().zip(case.said).all(|(finding, (level, code, part))| {
                finding.level == *level
                    && finding.code.as_str() == *code
                    && finding.render(&loaded.sources, false).contains(part)
            });
        if !matches {
            let said: Vec<String> = found.iter().map(|finding| finding.render(&loaded.sources, false)).collect();
            differences.push(format!("{}: expected {:#?}, found\n{}", case.name, case.said, said.join("\n")));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
