//! The names in a query string, against the names that an operation accepts.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::definition::QueryAllowList;
use crate::percent::percent_decoded;

/// How many bytes of a name are shown.
const SHOWN: usize = 128;

/// A name from a request's query string, as it was sent. Displays decoded, shortened and without control characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct QueryKey<'r>(&'r str);

impl<'r> QueryKey<'r> {
    /// The names in a query string, in its order. Pairs are separated by `&`. A `;` is part of a name or a value.
    ///
    /// ```
    /// use policy_core::QueryKey;
    ///
    /// let names: Vec<_> = QueryKey::all("filter%5Bname%5D=a&page").map(|key| key.decoded()).collect();
    /// assert_eq!(names, ["filter[name]", "page"]);
    /// ```
    pub fn all(query: &'r str) -> impl Iterator<Item = Self> {
        let pairs = (!query.is_empty()).then(|| query.split('&'));
        pairs.into_iter().flatten().map(|pair| QueryKey(pair.split('=').next().unwrap_or_default()))
    }

    /// Whether an operation can accept the name at all: it is not empty, and UTF-8 when it is decoded.
    #[must_use]
    pub fn is_acceptable(&self) -> bool {
        !self.0.is_empty() && self.is_utf8()
    }

    /// The name as it stands in the query string.
    #[must_use]
    pub fn raw(&self) -> &'r str {
        self.0
    }

    /// The name, `+` and percent-encoding decoded once. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn decoded(&self) -> Cow<'r, str> {
        if !self.0.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
            return Cow::Borrowed(self.0);
        }
        let bytes: Vec<u8> = self.bytes().collect();
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[inline]
    fn bytes(self) -> impl Iterator<Item = u8> + use<'r> {
        form_decoded(self.0)
    }

    fn is_utf8(self) -> bool {
        // At most four bytes are held at a time: no allocation on the way to a decision.
        let mut pending = [0_u8; 4];
        let mut length = 0;
        for byte in self.bytes() {
            let Some(place) = pending.get_mut(length) else { return false };
            *place = byte;
            length += 1;
            match core::str::from_utf8(pending.get(..length).unwrap_or_default()) {
                Ok(_) => length = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return false,
            }
        }
        length == 0
    }
}

/// The bytes of a name or a value in a query string, with `+` and percent-encoding decoded once (WHATWG URL, section 5.1). The query
/// stage compares these bytes, and a credential in the query is read from them.
#[inline]
pub fn form_decoded(text: &str) -> impl Iterator<Item = u8> + use<'_> {
    percent_decoded(text.as_bytes(), b' ')
}

impl fmt::Display for QueryKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = (0..=SHOWN.min(self.0.len())).rev().find(|end| self.0.is_char_boundary(*end)).unwrap_or_default();
        let shown = QueryKey(self.0.get(..end).unwrap_or_default());
        for character in shown.decoded().chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        if end < self.0.len() { f.write_str("…") } else { Ok(()) }
    }
}

impl fmt::Debug for QueryKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueryKey({self})")
    }
}

/// The first name that the operation does not accept. `+` and percent-encoding are decoded once, and a `;` is part of the name. No
/// operation accepts an empty name or one that is not UTF-8, even if it ignores names that it does not know.
pub(crate) fn unsupported<'r, N: AsRef<str>>(allowed: QueryAllowList<'_, N>, query: &'r str) -> Option<QueryKey<'r>> {
    QueryKey::all(query).find(|key| !accepts(&allowed, *key))
}

fn accepts<N: AsRef<str>>(allowed: &QueryAllowList<'_, N>, key: QueryKey<'_>) -> bool {
    if !key.is_acceptable() {
        return false;
    }
    allowed.any
        || allowed.ignores_others
        || allowed.names.binary_search_by(|name| name.as_ref().bytes().cmp(key.bytes())).is_ok()
        || allowed.prefixes.iter().any(|prefix| {
            let mut bytes = key.bytes();
            prefix.as_ref().bytes().all(|byte| bytes.next() == Some(byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_decoded_and_everything_else_is_unsupported() {
        const LIST: QueryAllowList<'_> = QueryAllowList::new(&["a b", "limit", "offset", "é"], &["filter["], false);
        for (query, expected) in [
            ("", None),
            ("limit=1", None),
            ("limit", None),
            ("limit=1&limit=2&offset=", None),
            ("%6cimit=1", None),
            ("a+b=1&a%20b=2&%C3%A9=3", None),
            ("filter%5Bx%5D=1&filter[y]=2", None),
            ("Limit=1", Some("Limit")),
            ("limit;offset=1", Some("limit;offset")),
            ("limit=1&", Some("")),
            ("=1", Some("")),
            ("%ff=1", Some("%ff")),
            ("%256cimit=1", Some("%256cimit")),
            ("filter=1", Some("filter")),
            ("limit%00=1", Some("limit%00")),
            ("%=1", Some("%")),
            ("limit=1&owners=x&b=2", Some("owners")),
        ] {
            assert_eq!(unsupported(LIST, query).map(|key| key.raw()), expected, "{query}");
        }
    }

    #[test]
    fn a_free_form_query_still_needs_names_that_are_text() {
        const ANY: QueryAllowList<'_> = QueryAllowList::new(&[], &[], true);
        assert_eq!(unsupported(ANY, "x=1&%F0%9F%98%80=2"), None);
        assert!(unsupported(ANY, "%F0%9F=1").is_some());
        assert!(unsupported(ANY, "x=1&=2").is_some());
    }
}
