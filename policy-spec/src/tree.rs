//! A document as a tree. Every key and value has its span in the text.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::late::LateText;
use crate::source::Span;

/// A value. An alias is the node of its anchor, so that a node can have several parents.
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
    /// `plain` says that the text is neither quoted nor a block. Then its type follows from its characters.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<Entry>),
    /// A value with a YAML tag that JSON does not have. Nothing is known of it.
    Tagged(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Rc<Node>,
}

/// The type of a scalar by YAML 1.2's core schema. Dates, `on`, `no` and the like are strings.
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

    /// The value, changed by an action of an overlay. It keeps its span. What the action wrote has a span in the overlay.
    #[cfg(feature = "overlays")]
    pub(crate) fn changed(&self, kind: Kind, action: Span) -> Self {
        Self { changed_by: Some(action), ..Self::new(self.span, kind) }
    }

    /// The action of an overlay that changed the value or something in it.
    #[cfg(feature = "tools")]
    pub(crate) fn changed_by(&self) -> Option<Span> {
        self.changed_by
    }

    pub(crate) fn kind(&self) -> &Kind {
        self.kind.get_or_init(|| match &self.late {
            Some(text) => text.read(self.span),
            None => Kind::Mapping(Vec::new()),
        })
    }

    /// The spans of values that overlays put into this one. They stand in the overlay's text.
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

    /// The text of a scalar as written, unless it is null. For example, `version: 1.0` is the text `1.0`.
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

    /// What the value is, in words for messages.
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

/// The type of a plain scalar, by its characters.
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
    // Rust also parses `inf` and `nan` as numbers, which YAML does not. So the characters are checked first.
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

/// The keys of a mapping. A few keys are compared one by one, which costs less than hashing in an unoptimised build.
#[derive(Default)]
pub(crate) struct Seen {
    many: HashMap<String, usize>,
}

impl Seen {
    /// The index of a key among the mapping's `entries`. No two of them have the same key.
    pub(crate) fn index_of(&mut self, key: &str, entries: &[Entry]) -> Option<usize> {
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
