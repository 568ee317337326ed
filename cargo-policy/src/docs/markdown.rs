//! Escapes texts of a document for Markdown. A summary is shown as it is written, and never becomes markup of the page.

/// A text in a table's cell. White space becomes single spaces, and characters of Markdown and HTML are escaped.
pub(crate) fn text(text: &str) -> String {
    let words = one_line(text);
    let mut escaped = String::with_capacity(words.len());
    let mut before = None;
    let mut characters = words.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Within a word an underscore is no markup [CommonMark 0.31, 6.2], so that `sort_order` can stay as it is.
            '_' if before.is_some_and(char::is_alphanumeric)
                && characters.peek().is_some_and(|c| c.is_alphanumeric()) =>
            {
                escaped.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
        before = Some(character);
    }
    escaped
}

/// A name in a table's cell, as code [CommonMark 0.31, 6.1].
pub(crate) fn code(name: &str) -> String {
    let name = one_line(name);
    let fence = "`".repeat(longest_run(&name) + 1);
    // A backtick at an end would be taken for a part of the fence.
    let space = if name.starts_with('`') || name.ends_with('`') || name.is_empty() { " " } else { "" };
    // Markdown cuts a row into cells before it looks for code. So the separator is escaped within code too.
    format!("{fence}{space}{}{space}{fence}", name.replace('|', "\\|"))
}

/// Names as code, separated by commas.
pub(crate) fn codes<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> String {
    names.into_iter().map(|name| code(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A table of these columns.
pub(crate) fn table(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = row(columns.iter().map(|column| (*column).to_owned()));
    table.push_str(&row(columns.iter().map(|_| "---".to_owned())));
    for cells in rows {
        table.push_str(&row(cells));
    }
    table
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The text without line breaks and other control characters.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn longest_run(name: &str) -> usize {
    name.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::{code, one_line, table, text};

    /// What a reader sees in the cells of the only row, each with whether all of it is code.
    fn cells(markdown: &str) -> Vec<(String, bool)> {
        let mut cells = Vec::new();
        let mut open: Option<(String, bool)> = None;
        for event in
            Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH)
        {
            match event {
                Event::Start(Tag::TableHead) | Event::Start(Tag::Table(_)) | Event::Start(Tag::TableRow) => {}
                Event::End(TagEnd::TableHead) => cells.clear(),
                Event::End(TagEnd::Table | TagEnd::TableRow) => {}
                Event::Start(Tag::TableCell) => open = Some((String::new(), true)),
                Event::End(TagEnd::TableCell) => cells.extend(open.take()),
                Event::Text(text) => {
                    if let Some((seen, code)) = &mut open {
                        seen.push_str(&text);
                        *code = false;
                    }
                }
                Event::Code(text) => {
                    if let Some((seen, _)) = &mut open {
                        seen.push_str(&text);
                    }
                }
                other => cells.push((format!("{other:?}"), false)),
            }
        }
        cells
    }

    proptest! {
        #[test]
        fn a_text_is_seen_as_it_is(given in r#"[ -~\n\r\t]{0,40}|[a-c_*`|<>&\\\[\]!~$ #-]{0,24}|\PC{0,12}"#) {
            let cell = format!("x {} x", text(&given));
            let expected = format!("x {} x", one_line(&given));
            let row = table(&["A", "B"], [vec![cell, "y".to_owned()]]);
            let expected = one_line(&expected);
            let seen: Vec<_> = cells(&row).into_iter().map(|(text, code)| (one_line(&text), code)).collect();
            prop_assert_eq!(seen, [(expected, false), ("y".to_owned(), false)], "{}", row);
        }

        #[test]
        fn a_name_is_seen_as_it_is(given in r#"[!-~]{1,20}|[`|\\a]{1,8}"#) {
            let row = table(&["A"], [vec![code(&given)]]);
            prop_assert_eq!(cells(&row), [(given, true)], "{}", row);
        }
    }

    #[test]
    fn what_a_person_reads_in_the_source_stays_readable() {
        let cases = [
            ("By `created_at`, then by _id_.", r"By \`created_at\`, then by \_id\_."),
            ("a | b", r"a \| b"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("[x](javascript:y)", r"\[x\](javascript:y)"),
            ("two\nlines &nbsp; more", "two lines &amp;nbsp; more"),
        ];
        for (given, escaped) in cases {
            assert_eq!(text(given), escaped);
        }
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("a|b"), r"`a\|b`");
    }
}
