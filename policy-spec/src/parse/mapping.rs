//! The keys of a mapping that is being read: which of them are the same, and what `<<` brings.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Builder, repeated_key};
use crate::finding::{Code, Finding};
use crate::source::Span;
use crate::tree::{Entry, Node, Scalar, Seen, resolve};

#[derive(Default)]
pub(super) struct OpenMapping {
    pub(super) entries: Vec<Entry>,
    seen: Seen,
    /// Where keys stand that some readers turn into another text, such as `0x1F` into `31`. Each is found by that other text.
    turned: HashMap<String, Span>,
    /// The key whose value comes next.
    pub(super) key: Option<Key>,
    /// Where the first `<<` stands.
    merge: Option<Span>,
    merged: Vec<Entry>,
}

pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
    /// Neither quoted nor tagged as a string.
    pub(super) plain: bool,
}

impl Key {
    pub(super) fn is_merge(&self) -> bool {
        self.plain && self.text == "<<"
    }
}

impl Builder<'_, '_> {
    /// A key of the mapping itself, with its value.
    pub(super) fn entry(&mut self, key: Key, value: Rc<Node>, open: &mut OpenMapping) {
        if let Some(finding) = quoted_merge(&key.text, key.span, &value) {
            self.findings.push(finding);
        }
        let turned = if key.plain { turned(&key.text) } else { None };
        if let Some(first) = open.same_as(&key, turned.as_deref()) {
            let finding = repeated_key(&key.text, key.span, &[]);
            self.findings.push(finding.also(first, "the same to readers that turn keys into JSON's strings"));
        } else if open.seen.index_of(&key.text, &open.entries).is_some() {
            let finding = repeated_key(&key.text, key.span, &open.entries);
            self.findings.push(finding);
        } else {
            open.turned.extend(turned.map(|text| (text, key.span)));
            open.entries.push(Entry { key: key.text, key_span: key.span, value });
        }
    }

    /// `<<: *base` or `<<: [*one, *other]`.
    pub(super) fn merge(&mut self, node: &Rc<Node>, span: Span, open: &mut OpenMapping) -> bool {
        if let Some(first) = open.merge {
            self.findings.push(
                Finding::error(Code::DuplicateKey, span, "the key `<<` stands twice in one mapping")
                    .label("again here")
                    .also(first, "first here")
                    .help("write one, `<<: [*first, *second]`, in which the first wins; readers disagree about which of two counts"),
            );
            return true;
        }
        open.merge = Some(span);
        let one = std::slice::from_ref(node);
        for source in node.items().unwrap_or(one) {
            let Some(entries) = source.entries() else {
                return self.stop(
                    Finding::error(
                        Code::ParseError,
                        source.span,
                        format!("{} cannot be merged into a mapping", source.what()),
                    )
                    .also(span, "merged here")
                    .help("`<<` takes a mapping or a list of mappings"),
                );
            };
            if !self.expand(entries.len(), span) {
                return false;
            }
            open.merged.extend(entries.iter().cloned());
        }
        true
    }

    /// Adds what was merged: a key of the mapping itself wins over a merged one, and an earlier merge over a later one.
    ///
    /// That is YAML's rule. In Ruby's Psych and in `yq`, a merged key wins over a key that stands before the `<<`.
    pub(super) fn take_merged(&mut self, open: &mut OpenMapping) {
        let own = open.entries.len();
        for merged in std::mem::take(&mut open.merged) {
            let Some(index) = open.seen.index_of(&merged.key, &open.entries) else {
                open.entries.push(merged);
                continue;
            };
            let known = open.entries.get(index).filter(|_| index < own);
            let (Some(known), Some(merge)) = (known, open.merge) else { continue };
            let text = |node: &Node| self.text.get(node.span.start..node.span.end);
            if known.key_span.start > merge.start
                || Rc::ptr_eq(&known.value, &merged.value)
                || text(&known.value) == text(&merged.value)
            {
                continue;
            }
            let key = merged.key.escape_debug();
            self.findings.push(
                Finding::error(
                    Code::DuplicateKey,
                    merge,
                    format!("the key `{key}` stands before `<<`, which brings another one"),
                )
                .label("some readers take the one that is merged")
                .also(known.key_span, "others take this one")
                .also(merged.key_span, "merged from here")
                .help("write `<<` as the first key of the mapping: then all readers take what follows it"),
            );
        }
    }
}

impl OpenMapping {
    /// Where an earlier key stands that some reader takes for the same key, although it is written in another way.
    fn same_as(&mut self, key: &Key, turned: Option<&str>) -> Option<Span> {
        let written = turned.and_then(|text| self.seen.index_of(text, &self.entries));
        let written = written.and_then(|index| self.entries.get(index)).map(|entry| entry.key_span);
        written.or_else(|| self.turned.get(turned.unwrap_or(&key.text)).copied())
    }
}

/// The text that readers make of a plain key that is a number, a boolean or null: `31` for `0x1F`. `None` if the text is the same.
fn turned(text: &str) -> Option<String> {
    let turned = match resolve(text) {
        Scalar::String(_) => return None,
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Float(value) => value.to_string(),
    };
    (turned != text).then_some(turned)
}

/// The finding for a `<<` that is no merge key here but is one for other readers.
pub(crate) fn quoted_merge(key: &str, span: Span, value: &Node) -> Option<Finding> {
    let mergeable = || {
        value.entries().is_some()
            || value.items().is_some_and(|items| items.iter().any(|item| item.entries().is_some()))
    };
    (key == "<<" && mergeable()).then(|| {
        Finding::error(Code::ParseError, span, "the key `<<` is quoted")
            .label("to some readers a key like any other, to others a merge")
            .help("write it without quotes to merge, or give the key another name")
    })
}
