//! The tables of an API's documentation, written and checked by the program.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod command;

use std::fs;
use std::path::PathBuf;

use command::{documents, run, workspace};

/// A page of its own for one test.
fn page(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

const MARKERS: &str = "# Scopes\r\n\r\n<!-- policy:scopes -->\r\n<!-- /policy:scopes -->\r\n\r\nWritten by hand.\r\n\r\n\
                       <!-- policy:routes -->\r\nold\r\n<!-- /policy:routes -->\r\n";

#[test]
fn the_tables_of_a_document_with_every_kind_of_requirement() {
    let ran = run(&documents(), &["docs", "--config", "archive.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.out);
}

#[test]
fn the_tables_of_a_document_with_errors_say_that_they_are_incomplete() {
    let ran = run(&documents(), &["docs", "broken.yaml"]);
    assert_eq!(ran.code, Some(0));
    let shown = format!("{}\n---- standard error\n{}", ran.out, ran.err);
    insta::assert_snapshot!(shown);
}

#[test]
fn the_reference_apis_page_is_true() {
    let ran = run(&workspace(), &["docs", "--check", "docs/charthero-scopes.md"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""));
}

#[test]
fn a_page_is_written_then_true_then_stale() {
    let file = page("written.md", MARKERS);
    let name = file.to_str().unwrap();
    let spec = workspace().join("spec/charthero.yaml");
    let spec = spec.to_str().unwrap();

    let stale = run(&documents(), &["docs", spec, "--check", name]);
    assert_eq!(stale.code, Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), MARKERS, "a check changes nothing");

    let written = run(&documents(), &["docs", spec, "--write", name]);
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "line ends are kept");
    assert!(text.starts_with("# Scopes\r\n\r\n<!-- policy:scopes -->\r\n\r\n| Scope |"));
    assert!(text.contains("\r\n\r\nWritten by hand.\r\n\r\n") && !text.contains("old"));
    let tables = run(&documents(), &["docs", spec]).out.replace('\n', "\r\n");
    for table in tables.split("<!--").filter(|part| part.contains('|')) {
        assert!(text.contains(table), "the page holds what the command prints");
    }

    let current = run(&documents(), &["docs", spec, "--check", name]);
    assert_eq!((current.code, current.out.as_str()), (Some(0), ""));
    let again = run(&documents(), &["docs", spec, "--write", name]);
    assert!(again.err.ends_with("is up to date\n"), "{}", again.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_stale_page_fails_with_a_diff_and_the_command_that_corrects_it() {
    let tables = run(&documents(), &["docs", "--config", "archive.toml"]).out;
    let stale = tables.replace("| Write files |", "| Write no files |").replacen("GET /v2/search", "GET /v2/seek", 1);
    let file = page("stale.md", &stale);
    let ran = run(&documents(), &["docs", "--config", "archive.toml", "--check", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(1));
    let shown = format!("{}\n---- standard error\n{}", ran.out, ran.err);
    let shown = shown.replace(file.to_str().unwrap(), "stale.md");
    insta::assert_snapshot!(shown);
    let colored = run(
        &documents(),
        &["docs", "--color", "always", "--config", "archive.toml", "--check", file.to_str().unwrap()],
    );
    assert!(colored.out.contains("\x1b[31m-| "), "{:?}", colored.out);
}

#[test]
fn what_cannot_be_written_is_said_with_what_to_do() {
    let (none, binary) = (page("none.md", "# Nothing\n"), page("binary.md", ""));
    fs::write(&binary, b"\xff\xfe").unwrap();
    let open = page("open.md", "# Open\n\n<!-- policy:routes -->\n");
    let cases = [
        (none.to_str().unwrap(), "has no place for a table", "help: write `<!-- policy:scopes -->` and"),
        (binary.to_str().unwrap(), "is not UTF-8", ""),
        (open.to_str().unwrap(), "open.md:3: `<!-- policy:routes -->` is never closed", "help: each table"),
        ("absent.md", "cannot read `absent.md`", "help: `cargo policy docs > absent.md` starts such a page"),
    ];
    for (file, problem, help) in cases {
        for option in ["--write", "--check"] {
            let ran = run(&documents(), &["docs", "--config", "archive.toml", option, file]);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{file}");
            assert!(ran.err.contains(problem) && ran.err.contains(help), "{}", ran.err);
        }
    }
    assert_eq!(fs::read(&binary).unwrap(), b"\xff\xfe");
}

#[test]
fn a_document_of_which_nothing_can_be_read_leaves_the_page_alone() {
    let file = page("kept.md", MARKERS);
    let document = page("no-document.yaml", "openapi: 9.9.9\n");
    let ran = run(&documents(), &["docs", document.to_str().unwrap(), "--write", file.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("error[unknown-version]"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), MARKERS);
}

#[test]
fn thousands_of_routes_and_hundreds_of_scopes_stay_readable() {
    let mut document = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\n\
                        components: { securitySchemes: { Key: { type: http, scheme: bearer } } }\npaths:\n"
        .to_owned();
    for at in 0..3_000 {
        document.push_str(&format!(
            "  /things-{at}: {{ get: {{ summary: Read thing {at}, security: [{{ Key: [all, scope-{:03}] }}] }} }}\n",
            at % 300
        ));
    }
    let document = page("large.yaml", &document);
    let ran = run(&documents(), &["docs", document.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.lines().filter(|line| line.starts_with("| `")).count()), (Some(0), 3_301));
    let longest = ran.out.lines().map(str::len).max().unwrap();
    assert!(longest < 400, "no cell grows with the number of routes: {longest}");
    let scope = ran.out.lines().find(|line| line.starts_with("| `scope-007`")).unwrap();
    assert!(scope.contains("10 routes: Read thing 7; Read thing 307;") && scope.contains("and 5 more"), "{scope}");
}
