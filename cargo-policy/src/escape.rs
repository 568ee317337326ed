//! Escapes a document's text for a terminal or a file. Anybody may have written it.

use std::borrow::Cow;

/// The text in one line. Control characters, invisible characters and those that change the direction of text are shown as escapes:
/// they could move, hide or reorder the text around them.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Prose in one line: every run of white space is one space.
pub(crate) fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// Text within an element or a quoted attribute of a page.
pub(crate) fn html(text: &str) -> String {
    let mut shown = String::new();
    for character in visible(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            _ => shown.push(character),
        }
    }
    shown
}

/// Text of a message in SARIF, where `[text](target)` is a link [SARIF 2.1.0, section 3.11.6].
pub(crate) fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{one_line, visible, without_links};

    #[test]
    fn what_hides_or_reorders_is_shown() {
        assert_eq!(visible("/files/{id}"), "/files/{id}");
        assert_eq!(visible("\u{1b}[31mred\r\n"), "\\u{1b}[31mred\\u{d}\\u{a}");
        assert_eq!(visible("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(without_links("[a](https://b.example) f(x) [c]"), "[a] (https://b.example) f(x) [c]");
        assert_eq!(one_line("two\n  lines\tof\u{7} prose"), "two lines of\\u{7} prose");
    }
}
