//! Text of a document within Markdown. Anybody may have written it, and none of it is markup.

use crate::escape::{one_line, visible};

/// How many characters a comment of a pull request may have. Where bytes are counted, there are never fewer.
pub(crate) const MOST_OF_A_COMMENT: usize = 65_536;

/// A code span for a table's cell. Within it, only backticks and pipes have a meaning.
pub(crate) fn code(text: &str) -> String {
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match text.as_str() {
        "" => String::new(),
        text if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) => format!("{fence} {text} {fence}"),
        text => format!("{fence}{text}{fence}"),
    }
}

/// A sentence of a finding. What stands in backticks becomes code.
pub(crate) fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { code(&one_line(part)) } else { spaced(part) }).collect()
}

/// Prose that keeps the spaces at its ends, since code may stand beside it.
fn spaced(text: &str) -> String {
    let space = |found: bool| if found { " " } else { "" };
    let (before, after) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    match prose(text) {
        shown if shown.is_empty() => space(before).to_owned(),
        shown => format!("{}{shown}{}", space(before), space(after)),
    }
}

/// Prose in which nothing of the document is Markdown, HTML or a mention of somebody.
pub(crate) fn prose(text: &str) -> String {
    let mut shown = String::new();
    for character in one_line(text).chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '@' => shown.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | '$' => {
                shown.extend(['\\', character]);
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{code, marked, prose};

    #[test]
    fn nothing_of_a_document_is_markup() {
        assert_eq!(marked("scope `a|b` is *not* in `X`"), "scope `a\\|b` is \\*not\\* in `X`");
        assert_eq!(marked("one ` only <b>"), "one `only <b>`");
        assert_eq!(code("GET /a|b"), "`GET /a\\|b`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(
            prose("<img src=x> | @all [x](y)\n\n# h"),
            "&lt;img src=x&gt; \\| @<!-- -->all \\[x\\]\\(y\\) \\# h"
        );
    }
}
