//! Scalars: where they end.

use super::{End, Plain};

impl Plain<'_> {
    /// The end of a scalar, or of a collection in brackets. `parent` is the column of the collection that holds it, and `open` how many
    /// collections are open.
    pub(super) fn end_of_scalar(&self, at: usize, parent: usize, open: usize) -> Option<End> {
        match self.bytes.get(at)? {
            b'"' => self.double_quoted(at, parent).map(End::exact),
            b'\'' => self.single_quoted(at, parent).map(End::exact),
            b'[' | b'{' => self.flow(at, parent, open).map(End::exact),
            b'|' | b'>' => self.block_scalar(at, parent),
            _ => self.plain(at, parent),
        }
    }

    /// Whether a plain scalar may start here. Some that may, are left to the parser.
    pub(super) fn starts_plain(&self, at: usize) -> bool {
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.first() {
            Some(b'-') => !self.is_blank(at + 1) && !rest.starts_with(b"---"),
            Some(b'.') => !rest.starts_with(b"..."),
            Some(
                b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
                | b'%' | b'@' | b'`' | b' ' | b'\n' | b'\t',
            )
            | None => false,
            Some(_) => true,
        }
    }

    /// The end of what could be a plain key: the colon with a space or the end of the line behind it. `Some(None)` without
    /// such a colon on the line.
    pub(super) fn colon(&self, at: usize) -> Option<Option<usize>> {
        let mut here = at;
        loop {
            match self.bytes.get(here) {
                None | Some(b'\n') => return Some(None),
                Some(b'#') if here > at && self.bytes.get(here - 1) == Some(&b' ') => return Some(None),
                Some(b':') if self.is_blank(here + 1) => return Some(Some(here)),
                Some(b'\t') => return None,
                Some(_) => here += 1,
            }
        }
    }

    /// The end of a string in quotes that is as simple as keys are: on one line, without an escape.
    pub(super) fn simple_quoted(&self, at: usize, quote: u8) -> Option<usize> {
        let mut end = at + 1;
        loop {
            match *self.bytes.get(end)? {
                b'\n' | b'\t' | b'\\' => return None,
                byte if byte == quote => {
                    return (self.bytes.get(end + 1) != Some(&quote)).then_some(end + 1);
                }
                _ => end += 1,
            }
        }
    }

    /// A plain scalar goes on in every line that is indented by more than the collection that holds it.
    fn plain(&self, at: usize, parent: usize) -> Option<End> {
        if !self.starts_plain(at) {
            return None;
        }
        let mut start = at;
        loop {
            let (end, comment) = self.plain_line(start)?;
            let line = self.end_of_line(end);
            let next = self.after_blank(line);
            let column = self.column(next);
            // Behind a comment a scalar does not go on. What stands there is looked at by whoever asks for the next line.
            if comment || self.bytes.get(next).is_none_or(|byte| *byte == b'#') || column <= parent {
                return Some(End::exact(end));
            }
            start = next;
        }
    }

    /// The end of a plain scalar's text on this line, and whether a comment follows.
    fn plain_line(&self, start: usize) -> Option<(usize, bool)> {
        let mut at = start;
        // Behind the last byte that is no space.
        let mut end = start;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n') => return Some((end, false)),
                Some(b'\t') => return None,
                Some(b':') if self.is_blank(at + 1) => return None,
                Some(b'#') if at > end => return Some((end, true)),
                Some(b' ') => {}
                Some(_) => end = at + 1,
            }
            at += 1;
        }
    }

    /// How far a byte stands from the start of its line.
    fn column(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 && self.bytes.get(start - 1).is_some_and(|byte| *byte != b'\n') {
            start -= 1;
        }
        at - start
    }

    /// The first byte of a string's or a bracket's next line that is not blank, which has to be indented by more than the
    /// collection around it.
    pub(super) fn next_line_of(&self, line: usize, parent: usize) -> Option<usize> {
        let next = self.after_blank(line);
        (self.bytes.get(next).is_some_and(|byte| *byte != b'\t') && self.column(next) > parent).then_some(next)
    }

    pub(super) fn single_quoted(&self, at: usize, parent: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            match *self.bytes.get(at)? {
                b'\'' if self.bytes.get(at + 1) == Some(&b'\'') => at += 2,
                b'\'' => return Some(at + 1),
                b'\n' => at = self.next_line_of(at + 1, parent)?,
                b'\t' => return None,
                _ => at += 1,
            }
        }
    }

    pub(super) fn double_quoted(&self, at: usize, parent: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            match *self.bytes.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => match *self.bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'n' | b'r' | b't' | b'b' => at += 2,
                    b'\n' => at = self.next_line_of(at + 2, parent)?,
                    b'u' => {
                        let digits = self.bytes.get(at + 2..at + 6)?;
                        // Halves of a pair are left to the parser.
                        let is_half = matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
                        if is_half || !digits.iter().all(u8::is_ascii_hexdigit) {
                            return None;
                        }
                        at += 6;
                    }
                    _ => return None,
                },
                b'\n' => at = self.next_line_of(at + 1, parent)?,
                b'\t' => return None,
                _ => at += 1,
            }
        }
    }

    /// `|` and `>`, without a number of spaces. The first line that is not blank tells how far the text is indented.
    fn block_scalar(&self, at: usize, parent: usize) -> Option<End> {
        let header = match self.bytes.get(at + 1) {
            Some(b'-' | b'+') => at + 2,
            _ => at + 1,
        };
        if self.bytes.get(self.after_spaces(header)) != Some(&b'\n') {
            return None;
        }
        let mut start = self.end_of_line(header);
        let first = self.after_blank(start);
        let indent = self.column(first);
        if self.bytes.get(first).is_none_or(|byte| *byte == b'\t') || indent <= parent {
            return None;
        }
        // A blank line before it may not be longer.
        while start + indent < first {
            let blank = self.after_spaces(start);
            if self.bytes.get(blank) == Some(&b'\n') && blank - start > indent {
                return None;
            }
            start = self.end_of_line(blank);
        }
        let mut start = first - indent;
        let mut cut = first;
        loop {
            let content = self.after_spaces(start);
            let column = content - start;
            match self.bytes.get(content) {
                // The parser takes the spaces behind the text to it.
                None => return (column <= indent).then_some(End { cut, end: content }),
                Some(b'\n') if column <= indent => start = content + 1,
                Some(b'\t') if column < indent => return None,
                Some(_) if column < indent => {
                    return (column <= parent).then_some(End { cut, end: content });
                }
                Some(_) => {
                    start = self.end_of_line(content);
                    cut = if self.bytes.get(start - 1) == Some(&b'\n') { start - 1 } else { start };
                }
            }
        }
    }
}
