//! Every format, what it does with a hostile document, and the exit codes.

use std::fs;

use crate::run::{Folder, audit, corpus, folder_of, shown, text};

/// What providers' names and roles grant, in every format that lists scopes.
#[test]
fn the_scope_map_is_listed() {
    let folder = folder_of("notes.yaml");
    fs::write(folder.0.join("policy.toml"), SCOPE_MAP).unwrap();
    let of = |format: &str| shown(&folder.0, &["notes.yaml", "--format", format]);
    let text = of("text");
    let lines = "SCOPE MAP\nOAuth2: `Notes.Read` grants `notes:read` until 2999-03-31\n\
                 OAuth2: `a|b` in the claim [\"realm_access\", \"roles\"] grants `notes:read`, `notes:write`\n";
    assert!(text.contains(lines), "{text}");
    let markdown = of("markdown");
    assert!(markdown.contains("| `OAuth2` |  | `Notes.Read` | `notes:read` | 2999-03-31 |\n"), "{markdown}");
    assert!(markdown.contains("| `OAuth2` | `realm_access` → `roles` | "), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&of("json")).unwrap();
    assert_eq!(json["as_nobody"], serde_json::json!([{"scheme": "OAuth2", "credentials": ["expired"]}]));
    assert!(text.contains("COUNTS AS NOBODY  where anybody may call\nOAuth2: expired\n"), "{text}");
    assert!(
        markdown.contains(
            "## Counts as nobody, where anybody may call\n\n| Scheme | Credentials |\n|---|---|\n| `OAuth2` | expired |"
        ),
        "{markdown}"
    );
    let csv = of("csv");
    for row in [
        ",,,,scope-map,,,OAuth2,,notes:read,,,,,\"OAuth2: `Notes.Read` grants `notes:read` until 2999-03-31\"\r\n",
        ",,,,as-nobody,,,OAuth2,,,,,,,expired\r\n",
    ] {
        assert!(csv.contains(row), "{csv}");
    }
    // Without scripts the page has them as tables; with scripts it makes them of the same JSON.
    let html = of("html");
    let row = "<tr><td>OAuth2<td>realm_access → roles<td>a|b<td>notes:read notes:write<td>\n";
    assert!(html.contains(row) && html.contains("<tr><td>OAuth2<td>expired\n"), "{html}");
    assert_eq!(
        json["scope_map"],
        serde_json::json!([
            {"scheme": "OAuth2", "claim": [], "from": "Notes.Read", "to": ["notes:read"], "until": "2999-03-31"},
            {"scheme": "OAuth2", "claim": ["realm_access", "roles"], "from": "a|b", "to": ["notes:read", "notes:write"], "until": null}
        ])
    );
}

pub(crate) const SCOPE_MAP: &str = "[[scopes.map]]
scheme = 'OAuth2'
from = 'Notes.Read'
to = ['notes:read']
until = '2999-03-31'

[[scopes.map]]
scheme = 'OAuth2'
claim = ['realm_access', 'roles']
from = 'a|b'
to = ['notes:write', 'notes:read']

[schemes.OAuth2]
as-nobody = ['expired']
";

#[test]
fn each_format_of_one_document_is_what_was_reviewed() {
    let folder = folder_of("notes.yaml");
    for format in ["text", "markdown", "json", "csv"] {
        let shown = shown(&folder.0, &["notes.yaml", "--format", format]);
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(format!("notes_as_{format}"), shown) });
    }
}

#[test]
fn a_hostile_document_stays_text_in_every_format() {
    let folder = folder_of("hostile.yaml");
    for format in ["text", "markdown", "csv"] {
        let shown = shown(&folder.0, &["hostile.yaml", "--format", format]);
        let hidden = |found: &char| found.is_control() && !"\n\r".contains(*found) || *found == '\u{202e}';
        assert_eq!(shown.chars().find(hidden), None, "{format}: {shown}");
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(format!("hostile_as_{format}"), shown) });
    }
}

#[test]
fn a_row_of_the_table_stays_a_row() {
    let folder = folder_of("hostile.yaml");
    let table = shown(&folder.0, &["hostile.yaml", "--format", "csv"]);
    let lines: Vec<&str> = table.split_terminator("\r\n").collect();
    // A header and one alternative for each of the two operations.
    assert_eq!(lines.len(), 3, "{table}");
    for line in lines {
        let mut quoted = false;
        let commas = line.chars().filter(|found| {
            quoted ^= *found == '"';
            *found == ',' && !quoted
        });
        assert_eq!(commas.count(), 14, "{line}");
        assert!(!line.contains(",=") && !line.contains(",\"=") && !line.contains(",+"), "{line}");
    }
}

#[test]
fn every_real_document_is_shown_in_every_format() {
    for real in corpus() {
        let operations = real.count();
        for format in ["text", "markdown", "json", "csv", "html"] {
            let shown = real.audited(format);
            // Whatever the format, each operation has a line, a row or an object of its own.
            let mark = match format {
                "text" => "\n    query     ",
                "markdown" => "\n| `",
                "json" => "\n      \"template\": ",
                "csv" => "\r\n",
                _ => "\n<tr class=",
            };
            let found = shown.matches(mark).count();
            assert!(found >= operations, "{} as {format}: {found} of {operations}", real.file);
        }
    }
}

#[test]
fn what_nothing_can_be_read_of_is_a_failure_with_its_findings() {
    let cases = [
        ("version.yaml", "openapi: 9.0.0\npaths: {}\n", "unknown-version"),
        ("broken.yaml", "openapi: [\n", "parse-error"),
    ];
    for (file, document, code) in cases {
        let folder = Folder::with(file, document);
        for format in ["text", "json", "html"] {
            let output = audit(&folder.0, &[file, "--format", format, "--output", "out"]);
            assert_eq!(output.status.code(), Some(2), "{file} as {format}");
            let told = text(&output.stderr);
            assert!(told.contains(code) && told.contains("nothing of"), "{told}");
            assert!(!folder.0.join("out").exists());
        }
    }
    let folder = Folder::new();
    let output = audit(&folder.0, &["absent.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("absent.yaml"));
}

#[test]
fn a_document_with_errors_is_shown_and_said_to_be_refused() {
    let folder = folder_of("notes.yaml");
    let output = audit(&folder.0, &["notes.yaml", "--format", "html", "--output", "audit.html"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains("warning: `audit.html` shows a document with"), "{}", text(&output.stderr));
    assert!(fs::read_to_string(folder.0.join("audit.html")).unwrap().contains("this document is refused"));

    // What an error keeps out is said, in every format.
    let folder = Folder::with(
        "part.yaml",
        "openapi: 3.1.0\ninfo: { title: P, version: '1' }\npaths:\n  /a: { get: { security: [] } }\n  /b: { get: { security: 7 } }\n",
    );
    for (format, said) in [
        ("text", "attention    incomplete:"),
        ("markdown", "> **Attention:** incomplete:"),
        ("json", "\"complete\": false"),
        ("html", "<p>incomplete:"),
    ] {
        assert!(shown(&folder.0, &["part.yaml", "--format", format]).contains(said), "{format}");
    }
    assert!(text(&audit(&folder.0, &["part.yaml", "--format", "csv"]).stderr).contains("is incomplete"));
}

#[test]
fn a_report_in_a_file_has_no_colours() {
    let folder = folder_of("notes.yaml");
    let coloured = shown(&folder.0, &["notes.yaml", "--color", "always"]);
    assert!(coloured.contains("\u{1b}["));
    shown(&folder.0, &["notes.yaml", "--color", "always", "--output", "audit.txt"]);
    let written = fs::read_to_string(folder.0.join("audit.txt")).unwrap();
    assert_eq!(written, shown(&folder.0, &["notes.yaml"]));
}

#[test]
fn without_a_document_the_project_is_audited() {
    let folder = folder_of("notes.yaml");
    fs::write(folder.0.join("policy.toml"), "document = \"notes.yaml\"\nundeclared = \"deny\"\n").unwrap();
    let below = folder.0.join("src");
    fs::create_dir(&below).unwrap();
    let shown = shown(&below, &[]);
    assert!(shown.contains("warning[undeclared-operation]"), "{shown}");
    assert!(shown.contains("document     ../notes.yaml"), "{shown}");
}

#[test]
fn the_help_page_is_what_was_reviewed() {
    let folder = Folder::new();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("help", shown(&folder.0, &["--help"])) });
}
