//! What is passed over is what the parser would have read, and nothing else.

use std::rc::Rc;
use std::sync::Arc;

use proptest::prelude::*;

use super::Survey;
use crate::late::{LateText, Notation};
use crate::parse::Builder;
use crate::parse::reduced::Reduced;
use crate::settings::Limits;
use crate::source::FileId;
use crate::tree::{Kind, Node};

/// Every value with its place, those that are read late too; nothing when something is found.
fn told(text: &str, reduced: &Reduced<'_>) -> Option<String> {
    let late = Rc::new(LateText::new(Arc::new(text.to_owned()), FileId(0), 200, Notation::Yaml));
    let mut findings = Vec::new();
    let root = Builder::new(&late, reduced, Limits::default(), &mut findings).read();
    let mut told = String::new();
    if let Some(root) = root {
        tell(&root, &mut told);
    }
    findings.append(&mut late.take_findings());
    // With a finding, the whole text is read again.
    findings.is_empty().then_some(told)
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

/// How many values are passed over, after both ways to read the text were compared.
fn compared(text: &str) -> usize {
    let passed = Survey::document(text, 200);
    let whole = Reduced::untouched(text);
    assert_eq!(told(text, &Reduced::document(text, 200)), told(text, &whole), "{text}\n{passed:?}");
    passed.len()
}

#[test]
fn what_is_passed_over_reads_as_before() {
    for (expected, text) in [
        (1, "a: 1\ntags:\n  - one\n  - two\nb: 2\n"),
        (1, "---\n# c\na: 1\n\ntags: # c\n# d\n    e: f # c\n  # g\n\nb: 2"),
        (0, "tags: [one, two]\n"),
        (0, "tags: &a\n  b: c\n"),
        (1, "tags:\n  a: b\nx: &a 1\nschemas:\n  a: b\n"),
        (0, "schemas:\n  a: *b\n"),
        (0, "schemas:\n  a: !!str b\n"),
        (0, "schemas:\n  <<: {}\n"),
        (0, "schemas:\n  a: 1\n  a: 2\n"),
        (0, "schemas:\n  a: {b: 1, b: 2}\n"),
        (0, "schemas:\n  0x1F: 2\n"),
        (1, "schemas:\n  '200': 2\n  404: 3\n"),
        (0, "schemas:\n  200: 2\n  '200': 3\n"),
        (0, "schemas:\n  a: b: c\n"),
        (0, "schemas:\n\ta: b\n"),
        (0, "schemas:\n  a: b\r\n"),
        (1, "schemas:\n  a: b\n    c\n\n    - d\n  e: 'f\n\n     g'\n  h: \"i\\\n   \\u00e4\\\"\"\nz: 1\n"),
        (0, "schemas:\n  a: b\n    c: d\n"),
        (0, "schemas:\n  a: 'b\n  c'\n"),
        (0, "schemas:\n  a: \"\\x41\"\n"),
        (1, "schemas:\n  a: |\n    text: # no comment\n      deeper\n\n    end\n  b: >-\n\n    folded\nz: 1\n"),
        (1, "schemas:\n  a: |+\n    text\n\n\nz: 1\n"),
        (1, "schemas:\n  a: |\n    text\n"),
        (1, "schemas:\n  a: |\n    text"),
        (1, "schemas:\n  a: |\n    text\n# c\nz: 1\n"),
        (1, "x:\n  schemas:\n    a: |\n      text\n  z: 1\n"),
        (0, "schemas:\n  a: |2\n    text\n"),
        (1, "schemas:\n  a: {b: [1, 'two', {\"c\": d e}],\n     f: []}\nz: 1\n"),
        (0, "schemas:\n  a: [b: c]\n"),
        (0, "schemas:\n  a: [b\n"),
        (1, "schemas:\n  - - a\n    - b: c\n      d: e\n  -\n    f: g\nz: 1\n"),
        (0, "schemas:\n- a\n- b\n"),
        (0, "schemas:\n  a:\n"),
        (1, "schemas:\n  a:\n  b: c\n"),
        (1, "schemas:\n  a:\n  - b\n  - c\n  d: e\n"),
        (0, "schemas:\n  a: b\n c: d\n"),
        (0, "schemas:\n  - a\n  b: c\n"),
        (1, "list:\n  - schema:\n      a: b\n    c: d\n"),
        (0, "schemas:\n  a: b\n--- \nc: d\n"),
        (1, "schemas:\n  ä: 'ö'\n  \"ü\": €\nz: 1\n"),
        (0, "schemas:\n  a: \u{2028}\n"),
        (0, "a: |\n  schemas:\n    b: c\n"),
        (0, "a: 'x\n  schemas:\n    b: c'\n"),
    ] {
        assert_eq!(compared(text), expected, "{text}");
    }
}

#[test]
fn real_documents_read_as_before() {
    let text = include_str!("../../../../spec/charthero.yaml");
    assert!(compared(text) > 0);
}

fn line() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec!["", "  ", "    ", "      ", "   "]);
    let dash = prop::sample::select(vec!["", "", "", "- ", "-", "- - "]);
    let key = prop::sample::select(vec![
        "schemas:", "schema: ", "a: ", "b: ", "\"c\": ", "'d' : ", "200: ", "0x1: ", "", "# e", "x:", "<<: ", "f # g: ", "-h: ",
    ]);
    let value = prop::sample::select(vec![
        "", "one", "two words", "'q'", "\"r\"", "'s", "t'", "\"u\\\"", "|", ">-", "|+", "| # c", "[1, b]", "{a: b}", "[", "]", "{a: 1,", "a: 1}",
        "&x y", "*x", "!t u", "v # w", "#w", "w:", "w: x", "- y", "~", "\tz", "a#b", "a:b", "[]", "{}", "---", "...", "'a''b'", "http://a/b", "? x",
    ]);
    let end = prop::sample::select(vec!["", "", "", " ", " # c", "\t"]);
    (indent, dash, key, value, end).prop_map(|(indent, dash, key, value, end)| format!("{indent}{dash}{key}{value}{end}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn any_text_reads_as_before(lines in prop::collection::vec(line(), 1..9), last in any::<bool>()) {
        let mut text = format!("schemas:\n{}", lines.concat());
        if last {
            text.pop();
        }
        compared(&text);
    }

    #[test]
    fn any_value_reads_as_before(lines in prop::collection::vec(line(), 1..7), after in line()) {
        compared(&format!("x:\n  schemas:\n    first: 1\n{}{after}z: 1\n", lines.iter().map(|line| format!("    {line}")).collect::<String>()));
    }
}
