//! What is read as plain YAML is what the parser would have read, and nothing else.

use std::rc::Rc;
use std::sync::Arc;

use proptest::prelude::*;

use super::Plain;
use crate::late::{LateText, Notation};
use crate::parse::Builder;
use crate::settings::Limits;
use crate::source::FileId;
use crate::tree::{Kind, Node};

/// Every value with its place, those that are read late too; nothing when something is found.
fn told(text: &str, plain: bool) -> Option<String> {
    let late = Rc::new(LateText::new(Arc::new(text.to_owned()), FileId(0), 200, Notation::Yaml));
    let mut findings = Vec::new();
    let root = if plain {
        Plain::new(&late).document()
    } else {
        Builder::new(&late, 0..text.len(), Limits::default(), &mut findings).read()
    };
    let mut told = String::new();
    let root = root?;
    tell(&root, &mut told);
    (findings.is_empty() && late.take_findings().is_empty()).then_some(told)
}

fn tell(node: &Node, told: &mut String) {
    let range = |span: crate::source::Span| format!("{}..{}", span.start, span.end);
    told.push_str(&range(node.span));
    match node.kind() {
        Kind::Scalar { .. } | Kind::Tagged(_) => told.push_str(&format!(" {:?}", node.kind())),
        Kind::Sequence(items) => {
            told.push_str(" [");
            items.iter().for_each(|item| tell(item, told));
            told.push_str("] ");
        }
        Kind::Mapping(entries) => {
            told.push_str(" {");
            for entry in entries {
                told.push_str(&format!("{} {:?}: ", range(entry.key_span), entry.key));
                tell(&entry.value, told);
            }
            told.push_str("} ");
        }
    }
}

/// Whether the text is plain, after both ways to read it were compared.
fn is_plain(text: &str) -> bool {
    let plain = told(text, true);
    if plain.is_some() {
        assert_eq!(plain, told(text, false), "{text}");
    }
    plain.is_some()
}

#[test]
fn plain_texts_read_as_the_parser_reads_them() {
    for (expected, text) in [
        (true, "a: 1\ntags:\n  - one\n  - two\nb: 2\n"),
        (true, "---\n# c\na: 1\n\ntags: # c\n# d\n    e: f # c\n  # g\n\nb: 2"),
        (true, "tags: [one, two]\n"),
        (false, "tags: &a\n  b: c\n"),
        (false, "tags:\n  a: b\nx: &a 1\nschemas:\n  a: b\n"),
        (false, "schemas:\n  a: *b\n"),
        (false, "schemas:\n  a: !!str b\n"),
        (false, "schemas:\n  <<: {}\n"),
        (false, "schemas:\n  a: 1\n  a: 2\n"),
        (false, "schemas:\n  a: {b: 1, b: 2}\n"),
        (false, "schemas:\n  0x1F: 2\n"),
        (true, "schemas:\n  '200': 2\n  404: 3\n"),
        (false, "schemas:\n  200: 2\n  '200': 3\n"),
        (false, "schemas:\n  a: b: c\n"),
        (false, "schemas:\n\ta: b\n"),
        (false, "schemas:\n  a: b\r\n"),
        (true, "schemas:\n  a: b\n    c\n\n    - d\n  e: 'f\n\n     g'\n  h: \"i\\\n   \\u00e4\\\"\"\nz: 1\n"),
        (false, "schemas:\n  a: b\n    c: d\n"),
        (false, "schemas:\n  a: 'b\n  c'\n"),
        (false, "schemas:\n  a: \"\\x41\"\n"),
        (true, "schemas:\n  a: |\n    text: # no comment\n      deeper\n\n    end\n  b: >-\n\n    folded\nz: 1\n"),
        (true, "schemas:\n  a: |+\n    text\n\n\nz: 1\n"),
        (true, "schemas:\n  a: |\n    text\n"),
        (true, "schemas:\n  a: |\n    text"),
        (true, "schemas:\n  a: |\n    text\n# c\nz: 1\n"),
        (true, "x:\n  schemas:\n    a: |\n      text\n  z: 1\n"),
        (false, "schemas:\n  a: |2\n    text\n"),
        (true, "schemas:\n  a: {b: [1, 'two', {\"c\": d e}],\n     f: []}\nz: 1\n"),
        (false, "schemas:\n  a: [b: c]\n"),
        (false, "schemas:\n  a: [b\n"),
        (true, "schemas:\n  - - a\n    - b: c\n      d: e\n  -\n    f: g\nz: 1\n"),
        (true, "schemas:\n- a\n- b\n"),
        (true, "schemas:\n  a:\n"),
        (true, "schemas:\n  a:\n  b: c\n"),
        (true, "schemas:\n  a:\n  - b\n  - c\n  d: e\n"),
        (false, "schemas:\n  a: b\n c: d\n"),
        (false, "schemas:\n  - a\n  b: c\n"),
        (true, "list:\n  - schema:\n      a: b\n    c: d\n"),
        (false, "schemas:\n  a: b\n--- \nc: d\n"),
        (true, "schemas:\n  ä: 'ö'\n  \"ü\": €\nz: 1\n"),
        (false, "schemas:\n  a: \u{2028}\n"),
        (true, "a: |\n  schemas:\n    b: c\n"),
        (true, "a: 'x\n  schemas:\n    b: c'\n"),
    ] {
        assert_eq!(is_plain(text), expected, "{text}");
    }
}

#[test]
fn real_documents_read_as_before() {
    let text = include_str!("../../../../spec/charthero.yaml");
    assert!(is_plain(text));
}

fn line() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec!["", "  ", "    ", "      ", "   "]);
    let dash = prop::sample::select(vec!["", "", "", "- ", "-", "- - "]);
    let key = prop::sample::select(vec![
        "schemas:", "schema: ", "a: ", "b: ", "\"c\": ", "'d' : ", "200: ", "0x1: ", "", "# e", "x:", "<<: ",
        "f # g: ", "-h: ",
    ]);
    let value = prop::sample::select(vec![
        "",
        "one",
        "two words",
        "'q'",
        "\"r\"",
        "'s",
        "t'",
        "\"u\\\"",
        "|",
        ">-",
        "|+",
        "| # c",
        "[1, b]",
        "{a: b}",
        "[",
        "]",
        "{a: 1,",
        "a: 1}",
        "&x y",
        "*x",
        "!t u",
        "v # w",
        "#w",
        "w:",
        "w: x",
        "- y",
        "~",
        "\tz",
        "a#b",
        "a:b",
        "[]",
        "{}",
        "---",
        "...",
        "'a''b'",
        "http://a/b",
        "? x",
    ]);
    let end = prop::sample::select(vec!["", "", "", " ", " # c", "\t"]);
    (indent, dash, key, value, end)
        .prop_map(|(indent, dash, key, value, end)| format!("{indent}{dash}{key}{value}{end}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn any_text_reads_as_before(lines in prop::collection::vec(line(), 1..9), last in any::<bool>()) {
        let mut text = format!("schemas:\n{}", lines.concat());
        if last {
            text.pop();
        }
        is_plain(&text);
    }

    #[test]
    fn any_value_reads_as_before(lines in prop::collection::vec(line(), 1..7), after in line()) {
        is_plain(&format!("x:\n  schemas:\n    first: 1\n{}{after}z: 1\n", lines.iter().map(|line| format!("    {line}")).collect::<String>()));
    }
}
