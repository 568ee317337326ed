//! The plain part of YAML, read line by line, in which values that are read late are passed over.
//!
//! The parser of YAML sees every character, and has no way to pass over anything. Most of a large document is plain:
//! mappings and lists by indentation, scalars, and brackets in an example. This knows that part and no more. Anchors,
//! aliases, tags, merge keys, explicit keys, tabs between tokens, keys that readers turn into another text, mistakes: at the
//! first of them it gives up, and the parser reads the whole file. So it may know too little, and must never be wrong: what
//! it reads, the parser would have read to the same tree, without a finding.
//!
//! A property test compares the trees.

mod flow;
mod line;
mod scalar;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::Builder;
use crate::late::{LateText, is_late};
use crate::passage::Keys;
use crate::settings::Limits;
use crate::source::Span;
use crate::tree::{Entry, Kind, Node, Scalar, resolve};

/// Deeper nesting is left to the parser, which does not recurse.
const DEPTH: usize = 100;
/// YAML allows a key 1,024 characters.
const LONGEST_KEY: usize = 1_000;

/// Where a value ends.
#[derive(Clone, Copy)]
struct End {
    cut: usize,
    /// Where the parser says that it ends.
    end: usize,
}

impl End {
    fn exact(at: usize) -> Self {
        Self { cut: at, end: at }
    }
}

struct Key<'t> {
    text: &'t str,
    /// The byte after it, with its quotes.
    end: usize,
    /// The byte after its colon.
    after: usize,
}

/// A value and its end; no node where values are passed over.
type Value = (End, Option<Rc<Node>>);

/// What becomes of the values in a collection.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// They are read, but for those of [certain keys](is_late).
    Read,
    /// Every collection is read late.
    Late,
    /// They are only looked through. What passes here has to be readable later: no other mode may give up where this does
    /// not.
    Pass,
}

/// In every method, `None` says that something is not understood.
pub(super) struct Plain<'t> {
    late: &'t Rc<LateText>,
    text: &'t str,
    bytes: &'t [u8],
    depth: usize,
}

impl<'t> Plain<'t> {
    pub(super) fn new(late: &'t Rc<LateText>) -> Self {
        Self { late, text: &late.text, bytes: late.text.as_bytes(), depth: late.depth.min(DEPTH) }
    }

    /// A whole document.
    pub(super) fn document(&self) -> Option<Rc<Node>> {
        line::is_readable(self.text).then_some(())?;
        let mut first = self.first_line(0)?;
        if self.text.get(first.at..).is_some_and(|rest| rest.starts_with("---\n")) && first.column == Some(0) {
            first = self.first_line(first.at + "---\n".len())?;
        }
        self.is_inside(first).then_some(())?;
        self.key(first.at)??;
        let (end, entries) = self.mapping(first.at, first.column?, 0, Mode::Read)?;
        self.line(end.cut)?.column.is_none().then_some(())?;
        Some(Rc::new(Node::new(self.span(first.at, end.end), Kind::Mapping(entries))))
    }

    /// A collection that was passed over before.
    pub(super) fn collection(&self, start: usize) -> Option<Kind> {
        let before = self.text.get(..start)?;
        let column = start - before.rfind('\n').map_or(0, |at| at + 1);
        if self.is_dash(start) {
            self.sequence(start, column, 0, Mode::Late).map(|(_, items)| Kind::Sequence(items))
        } else {
            self.mapping(start, column, 0, Mode::Late).map(|(_, entries)| Kind::Mapping(entries))
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.late.file, start, end }
    }

    /// A mapping without brackets. `column` is where its keys stand, and `open` how many collections it stands in.
    fn mapping(&self, mut at: usize, column: usize, open: usize, mode: Mode) -> Option<(End, Vec<Entry>)> {
        if open >= self.depth {
            return None;
        }
        let (mut keys, mut entries) = (Keys::default(), Vec::new());
        loop {
            let key = self.key(at)??;
            if !keys.insert(key.text.as_bytes()) {
                return None;
            }
            let value = self.after_spaces(key.after);
            let (end, node) = if self.is_end_of_line(value) {
                let next = self.line(key.after)?;
                let late = mode == Mode::Late || is_late(key.text);
                if next.column > Some(column) {
                    self.at_column(next.at, next.column?, column, open + 1, (mode, late))?
                } else if next.column == Some(column) && self.is_dash(next.at) {
                    self.list_of_key(next.at, column, open + 1, mode)?
                } else {
                    self.nothing(key.after, mode)
                }
            } else {
                self.scalar(value, column, open + 1, mode)?
            };
            if let Some(value) = node {
                let key_span = self.span(at, key.end);
                entries.push(Entry { key: key.text.to_owned(), key_span, value });
            }
            let next = self.line(end.cut).filter(|next| next.column <= Some(column))?;
            if next.column < Some(column) || self.is_dash(next.at) {
                return Some((end, entries));
            }
            at = next.at;
        }
    }

    /// A list without brackets.
    fn sequence(&self, mut at: usize, column: usize, open: usize, mode: Mode) -> Option<(End, Vec<Rc<Node>>)> {
        if open >= self.depth {
            return None;
        }
        let mut items = Vec::new();
        loop {
            let item = self.after_spaces(at + 1);
            let late = mode == Mode::Late;
            let (end, node) = if self.is_end_of_line(item) {
                // An item that holds nothing is left to the parser.
                let next = self.line(at + 1).filter(|next| next.column > Some(column))?;
                self.at_column(next.at, next.column?, column, open + 1, (mode, late))?
            } else {
                self.at_column(item, column + (item - at), column, open + 1, (mode, late))?
            };
            items.extend(node);
            let next = self.line(end.cut).filter(|next| next.column <= Some(column))?;
            // Behind the last item, the mapping in which the list stands goes on, or there is something wrong.
            if next.column < Some(column) || !self.is_dash(next.at) {
                return Some((end, items));
            }
            at = next.at;
        }
    }

    /// A list that stands in the column of its key. To the parser it starts at its first item, not at that item's dash.
    fn list_of_key(&self, at: usize, column: usize, open: usize, mode: Mode) -> Option<Value> {
        let inner = if mode == Mode::Pass { Mode::Pass } else { Mode::Read };
        let (end, items) = self.sequence(at, column, open, inner)?;
        let start = self.after_spaces(at + 1);
        // An item on a line of its own is left to the parser.
        if self.is_end_of_line(start) {
            return None;
        }
        if mode == Mode::Pass {
            return Some((end, None));
        }
        Some((end, Some(Rc::new(Node::new(self.span(start, end.end), Kind::Sequence(items))))))
    }

    /// A value in a column. `parent` is the column of the collection that holds it, and has this mode. `late` when a
    /// collection here is read late.
    fn at_column(
        &self,
        at: usize,
        column: usize,
        parent: usize,
        open: usize,
        (mode, late): (Mode, bool),
    ) -> Option<Value> {
        let inner = if late || mode == Mode::Pass { Mode::Pass } else { Mode::Read };
        let (end, kind) = if self.is_dash(at) {
            let (end, items) = self.sequence(at, column, open, inner)?;
            (end, Kind::Sequence(items))
        } else if self.key(at)?.is_some() {
            let (end, entries) = self.mapping(at, column, open, inner)?;
            (end, Kind::Mapping(entries))
        } else {
            return self.scalar(at, parent, open, mode);
        };
        if mode == Mode::Pass {
            return Some((end, None));
        }
        let span = self.span(at, end.end);
        let node = if late { Node::late(span, Rc::clone(self.late)) } else { Node::new(span, kind) };
        Some((end, Some(Rc::new(node))))
    }

    /// What a key has for a value when nothing follows its colon. To the parser it stands before the colon.
    fn nothing(&self, after: usize, mode: Mode) -> Value {
        let kind = Kind::Scalar { text: "~".to_owned(), plain: true };
        let node = (mode != Mode::Pass).then(|| Rc::new(Node::new(self.span(after - 1, after - 1), kind)));
        (End { cut: after, end: after - 1 }, node)
    }

    /// A scalar, or a collection in brackets.
    fn scalar(&self, at: usize, parent: usize, open: usize, mode: Mode) -> Option<Value> {
        let end = self.end_of_scalar(at, parent, open)?;
        if mode == Mode::Pass {
            return Some((end, None));
        }
        let text = self.text.get(at..end.cut)?;
        let quote = *self.bytes.get(at)?;
        let one_line = !text.contains('\n');
        let kind = match quote {
            b'"' | b'\'' if self.simple_quoted(at, quote) == Some(end.cut) => {
                Kind::Scalar { text: self.text.get(at + 1..end.cut - 1)?.to_owned(), plain: false }
            }
            // What has more than one line or an escape, and brackets.
            b'"' | b'\'' | b'[' | b'{' | b'|' | b'>' => return Some((end, Some(self.parsed(at, end.end)?))),
            _ if !one_line => return Some((end, Some(self.parsed(at, end.end)?))),
            _ => Kind::Scalar { text: text.to_owned(), plain: true },
        };
        Some((end, Some(Rc::new(Node::new(self.span(at, end.cut), kind)))))
    }

    /// A part of the text, as the parser reads it by itself.
    fn parsed(&self, start: usize, end: usize) -> Option<Rc<Node>> {
        let mut findings = Vec::new();
        let limits = Limits { depth: self.late.depth, ..Limits::default() };
        let root = Builder::new(self.late, start..end, limits, &mut findings).read();
        root.filter(|_| findings.is_empty())
    }

    /// The key that starts here. `Some(None)` when something else starts here.
    fn key(&self, at: usize) -> Option<Option<Key<'t>>> {
        let (text, end, plain) = match self.bytes.get(at)? {
            quote @ (b'"' | b'\'') => {
                let Some(end) = self.simple_quoted(at, *quote) else { return Some(None) };
                (self.text.get(at + 1..end - 1)?, end, false)
            }
            _ => {
                let Some(end) = self.colon(at)? else { return Some(None) };
                let text = self.text.get(at..end)?.trim_end_matches(' ');
                (text, at + text.len(), true)
            }
        };
        let colon = self.after_spaces(end);
        if self.bytes.get(colon) != Some(&b':') || !self.is_blank(colon + 1) {
            return Some(None);
        }
        let is_usual = text.len() <= LONGEST_KEY
            && text != "<<"
            && (!plain || self.starts_plain(at) && matches!(resolve(text), Scalar::String(_)) || is_number(text));
        is_usual.then_some(Some(Key { text, end, after: colon + 1 }))
    }
}

/// Whether a key is a number that all readers turn into this very text, as the `200` of a response.
fn is_number(key: &str) -> bool {
    matches!(key.len(), 1..=9) && !key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit())
}
