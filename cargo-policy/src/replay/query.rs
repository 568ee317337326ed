//! The names of a line's query, as a query that has the same names.

use std::fmt::Write as _;

use super::line::{Line, Text};

/// The names that are known, and whether others are not.
pub(super) struct Names {
    query: Option<String>,
    /// A name was cut, or a character of it is shown as an escape.
    is_cut: bool,
    /// A name has a character that stands for bytes that are no text, or is such a character.
    is_unreadable: bool,
}

impl Names {
    /// The names of a line. `None` where they were not logged.
    ///
    /// # Errors
    /// The member has another form.
    pub(super) fn read(line: &Line<'_>) -> Result<Option<Self>, String> {
        let Some(text) = line.query_names else { return Ok(None) };
        let mut names = Self { query: None, is_cut: line.query_names_cut, is_unreadable: false };
        // Most requests have no query.
        if text == "[]" {
            return Ok(Some(names));
        }
        let list: Vec<Text<'_>> = serde_json::from_str(text).map_err(|error| format!("`query_names`: {error}"))?;
        let mut query = String::new();
        for name in &list {
            names.is_unreadable |= name.contains('\u{fffd}');
            if name.ends_with('…') || name.contains(['\\', '\u{fffd}']) {
                names.is_cut = true;
            } else {
                push(name, &mut query);
            }
        }
        names.query = Some(query).filter(|query| !query.is_empty());
        Ok(Some(names))
    }

    /// A query with the names that are known.
    pub(super) fn known(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Whether an operation that accepts the known names accepts all. `takes_any`: it accepts every name that is text.
    pub(super) fn are_enough(&self, takes_any: bool) -> bool {
        !self.is_cut || takes_any && !self.is_unreadable
    }
}

/// Adds a name, percent-encoded. The `=` makes an empty one a name, too.
fn push(name: &str, query: &mut String) {
    if !query.is_empty() {
        query.push('&');
    }
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => query.push(char::from(byte)),
            // Writing to a string does not fail.
            _ => {
                let _ = write!(query, "%{byte:02X}");
            }
        }
    }
    query.push('=');
}

#[cfg(test)]
mod tests {
    use policy_core::QueryKey;

    use super::push;

    #[test]
    fn a_name_is_read_as_it_was_logged() {
        let names = ["limit", "", "a b", "filter[x]", "é😀", "a&b=c%41+", "x;y"];
        let mut query = String::new();
        names.iter().for_each(|name| push(name, &mut query));
        assert!(QueryKey::all(&query).map(|key| key.decoded()).eq(names));
    }
}
