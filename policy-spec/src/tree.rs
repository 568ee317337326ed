//! A document as a tree in which every key and value knows its place.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::late::LateText;
use crate::source::Span;

/// A value. Aliases share their anchor's node, so a node can have several parents.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    kind: OnceCell<Kind>,
    /// Where the value is read from when somebody looks at it.
    late: Option<Rc<LateText>>,
    /// The action of an overlay that changed the value or something in it, the last one where there are several.
    changed_by: Option<Span>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// `plain` when the text is neither quoted nor a block, so that its type is told from its looks.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
    /// A value with a YAML tag that is not JSON's, of which nothing is known.
    Tagged(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Rc<Node>,
}

/// What a scalar is under YAML 1.2's core schema. Dates, `on`, `no` and the like are strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(&'t str),
}

impl Node {
    pub(crate) fn new(span: Span, kind: Kind) -> Self {
        Self { span, kind: OnceCell::from(kind), late: None, changed_by: None }
    }

    /// A collection that is read when somebody looks at it.
    pub(crate) fn late(span: Span, text: Rc<LateText>) -> Self {
        Self { span, kind: OnceCell::new(), late: Some(text), changed_by: None }
    }

    /// The value, changed by an action of an overlay. It keeps its place: what the action wrote has its own.
    #[cfg(feature = "overlays")]
    pub(crate) fn changed(&self, kind: Kind, action: Span) -> Self {
        Self { changed_by: Some(action), ..Self::new(self.span, kind) }
    }

    /// The action of an overlay that changed the value or something in it.
    pub(crate) fn changed_by(&self) -> Option<Span> {
        self.changed_by
    }

    pub(crate) fn kind(&self) -> &Kind {
        self.kind.get_or_init(|| match &self.late {
            Some(text) => text.read(self.span),
            None => Kind::Mapping(Vec::new()),
        })
    }

    /// The texts of values that overlays put into this one, which do not stand within its own text.
    pub(crate) fn written_elsewhere(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        self.collect_elsewhere(&mut spans);
        spans
    }

    fn collect_elsewhere(&self, spans: &mut Vec<Span>) {
        if self.changed_by.is_none() {
            return;
        }
        let mut add = |value: &Self| {
            if self.span.covers(value.span) {
                value.collect_elsewhere(spans);
            } else {
                spans.push(value.span);
            }
        };
        self.items().into_iter().flatten().for_each(|item| add(item));
        self.entries().into_iter().flatten().for_each(|entry| add(&entry.value));
        let keys = self.entries().into_iter().flatten().map(|entry| entry.key_span);
        spans.extend(keys.filter(|key| !self.span.covers(*key)));
    }

    pub(crate) fn scalar(&self) -> Option<Scalar<'_>> {
        match self.kind() {
            Kind::Scalar { text, plain: true } => Some(resolve(text)),
            Kind::Scalar { text, plain: false } => Some(Scalar::String(text)),
            Kind::Sequence(_) | Kind::Mapping(_) | Kind::Tagged(_) => None,
        }
    }

    /// The text of a string.
    pub(crate) fn string(&self) -> Option<&str> {
        match self.scalar() {
            Some(Scalar::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar of any type but null, as written: `version: 1.0` is meant as `1.0`.
    pub(crate) fn text(&self) -> Option<&str> {
        match (self.scalar(), self.kind()) {
            (None | Some(Scalar::Null), _) => None,
            (_, Kind::Scalar { text, .. }) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.scalar() == Some(Scalar::Null)
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        match self.scalar() {
            Some(Scalar::Bool(value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Rc<Node>]> {
        match self.kind() {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match self.kind() {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// What the value is, in a reader's words.
    pub(crate) fn what(&self) -> &'static str {
        match self.kind() {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Tagged(_) => "a value with a tag of its own",
            Kind::Scalar { .. } => match self.scalar() {
                Some(Scalar::Null) => "nothing",
                Some(Scalar::Bool(_)) => "a boolean",
                Some(Scalar::Integer(_) | Scalar::Float(_)) => "a number",
                _ => "a string",
            },
        }
    }
}

/// What a plain scalar is by its looks.
pub(crate) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Scalar::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(Ok(value)) = text.strip_prefix(prefix).map(|digits| i64::from_str_radix(digits, radix)) {
            return Scalar::Integer(value);
        }
    }
    // Rust's own number syntax is wider (`inf`, `nan`) and narrower than YAML's, so the characters are looked at first.
    let digits = unsigned.bytes().any(|byte| byte.is_ascii_digit());
    let numeric =
        unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if digits && numeric {
        if let Ok(value) = text.parse() {
            return Scalar::Integer(value);
        }
        if let Ok(value) = text.parse() {
            return Scalar::Float(value);
        }
    }
    Scalar::String(text)
}

/// The keys of a mapping. Few are compared one by one, which unoptimised costs less than hashing them.
#[derive(Default)]
pub(crate) struct Seen {
    many: HashMap<String, usize>,
}

impl Seen {
    /// The place of a key among the mapping's `entries`, no two of which have the same.
    pub(crate) fn place(&mut self, key: &str, entries: &[Entry]) -> Option<usize> {
        const FEW: usize = 12;
        if entries.len() < FEW {
            return entries.iter().position(|entry| entry.key == key);
        }
        for (at, entry) in entries.iter().enumerate().skip(self.many.len()) {
            self.many.insert(entry.key.clone(), at);
        }
        self.many.get(key).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};

    #[test]
    fn dates_and_yaml_1_1_booleans_are_strings() {
        for text in ["2026-11-24", "on", "no", "yes", "off", "12:30", "inf", "nan", "1_000", "0b1", "Y"] {
            assert_eq!(resolve(text), Scalar::String(text));
        }
        assert_eq!(resolve("0x1f"), Scalar::Integer(31));
        assert_eq!(resolve("-12"), Scalar::Integer(-12));
        assert_eq!(resolve("1e3"), Scalar::Float(1000.0));
        assert_eq!(resolve("~"), Scalar::Null);
    }
}
