//! Escapes a document's text for Rust source: for rustdoc, comments and compiler messages.
//!
//! String literals are escaped by the token printer.

/// A document's prose as one line of Markdown that shows exactly this text. Nothing in it becomes a link, HTML, a list or a heading.
pub(crate) fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            escaped.push(' ');
        }
        for character in word.chars() {
            // Rustdoc gives a meaning to bare URLs, brackets and angle brackets, and Markdown to other punctuation. The
            // punctuation of plain sentences stays.
            if character.is_ascii_punctuation() && !matches!(character, ',' | ';' | '\'' | '"' | '?') {
                // A full stop or hyphen within a sentence is safe. At its start it could begin a list.
                let plain = matches!(character, '.' | '-' | '(' | ')') && at > 0 && !ends_with_digit(&escaped);
                if !plain {
                    escaped.push('\\');
                }
            }
            escaped.push(visible(character));
        }
    }
    escaped
}

fn ends_with_digit(text: &str) -> bool {
    text.ends_with(|last: char| last.is_ascii_digit())
}

/// A document's text as a Markdown code span.
pub(crate) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return "` `".to_owned();
    }
    let mut longest = 0_usize;
    let mut run = 0_usize;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

/// A document's text on one line, without invisible characters and without those that reverse the direction of text.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().map(visible).collect()
}

/// A document's text in a format string of `#[diagnostic::on_unimplemented]`.
pub(crate) fn message(text: &str) -> String {
    one_line(text).replace('{', "{{").replace('}', "}}")
}

/// The character, or U+FFFD for a control or bidirectional format character. The latter mislead readers, and the compiler refuses
/// them in comments.
fn visible(character: char) -> char {
    match character {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' => {
            '\u{fffd}'
        }
        control if control.is_control() => '\u{fffd}',
        character => character,
    }
}

#[cfg(test)]
mod tests {
    use super::{code, message, one_line, prose};

    #[test]
    fn prose_means_only_itself() {
        for (text, escaped) in [
            ("List encounters, newest first.", "List encounters, newest first."),
            ("see [Foo] <b>now</b> `x`\n# head", "see \\[Foo\\] \\<b\\>now\\<\\/b\\> \\`x\\` \\# head"),
            ("https://example.com/a_b", "https\\:\\/\\/example\\.com\\/a\\_b"),
            ("1. first", "1\\. first"),
            ("- item", "\\- item"),
            ("a \u{202e}b\u{7}", "a \u{fffd}b\u{fffd}"),
        ] {
            assert_eq!(prose(text), escaped);
        }
    }

    #[test]
    fn code_spans_hold_backticks() {
        assert_eq!(code("a:b"), "`a:b`");
        assert_eq!(code(""), "` `");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("``"), "``` `` ```");
    }

    #[test]
    fn messages_are_no_format_strings() {
        assert_eq!(message("{Self}\nx"), "{{Self}} x");
        assert_eq!(one_line(" a\t\nb "), "a b");
    }
}
