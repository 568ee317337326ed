//! What is shown.

use crate::written::{Case, edited, line};

fn case(name: &str) -> Case {
    let document = edited("[files:read] }], para", "[files:read, files:write] }], para");
    let lines = [
        line(&[]),
        line(&[("unix_ms", "1814356900000")]),
        line(&[("subject", r#""e|ve\u001b[31m`<b>""#)]),
        line(&[("granted", r#"{"Token":"files:read files:write"}"#)]),
        line(&[
            ("decision", r#""deny""#),
            ("reason", r#""insufficient_scope""#),
            ("granted", r#"{"Token":"files:read files:write"}"#),
        ]),
        line(&[("route", r#""/files/{id}""#)]),
        line(&[("route", r#""/health""#), ("granted", "{}"), ("subject", "")]),
        "{\"lost\":3}\n".to_owned(),
        "garbage\n".to_owned(),
    ];
    Case::new(name, &document, &lines)
}

#[test]
fn as_text() {
    let ran = case("text").run("--fail-on newly-denied");
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn as_text_with_everything() {
    insta::assert_snapshot!(case("everything").run("--all").out);
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(case("markdown").run("--format markdown").out);
}

#[test]
fn as_json() {
    insta::assert_snapshot!(case("json").run("--format json").out);
}
