//! Lines, and what stands between two values.

use super::Plain;

/// A place with something that is neither blank nor a comment.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) at: usize,
    /// How many spaces stand before it; nothing at the end of the text, which is further left than any column.
    pub(super) column: Option<usize>,
}

/// Whether every character of a text is one that YAML allows and that ends a line for all or for none: no carriage return,
/// no control character, none of Unicode's own line ends, no byte order mark.
pub(super) fn is_readable(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_fine = |(at, byte): (usize, &u8)| match *byte {
        b' '..=b'~' | b'\n' | b'\t' => true,
        // U+0080 to U+009F.
        0xc2 => bytes.get(at + 1).is_some_and(|next| *next >= 0xa0),
        // U+2028, U+2029.
        0xe2 => bytes.get(at + 1..at + 3).is_none_or(|next| next != [0x80, 0xa8] && next != [0x80, 0xa9]),
        // U+FEFF, U+FFFE, U+FFFF.
        0xef => bytes.get(at + 1..at + 3).is_none_or(|next| !matches!(next, [0xbb, 0xbf] | [0xbf, 0xbe | 0xbf])),
        byte => byte >= 0x80,
    };
    bytes.iter().enumerate().all(is_fine)
}

impl Plain<'_> {
    pub(super) fn after_spaces(&self, mut at: usize) -> usize {
        while self.bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }

    /// The byte after the line that holds this one.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        rest.find('\n').map_or(self.bytes.len(), |end| at + end + 1)
    }

    /// The first byte, from the start of a line on, that is neither a space nor the end of a line.
    pub(super) fn after_blank(&self, mut at: usize) -> usize {
        while matches!(self.bytes.get(at), Some(b' ' | b'\n')) {
            at += 1;
        }
        at
    }

    /// Whether a space or the end of a line stands here.
    pub(super) fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b' ' | b'\n'))
    }

    /// Whether the line ends here, or has nothing more than a comment. Before `at` stands a space, or else a colon or dash
    /// with a space or the end of the line behind it.
    pub(super) fn is_end_of_line(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b'\n' | b'#'))
    }

    /// Whether an item of a list starts here.
    pub(super) fn is_dash(&self, at: usize) -> bool {
        self.bytes.get(at) == Some(&b'-') && self.is_blank(at + 1)
    }

    /// The next line with something. Behind a value nothing else may stand on its line.
    pub(super) fn line(&self, at: usize) -> Option<Line> {
        let end = self.after_spaces(at);
        let is_over = match self.bytes.get(end) {
            None | Some(b'\n') => true,
            Some(b'#') => end > at,
            Some(_) => false,
        };
        if is_over { self.first_line(self.end_of_line(end)).filter(|line| self.is_inside(*line)) } else { None }
    }

    /// The first line with something, from the start of a line on.
    pub(super) fn first_line(&self, mut start: usize) -> Option<Line> {
        loop {
            let at = self.after_spaces(start);
            match self.bytes.get(at) {
                None => return Some(Line { at, column: None }),
                Some(b'\n') => start = at + 1,
                Some(b'#') => start = self.end_of_line(at),
                Some(b'\t') => return None,
                Some(_) => return Some(Line { at, column: Some(at - start) }),
            }
        }
    }

    /// Whether a line is neither a directive nor the start or the end of a document.
    pub(super) fn is_inside(&self, line: Line) -> bool {
        let rest = self.bytes.get(line.at..).unwrap_or_default();
        line.column != Some(0) || !(rest.starts_with(b"---") || rest.starts_with(b"...") || rest.starts_with(b"%"))
    }
}
