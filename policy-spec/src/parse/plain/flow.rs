//! Collections in brackets, as examples and short lists have them.

use super::{LONGEST_KEY, Plain, is_number};
use crate::passage::Keys;
use crate::tree::{Scalar, resolve};

impl Plain<'_> {
    /// The end of a collection in brackets. Every line of it has to be indented by more than the collection around it.
    pub(super) fn flow(&self, at: usize, parent: usize, open: usize) -> Option<usize> {
        if open >= self.depth {
            return None;
        }
        let mapping = self.bytes.get(at) == Some(&b'{');
        let close = if mapping { b'}' } else { b']' };
        let mut keys = Keys::default();
        let mut at = self.after_flow_space(at + 1, parent)?;
        if self.bytes.get(at) == Some(&close) {
            return Some(at + 1);
        }
        loop {
            if mapping {
                let (key, after) = self.flow_key(at)?;
                if !keys.insert(key) {
                    return None;
                }
                at = self.after_flow_space(after, parent)?;
            }
            at = match self.bytes.get(at)? {
                b'"' => self.double_quoted(at, parent)?,
                b'\'' => self.single_quoted(at, parent)?,
                b'[' | b'{' => self.flow(at, parent, open + 1)?,
                _ => self.flow_plain(at)?,
            };
            at = self.after_flow_space(at, parent)?;
            match *self.bytes.get(at)? {
                byte if byte == close => return Some(at + 1),
                b',' => at = self.after_flow_space(at + 1, parent)?,
                _ => return None,
            }
        }
    }

    /// The first byte that is no white space. Comments are left to the parser.
    fn after_flow_space(&self, at: usize, parent: usize) -> Option<usize> {
        let at = self.after_spaces(at);
        if self.bytes.get(at) == Some(&b'\n') { self.next_line_of(at + 1, parent) } else { Some(at) }
    }

    /// The text of a key, and the byte after its colon.
    fn flow_key(&self, at: usize) -> Option<(&[u8], usize)> {
        let quote = *self.bytes.get(at)?;
        let (text, colon) = if matches!(quote, b'"' | b'\'') {
            let end = self.simple_quoted(at, quote)?;
            (self.text.get(at + 1..end - 1)?, end)
        } else {
            let end = self.flow_plain_end(at)?;
            let text = self.text.get(at..end)?;
            if self.bytes.get(end) != Some(&b':') || !matches!(resolve(text), Scalar::String(_)) && !is_number(text) {
                return None;
            }
            (text, end)
        };
        let is_usual = text != "<<" && text.len() <= LONGEST_KEY;
        let is_key = self.bytes.get(colon) == Some(&b':') && self.is_blank(colon + 1);
        (is_usual && is_key).then_some((text.as_bytes(), colon + 1))
    }

    /// The end of a plain scalar on one line.
    fn flow_plain(&self, at: usize) -> Option<usize> {
        let end = self.flow_plain_end(at)?;
        (self.bytes.get(end) != Some(&b':')).then_some(end)
    }

    /// The end of a plain scalar, where a space, a comma, a bracket or a colon stands, as far as it is surely one.
    fn flow_plain_end(&self, at: usize) -> Option<usize> {
        if !self.starts_plain(at) || self.bytes.get(at) == Some(&b'-') {
            return None;
        }
        let mut here = at;
        // Behind the last byte that is no space.
        let mut end = at;
        loop {
            match self.bytes.get(here)? {
                b'\n' | b',' | b']' | b'}' => return Some(end),
                b':' if self.is_blank(here + 1) => return (here == end).then_some(here),
                b'\t' | b'[' | b'{' | b'#' => return None,
                b':' if matches!(self.bytes.get(here + 1), Some(b',' | b'[' | b']' | b'{' | b'}')) => return None,
                b' ' => {}
                _ => end = here + 1,
            }
            here += 1;
        }
    }
}
