//! Text from a request, for a log.

use std::fmt;

/// How many characters of such a text a log holds.
const CHARACTERS: usize = 128;

/// Text from a request, for a log line: at most 128 characters, with control characters escaped.
///
/// ```
/// assert_eq!(policy_http::Bounded("a\nb").to_string(), "a\\nb");
/// assert_eq!(policy_http::Bounded(&"a".repeat(500)).to_string().chars().count(), 129);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bounded<'a>(
    /// The text.
    pub &'a str,
);

impl fmt::Display for Bounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(CHARACTERS) {
            write!(f, "{}", character.escape_debug())?;
        }
        if characters.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// The same limit, for a format that escapes by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a>(pub(crate) &'a str);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(CHARACTERS) {
            None => f.write_str(self.0),
            Some((end, _)) => {
                f.write_str(self.0.get(..end).unwrap_or_default())?;
                f.write_str("…")
            }
        }
    }
}
