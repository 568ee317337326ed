//! The scalars of JSON (RFC 8259, sections 6 and 7).
//!
//! They are read here, and not by `serde_json`, for the sake of compile time: a release build would compile that crate and `serde_core`
//! a second time, for the build script. A property test compares both.

use crate::passage::end_of_string;

/// What is wrong with a text, and at which byte.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

fn fault<T>(at: usize, what: &'static str) -> Result<T, Fault> {
    Err(Fault { at, what })
}

/// Checks that the whole text is a number, `true`, `false` or `null`.
pub(super) fn check_word(text: &str) -> Result<(), Fault> {
    const NO_NUMBER: &str = "invalid number";
    if matches!(text, "true" | "false" | "null") {
        return Ok(());
    }
    let bytes = text.as_bytes();
    let after_digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let first = usize::from(text.starts_with('-'));
    let mut at = match bytes.get(first) {
        Some(b'0') => first + 1,
        Some(b'1'..=b'9') => after_digits(first),
        _ => return fault(first, if first == 0 { "expected value" } else { NO_NUMBER }),
    };
    if bytes.get(at) == Some(&b'.') {
        let digits = at + 1;
        at = after_digits(digits);
        if at == digits {
            return fault(at, NO_NUMBER);
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let digits = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = after_digits(digits);
        if at == digits {
            return fault(at, NO_NUMBER);
        }
    }
    if at == bytes.len() { Ok(()) } else { fault(at, NO_NUMBER) }
}

/// The string whose quote is at `start`, and the byte behind it.
pub(super) fn string(text: &str, start: usize) -> Result<(String, usize), Fault> {
    let bytes = text.as_bytes();
    let mut read = String::new();
    let mut at = start + 1;
    loop {
        let end = end_of_string(bytes, at);
        read.push_str(text.get(at..end).unwrap_or_default());
        at = match bytes.get(end) {
            Some(b'"') => return Ok((read, end + 1)),
            Some(b'\\') => {
                let (character, after) = escape(bytes, end)?;
                read.push(character);
                after
            }
            Some(_) => return fault(end, "control character (\\u0000-\\u001F) found while parsing a string"),
            None => return fault(end, "EOF while parsing a string"),
        };
    }
}

/// The character of the escape that starts at `at`, and the byte behind it.
fn escape(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let character = match bytes.get(at + 1) {
        Some(itself @ (b'"' | b'\\' | b'/')) => char::from(*itself),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes, at),
        Some(_) => return fault(at + 1, "invalid escape"),
        None => return fault(at + 1, "EOF while parsing a string"),
    };
    Ok((character, at + 2))
}

/// `\u00e9`, or the two escapes of a character beyond U+FFFF.
fn unicode_escape(bytes: &[u8], at: usize) -> Result<(char, usize), Fault> {
    let unit = hexadecimal(bytes, at + 2)?;
    let (code, end) = match unit {
        0xd800..=0xdbff if bytes.get(at + 6..at + 8) == Some(b"\\u") => {
            let low = hexadecimal(bytes, at + 8)?;
            let is_low = (0xdc00..=0xdfff).contains(&low);
            (if is_low { 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00) } else { unit }, at + 12)
        }
        _ => (unit, at + 6),
    };
    match char::from_u32(code) {
        Some(character) => Ok((character, end)),
        None => fault(at, "lone surrogate in hex escape"),
    }
}

/// The number that four digits make.
fn hexadecimal(bytes: &[u8], at: usize) -> Result<u32, Fault> {
    let mut number = 0;
    for at in at..at + 4 {
        let digit = bytes.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let Some(digit) = digit else { return fault(at, "invalid escape") };
        number = number << 4 | digit;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{check_word, string};

    /// The whole text as a string.
    fn whole(text: &str) -> Option<String> {
        string(text, 0).ok().filter(|(_, end)| *end == text.len()).map(|(read, _)| read)
    }

    #[test]
    fn strings_are_those_of_another_reader() {
        for text in [
            r#""""#,
            r#""plain""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u00e9\u0000\uFFFF é""#,
            r#""\ud83d\ude00!""#,
            r#""\ud83d""#,
            r#""\ud83d\n""#,
            r#""\ud83dx\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\ud83d\ud83d\ude00""#,
            r#""\ude00""#,
            r#""\ude00\ud83d""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\x41""#,
            r#""\"#,
            r#""\u"#,
            r#""open"#,
            "\"a\nb\"",
            "\"a\u{7f}b\"",
            r#""a" "#,
        ] {
            let theirs = serde_json::from_str::<String>(text).ok().filter(|_| !text.ends_with(' '));
            assert_eq!(whole(text), theirs, "{text}");
        }
    }

    #[test]
    fn a_fault_is_where_it_is() {
        for (text, at) in [(r#""ab\x""#, 4), (r#""\u12g4""#, 5), ("\"a\nb\"", 2), (r#""ab"#, 3), (r#""a\ud83d""#, 2)] {
            assert_eq!(string(text, 0).err().map(|fault| fault.at), Some(at), "{text}");
        }
        for (text, at) in [("-", 1), ("1.", 2), ("1.5e+", 5), ("01", 1), ("12x", 2), ("nul", 0), ("+1", 0)] {
            assert_eq!(check_word(text).err().map(|fault| fault.at), Some(at), "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_are_those_of_another_reader(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?|true|false|null|nul|[a-z+.-]{1,3}") {
            let theirs = serde_json::from_str::<serde_core::de::IgnoredAny>(&text);
            prop_assert_eq!(check_word(&text).is_ok(), theirs.is_ok());
        }

        #[test]
        fn escapes_are_those_of_another_reader(text in r#"(\\u[dD][89abcdABCD][0-9a-f]{2}|\\u[0-9a-f]{3,4}|\\[bfnrt"/\\xu]|[a-zé"\n\\]){0,6}"#) {
            let text = format!("\"{text}\"");
            prop_assert_eq!(whole(&text), serde_json::from_str::<String>(&text).ok());
        }
    }
}
