//! A column of texts in a generated table: all of them one after the other in one text, and where each of them ends.
//!
//! A list of `&str` would take 16 bytes and a relocation for each.

/// One text for each row of the table, or no text for any row.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TextColumn {
    text: &'static str,
    ends: &'static [u32],
}

impl TextColumn {
    /// A column without texts.
    pub const NONE: Self = Self { text: "", ends: &[] };

    /// The texts one after the other, and where each of them ends.
    #[must_use]
    pub const fn new(text: &'static str, ends: &'static [u32]) -> Self {
        Self { text, ends }
    }

    pub(crate) const fn at(self, index: usize) -> &'static str {
        let begin = if index == 0 { 0 } else { number(self.ends, index - 1) };
        slice(self.text, begin, number(self.ends, index))
    }

    pub(crate) const fn optional(self, index: usize) -> Option<&'static str> {
        let text = self.at(index);
        if text.is_empty() { None } else { Some(text) }
    }

    pub(crate) const fn len(self) -> usize {
        self.ends.len()
    }
}

pub(crate) const fn slice(text: &'static str, begin: usize, end: usize) -> &'static str {
    match text.split_at_checked(end) {
        Some((before, _)) => match before.split_at_checked(begin) {
            Some((_, slice)) => slice,
            None => "",
        },
        None => "",
    }
}

#[inline]
pub(crate) const fn number(column: &[u32], index: usize) -> usize {
    match column.split_at_checked(index) {
        Some((_, [number, ..])) => *number as usize,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_at_its_place_and_nothing_elsewhere() {
        let column = TextColumn::new("abcé", &[2, 2, 3, 5]);
        assert_eq!([0, 1, 2, 3, 4, 9].map(|place| column.at(place)), ["ab", "", "c", "é", "", ""]);
        assert_eq!([0, 1, 4].map(|place| column.optional(place)), [Some("ab"), None, None]);
        assert_eq!((column.len(), TextColumn::NONE.len(), TextColumn::NONE.at(0)), (4, 0, ""));
    }

    #[test]
    fn a_slice_that_is_none_is_empty() {
        let slices = [(0, 2, "ab"), (1, 3, "bc"), (2, 2, ""), (3, 2, ""), (0, 6, ""), (3, 4, ""), (3, 5, "é")];
        for (begin, end, expected) in slices {
            assert_eq!(slice("abcé", begin, end), expected, "{begin}..{end}");
        }
        assert_eq!([0, 1, 2].map(|place| number(&[7, 8], place)), [7, 8, 0]);
    }
}
