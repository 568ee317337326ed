//! A text without the values that are read late. Each of them is one character there, so that the parser of YAML, which has
//! no way to pass over anything, does not see what is in it.
//!
//! `responses:` with a hundred lines below it becomes `responses:` and, on the next line, `~`. Places in what is left are
//! turned into places in the file.

use std::borrow::Cow;

use super::survey::{Passed, Survey};
use crate::source::Span;

/// What stands for a value: YAML's `null`.
const MARK: &str = "~";

pub(super) struct Reduced<'t> {
    text: Cow<'t, str>,
    /// The byte of the file at which the text starts.
    base: usize,
    cuts: Vec<Cut>,
}

/// A value that was cut out.
struct Cut {
    /// Where its mark stands.
    mark: usize,
    passed: Passed,
}

impl<'t> Reduced<'t> {
    /// A whole file.
    pub(super) fn document(text: &'t str, depth: usize) -> Self {
        let passed = Survey::document(text, depth);
        if passed.is_empty() {
            return Self::untouched(text);
        }
        Self::cut(text, 0..text.len(), 0, passed)
    }

    /// A whole file, of which nothing is left out.
    pub(super) fn untouched(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), base: 0, cuts: Vec::new() }
    }

    /// One value of a file, passed over before.
    pub(super) fn value(text: &'t str, span: Span, depth: usize) -> Self {
        let before = text.get(..span.start).unwrap_or("");
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let (passed, end) = Survey::value(text, span.start, column, depth);
        Self::cut(text, span.start..end, column, passed)
    }

    /// The text of a range that starts in a column, without what was passed over. Before it stand spaces: indentation has
    /// a meaning.
    fn cut(text: &str, range: std::ops::Range<usize>, column: usize, passed: Vec<Passed>) -> Self {
        let mut reduced = " ".repeat(column);
        let base = range.start - column;
        let mut at = range.start;
        let mut cuts = Vec::with_capacity(passed.len());
        for passed in passed {
            reduced.push_str(text.get(at..passed.start).unwrap_or(""));
            at = passed.cut;
            cuts.push(Cut { mark: reduced.len(), passed });
            reduced.push_str(MARK);
        }
        reduced.push_str(text.get(at..range.end).unwrap_or(""));
        Self { text: Cow::Owned(reduced), base, cuts }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the file of a place in this text.
    pub(super) fn original(&self, at: usize) -> usize {
        let after = self.cuts.partition_point(|cut| cut.mark < at);
        match after.checked_sub(1).and_then(|last| self.cuts.get(last)) {
            Some(cut) => cut.passed.cut + (at - cut.mark - MARK.len()),
            None => self.base + at,
        }
    }

    /// Where the value ends for which a scalar stands, if it stands for one.
    pub(super) fn passed(&self, scalar: &str, at: usize) -> Option<usize> {
        if scalar != MARK {
            return None;
        }
        let cut = self.cuts.binary_search_by_key(&at, |cut| cut.mark).ok()?;
        self.cuts.get(cut).map(|cut| cut.passed.end)
    }
}
