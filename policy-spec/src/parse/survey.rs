//! Finding values in YAML that need not be read: where does each of them start and end, and is it sound?
//!
//! Most of a large document is plain: mappings and lists by indentation, scalars, and brackets in an example. This knows
//! that part of YAML and no more. Anchors, aliases, tags, merge keys, explicit keys, tabs between tokens, keys that readers
//! turn into another text: at the first of them it stops, and the parser reads everything from there on. So it may know too
//! little, and must never be wrong: what it passes over, the parser would have read without a finding.
//!
//! A property test compares the trees that come out with and without it.

mod flow;
mod line;
mod scalar;
#[cfg(test)]
mod tests;

use crate::late::is_late;
use crate::passage::Keys;
use crate::tree::{Scalar, resolve};

/// Deeper nesting is left to the parser, which does not recurse.
const DEPTH: usize = 100;
/// YAML allows a key 1,024 characters.
const LONGEST_KEY: usize = 1_000;

/// A value that need not be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// Its first byte.
    pub(super) start: usize,
    /// Where its text ends. What follows on the line is white space or a comment.
    pub(super) cut: usize,
    /// Where the parser says that it ends.
    pub(super) end: usize,
}

/// Where a value ends.
#[derive(Clone, Copy)]
struct End {
    cut: usize,
    /// Where the parser says that it ends, if that is known here.
    end: Option<usize>,
}

impl End {
    fn exact(at: usize) -> Self {
        Self { cut: at, end: Some(at) }
    }

    fn unknown(at: usize) -> Self {
        Self { cut: at, end: None }
    }
}

/// A key, and the byte after its colon.
struct Key<'t> {
    text: &'t str,
    after: usize,
}

/// In every method, `None` says that something is not understood.
pub(super) struct Survey<'t> {
    text: &'t str,
    bytes: &'t [u8],
    depth: usize,
    passed: Vec<Passed>,
}

impl<'t> Survey<'t> {
    /// What can be passed over in a document, in its order.
    pub(super) fn document(text: &'t str, depth: usize) -> Vec<Passed> {
        let mut survey = Self::new(text, depth);
        if line::is_readable(text) {
            // Where it stops does not matter: what was passed over before stays so.
            let _ = survey.whole();
        }
        survey.passed
    }

    /// The collections that can be passed over directly in a value, which was passed over before, and where the next line
    /// that is not blank starts after it.
    pub(super) fn value(text: &'t str, start: usize, column: usize, depth: usize) -> (Vec<Passed>, usize) {
        let mut survey = Self::new(text, depth);
        let end = survey.block(start, column, 0, true).flatten();
        let end = end.map_or(text.len(), |end| survey.after_blank(survey.end_of_line(end.cut)));
        (survey.passed, end)
    }

    fn new(text: &'t str, depth: usize) -> Self {
        Self { text, bytes: text.as_bytes(), depth: depth.min(DEPTH), passed: Vec::new() }
    }

    fn whole(&mut self) -> Option<()> {
        let mut first = self.first_line(0)?;
        if self.text.get(first.at..).is_some_and(|rest| rest.starts_with("---\n")) && first.column == Some(0) {
            first = self.first_line(first.at + "---\n".len())?;
        }
        self.is_inside(first).then_some(())?;
        self.key(first.at)??;
        self.mapping(first.at, first.column?, 0, false).map(|_| ())
    }

    /// A collection without brackets that starts here, in `open` others. `Some(None)` when something else starts here.
    /// With `all`, each collection directly in it is passed over, and otherwise those that are read late.
    fn block(&mut self, at: usize, column: usize, open: usize, all: bool) -> Option<Option<End>> {
        if self.is_dash(at) {
            self.sequence(at, column, open, all).map(Some)
        } else if self.key(at)?.is_some() {
            self.mapping(at, column, open, all).map(Some)
        } else {
            Some(None)
        }
    }

    fn mapping(&mut self, mut at: usize, column: usize, open: usize, all: bool) -> Option<End> {
        if open >= self.depth {
            return None;
        }
        let mut keys = Keys::default();
        loop {
            let before = self.passed.len();
            let key = self.key(at)??;
            if !keys.insert(key.text.as_bytes()) {
                return None;
            }
            let value = self.after_spaces(key.after);
            let end = if self.is_end_of_line(value) {
                let next = self.line(key.after)?;
                if next.column > Some(column) {
                    self.below(next, column, open + 1, all || is_late(key.text))?
                } else if next.column == Some(column) && self.is_dash(next.at) {
                    self.sequence(next.at, column, open + 1, false)?
                } else {
                    End::unknown(key.after)
                }
            } else {
                self.scalar(value, column, open + 1)?
            };
            let next = self.after(end, column, before)?;
            if next.column < Some(column) || self.is_dash(next.at) {
                return Some(end);
            }
            at = next.at;
        }
    }

    fn sequence(&mut self, mut at: usize, column: usize, open: usize, all: bool) -> Option<End> {
        if open >= self.depth {
            return None;
        }
        loop {
            let before = self.passed.len();
            let item = self.after_spaces(at + 1);
            let end = if self.is_end_of_line(item) {
                let next = self.line(at + 1)?;
                if next.column > Some(column) {
                    self.below(next, column, open + 1, all)?
                } else {
                    End::unknown(at + 1)
                }
            } else {
                self.at_column(item, column + (item - at), column, open + 1, all)?
            };
            let next = self.after(end, column, before)?;
            // Behind the last item, the mapping in which the list stands goes on, or there is something wrong.
            if next.column < Some(column) || !self.is_dash(next.at) {
                return Some(end);
            }
            at = next.at;
        }
    }

    /// The line after a value, which belongs to the collection in this column or to one further left. Otherwise the value
    /// is not what it seemed to be, and what was passed over in it since `before` has to be read.
    fn after(&mut self, value: End, column: usize, before: usize) -> Option<line::Line> {
        let line = self.line(value.cut).filter(|line| line.column <= Some(column));
        if line.is_none() {
            self.passed.truncate(before);
        }
        line
    }

    /// A value on lines of its own.
    fn below(&mut self, line: line::Line, parent: usize, open: usize, late: bool) -> Option<End> {
        self.at_column(line.at, line.column?, parent, open, late)
    }

    /// A value in a column. `parent` is the column of the collection that holds it.
    fn at_column(&mut self, at: usize, column: usize, parent: usize, open: usize, late: bool) -> Option<End> {
        let before = self.passed.len();
        let Some(end) = self.block(at, column, open, false)? else { return self.scalar(at, parent, open) };
        if let (true, Some(last)) = (late, end.end) {
            // What was found in it goes with it.
            self.passed.truncate(before);
            self.passed.push(Passed { start: at, cut: end.cut, end: last });
        }
        Some(end)
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
                (self.text.get(at..end)?.trim_end_matches(' '), end, true)
            }
        };
        let colon = self.after_spaces(end);
        if self.bytes.get(colon) != Some(&b':') || !self.is_blank(colon + 1) {
            return Some(None);
        }
        let is_usual = text.len() <= LONGEST_KEY
            && text != "<<"
            && (!plain || self.starts_plain(at) && matches!(resolve(text), Scalar::String(_)) || is_number(text));
        is_usual.then_some(Some(Key { text, after: colon + 1 }))
    }
}

/// Whether a key is a number that all readers turn into this very text, as the `200` of a response.
fn is_number(key: &str) -> bool {
    matches!(key.len(), 1..=9) && !key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit())
}
