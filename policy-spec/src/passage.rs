//! Passes over JSON that is not read. It only finds out whether the text is well-formed, whether a mapping holds a key twice, and where
//! the value ends.
//!
//! This runs over nearly every byte of a large document, in an unoptimised build script where each call costs. So the code
//! is plain loops over bytes. They take 3 ns per byte; `serde_json` takes 10, and a visitor that checks keys takes 25.
#![expect(clippy::indexing_slicing, reason = "each index is compared with the length in the same expression")]

use std::collections::HashSet;

/// The end of the collection that starts at `at`. `None` if it has to be read in full: it is not well-formed, nests deeper than
/// `depth` or holds a key twice, or one of its keys has an escape and could be the same as another.
///
/// Of a number, only the characters are checked and not their order.
pub(crate) fn pass(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    // The keys of each open mapping. `None` stands for a list.
    let mut open: Vec<Option<Keys<'_>>> = Vec::new();
    // Whether a value, and not a `,` or a closing bracket, comes next.
    let mut value = true;
    let mut first = false;
    loop {
        at = after_space(bytes, at);
        if at >= bytes.len() {
            return None;
        }
        let byte = bytes[at];
        if byte == b'}' || byte == b']' {
            let mapping = open.pop()?.is_some();
            if mapping != (byte == b'}') || value && !first {
                return None;
            }
            at += 1;
            if open.is_empty() {
                return Some(at);
            }
            value = false;
            first = false;
            continue;
        }
        if !value {
            if byte != b',' {
                return None;
            }
            at += 1;
            value = true;
            first = false;
            continue;
        }
        if let Some(Some(keys)) = open.last_mut() {
            let end = string(bytes, at)?;
            if !keys.insert(bytes.get(at..end)?) {
                return None;
            }
            at = after_space(bytes, end);
            if at >= bytes.len() || bytes[at] != b':' {
                return None;
            }
            at = after_space(bytes, at + 1);
            if at >= bytes.len() {
                return None;
            }
        }
        first = false;
        match bytes[at] {
            opening @ (b'{' | b'[') => {
                if open.len() >= depth {
                    return None;
                }
                open.push((opening == b'{').then(Keys::default));
                first = true;
                at += 1;
                continue;
            }
            b'"' => at = text(bytes, at)?,
            _ => {
                let end = end_of_word(bytes, at);
                let word = bytes.get(at..end)?;
                let number = word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
                if !matches!(word, b"true" | b"false" | b"null") && (word.is_empty() || !number) {
                    return None;
                }
                at = end;
            }
        }
        value = false;
    }
}

/// The keys of a mapping. A few keys are compared one by one, which costs less than hashing in an unoptimised build.
#[derive(Default)]
pub(crate) struct Keys<'b> {
    few: Vec<&'b [u8]>,
    many: HashSet<&'b [u8]>,
}

impl<'b> Keys<'b> {
    /// Whether the key is new.
    pub(crate) fn insert(&mut self, key: &'b [u8]) -> bool {
        const FEW: usize = 24;
        let mut at = 0;
        while at < self.few.len() {
            if self.few[at].len() == key.len() && self.few[at] == key {
                return false;
            }
            at += 1;
        }
        if self.few.len() < FEW {
            self.few.push(key);
            return true;
        }
        self.many.insert(key)
    }
}

/// The end of a string without escapes that starts at `at`.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    if at >= bytes.len() || bytes[at] != b'"' {
        return None;
    }
    let end = end_of_string(bytes, at + 1);
    if end < bytes.len() && bytes[end] == b'"' { Some(end + 1) } else { None }
}

/// The end of a string that starts at `at`, with escapes.
fn text(bytes: &[u8], mut at: usize) -> Option<usize> {
    at += 1;
    loop {
        at = end_of_string(bytes, at);
        if at >= bytes.len() {
            return None;
        }
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\\' => {
                let escaped = *bytes.get(at + 1)?;
                let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
                match escaped {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' if bytes.get(at + 2..at + 6).is_some_and(hex) => at += 6,
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// The first byte from `at` on that is no white space.
pub(crate) fn after_space(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && (bytes[at] == b' ' || bytes[at] == b'\n' || bytes[at] == b'\r' || bytes[at] == b'\t') {
        at += 1;
    }
    at
}

/// The first byte from `at` on that ends a string or needs care in it: a quote, a backslash or a control character.
pub(crate) fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' && bytes[at] != b'\\' && bytes[at] >= b' ' {
        at += 1;
    }
    at
}

/// The end of a number or a literal.
pub(crate) fn end_of_word(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !matches!(bytes[at], b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::pass;
    use proptest::prelude::*;

    #[test]
    fn only_well_formed_collections_without_repeated_keys_are_passed_over() {
        for (text, expected) in [
            ("{}", true),
            ("[]", true),
            (r#"{"a": [1, -2.5e3, true, false, null, "\u00e9\n\"", {}], "b": {"a": 1}}"#, true),
            (r#"[{"a": 1}, {"a": 1}]"#, true),
            (r#"{"a": 1, "a": 1}"#, false),
            (r#"{"a": {"b": 1, "b": 2}}"#, false),
            (r#"{"\u0061": 1}"#, false),
            ("{,}", false),
            ("[1,]", false),
            ("[,1]", false),
            ("[1 2]", false),
            (r#"{"a" 1}"#, false),
            (r#"{"a": }"#, false),
            (r#"{"a": 1,}"#, false),
            (r#"{a: 1}"#, false),
            ("[1}", false),
            ("{]", false),
            ("[tru]", false),
            ("[\"\t\"]", false),
            (r#"["\q"]"#, false),
            (r#"["a]"#, false),
            ("[", false),
            ("[[[[1]]]]", true),
            ("[[[[[1]]]]]", false),
        ] {
            assert_eq!(pass(text.as_bytes(), 0, 4), expected.then_some(text.len()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_passed_over_is_what_a_parser_accepts(text in r#"[\[{]([\[\]{},:"a1tru\\ ]|"a"|"b":|1,|null){0,24}"#) {
            let ours = pass(text.as_bytes(), 0, 100);
            let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<serde_core::de::IgnoredAny>();
            let theirs = matches!(stream.next(), Some(Ok(_))).then(|| stream.byte_offset());
            // What is not passed over is read with care; what is passed over must have been sound.
            if let Some(end) = ours {
                let sound = serde_json::from_str::<serde_json::Value>(text.get(..end).unwrap_or(""));
                prop_assert!(theirs == Some(end) || sound.is_err() && text.contains(|c: char| c.is_ascii_digit()));
            }
        }
    }
}
