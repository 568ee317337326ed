//! A page that people write, and the places in it for generated tables.
//!
//! A place lies between two comments, each alone on its line: `<!-- policy:scopes -->` and `<!-- /policy:scopes -->`. These are its
//! markers. A comment within code is no marker, so that a page can also explain markers. A Markdown parser finds the code.

use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::Table;
use crate::failure::Failure;

/// A page, and the ranges of its text that tables stand in.
#[derive(Debug)]
pub(crate) struct Page<'t> {
    text: &'t str,
    /// In the order of the text.
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    table: Table,
    /// The whole lines between the markers.
    lines: Range<usize>,
    /// How lines end here.
    newline: &'static str,
}

/// A marker, as it was found.
struct Marker {
    table: Table,
    closes: bool,
    /// Its line, with the line's end.
    line: Range<usize>,
}

/// A table between its markers, as it would stand on a page of its own.
pub(crate) fn marked(table: Table, markdown: &str) -> String {
    format!("{}\n\n{markdown}\n{}\n", open(table), close(table))
}

fn open(table: Table) -> String {
    format!("<!-- policy:{} -->", table.as_str())
}

fn close(table: Table) -> String {
    format!("<!-- /policy:{} -->", table.as_str())
}

impl<'t> Page<'t> {
    /// Finds the places.
    ///
    /// # Errors
    /// There is no place, or the markers do not fit together. Every such mistake is reported with its line.
    pub(crate) fn read(file: &Path, text: &'t str) -> Result<Self, Failure> {
        let mut faults = Faults { file, text, found: Vec::new() };
        let markers = markers(text, &mut faults);
        let places = places(text, &markers, &mut faults);
        let page = Self { text, places };
        if faults.found.is_empty() && !page.keeps_its_places() {
            let first = page.places.first().map_or(0, |place| place.lines.start);
            faults.add(
                first,
                "with the tables in their places, lines behind a marker would be read otherwise than now".to_owned(),
            );
        }
        if !faults.found.is_empty() {
            return Err(faults.failure());
        }
        if page.places.is_empty() {
            let what = format!("`{}` has no place for a table", file.display());
            let help = format!(
                "write `{}` and `{}` on two lines where the scopes shall stand, `{}` and `{}` for the routes",
                open(Table::Scopes),
                close(Table::Scopes),
                open(Table::Routes),
                close(Table::Routes),
            );
            return Err(Failure::with_help(what, help));
        }
        Ok(page)
    }

    /// Whether the same places are found once tables stand in them. They are not where lines of HTML or code reach over a marker: a blank
    /// line ends HTML, so that what follows it is no longer a part of it.
    fn keeps_its_places(&self) -> bool {
        let written = self.with(|_| String::new());
        let mut faults = Faults { file: Path::new(""), text: &written, found: Vec::new() };
        let markers = markers(&written, &mut faults);
        let found = Page { text: &written, places: places(&written, &markers, &mut faults) };
        faults.found.is_empty() && found.with(|_| String::new()) == written && found.places.len() == self.places.len()
    }

    /// The page with these tables in their places, everything else byte for byte.
    pub(crate) fn with(&self, tables: impl Fn(Table) -> String) -> String {
        let mut page = String::with_capacity(self.text.len());
        let mut at = 0;
        for place in &self.places {
            page.push_str(self.text.get(at..place.lines.start).unwrap_or_default());
            for line in format!("\n{}\n", tables(place.table)).lines() {
                page.push_str(line);
                page.push_str(place.newline);
            }
            at = place.lines.end;
        }
        page.push_str(self.text.get(at..).unwrap_or_default());
        page
    }
}

/// The markers, in the order of the text.
fn markers(text: &str, faults: &mut Faults<'_>) -> Vec<Marker> {
    let mut markers = Vec::new();
    // How many lists and quotations are open. A table written there would not stay within them.
    let mut around = 0_usize;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::Item) => around += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::Item) => around = around.saturating_sub(1),
            Event::Html(_) => {
                let mut at = range.start;
                for part in text.get(range).unwrap_or_default().split_inclusive('\n') {
                    if let Some(word) = word(part) {
                        let line = line_around(text, at);
                        if around > 0 {
                            faults.add(at, format!("`{}` stands in a list or a quotation", part.trim()));
                        } else {
                            markers.extend(marker(word, part, line, faults));
                        }
                    }
                    at += part.len();
                }
            }
            Event::InlineHtml(comment) if word(&comment).is_some() => {
                faults.add(range.start, format!("`{comment}` does not stand alone on its line"));
            }
            _ => {}
        }
    }
    markers
}

/// The word in a comment, if it is a marker: `policy:scopes` or `/policy:scopes`.
fn word(comment: &str) -> Option<&str> {
    let word = comment.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    word.strip_prefix('/').unwrap_or(word).starts_with("policy:").then_some(word)
}

fn marker(word: &str, part: &str, line: Range<usize>, faults: &mut Faults<'_>) -> Option<Marker> {
    let (closes, word) = word.strip_prefix('/').map_or((false, word), |word| (true, word));
    let name = word.strip_prefix("policy:").unwrap_or_default();
    let Some(table) = Table::ALL.into_iter().find(|table| table.as_str() == name) else {
        faults.add(line.start, format!("`{}` names no table; there are `scopes` and `routes`", part.trim()));
        return None;
    };
    Some(Marker { table, closes, line })
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |newline| at + newline + 1);
    start..end
}

/// The places between markers that fit together.
fn places(text: &str, markers: &[Marker], faults: &mut Faults<'_>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let mut opened: Option<&Marker> = None;
    for marker in markers {
        match opened {
            None if marker.closes => {
                faults.add(marker.line.start, format!("`{}` closes nothing", close(marker.table)));
            }
            None => {
                if let Some(first) = places.iter().find(|place| place.table == marker.table) {
                    let line = faults.line(first.lines.start) - 1;
                    faults.add(
                        marker.line.start,
                        format!(
                            "`{}` comes a second time, after line {line}; a page holds each table once",
                            open(marker.table)
                        ),
                    );
                }
                opened = Some(marker);
            }
            Some(first) if marker.closes && marker.table == first.table => {
                let newline =
                    if text.get(first.line.clone()).is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
                places.push(Place { table: first.table, lines: first.line.end..marker.line.start, newline });
                opened = None;
            }
            Some(first) => {
                let line = faults.line(first.line.start);
                let marker_text = if marker.closes { close(marker.table) } else { open(marker.table) };
                faults.add(
                    marker.line.start,
                    format!(
                        "`{marker_text}` stands where `{}`, opened in line {line}, is not closed yet",
                        open(first.table)
                    ),
                );
            }
        }
    }
    if let Some(first) = opened {
        faults.add(
            first.line.start,
            format!("`{}` is never closed; write `{}` after it", open(first.table), close(first.table)),
        );
    }
    places
}

/// What is wrong with the markers of a page.
struct Faults<'t> {
    file: &'t Path,
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl Faults<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1
    }

    fn add(&mut self, at: usize, what: String) {
        self.found.push((at, what));
    }

    fn failure(mut self) -> Failure {
        self.found.sort_by_key(|(at, _)| *at);
        let lines: Vec<String> =
            self.found.iter().map(|(at, what)| format!("{}:{}: {what}", self.file.display(), self.line(*at))).collect();
        let help = "each table stands between two markers, each alone on its line, outside of lists, quotations, HTML, code and the other table";
        Failure::with_help(lines.join("\n       "), help)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::{Page, Table};
    use crate::failure::Failure;

    fn written(text: &str) -> String {
        Page::read(Path::new("page.md"), text).unwrap().with(|table| format!("NEW {}\nSECOND LINE\n", table.as_str()))
    }

    fn refused(text: &str) -> String {
        match Page::read(Path::new("page.md"), text) {
            Err(Failure::Message { what, help: Some(_) }) => what,
            other => format!("not refused: {other:?}"),
        }
    }

    #[test]
    fn what_stands_between_markers_is_replaced_and_nothing_else() {
        let cases = [
            (
                "a\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\nb",
                "a\n<!-- policy:scopes -->\n\nNEW scopes\nSECOND LINE\n\n<!-- /policy:scopes -->\nb",
            ),
            (
                "<!--policy:routes-->\nold | x\n  <!-- /policy:routes -->",
                "<!--policy:routes-->\n\nNEW routes\nSECOND LINE\n\n  <!-- /policy:routes -->",
            ),
            (
                "\u{feff}a\r\n\r\n<!-- policy:scopes -->\r\nold\r\n<!-- /policy:scopes -->\r\n",
                "\u{feff}a\r\n\r\n<!-- policy:scopes -->\r\n\r\nNEW scopes\r\nSECOND LINE\r\n\r\n<!-- /policy:scopes -->\r\n",
            ),
            (
                "<!-- policy:routes -->\n<!-- /policy:routes -->\n\t x  \n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n\n\n",
                "<!-- policy:routes -->\n\nNEW routes\nSECOND LINE\n\n<!-- /policy:routes -->\n\t x  \n<!-- policy:scopes -->\n\nNEW scopes\nSECOND LINE\n\n<!-- /policy:scopes -->\n\n\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(written(before), after);
            assert_eq!(written(after), after, "a second time changes nothing");
        }
    }

    #[test]
    fn what_stands_in_code_is_no_marker() {
        let real = "<!-- policy:scopes -->\n\nNEW scopes\nSECOND LINE\n\n<!-- /policy:scopes -->\n";
        let codes = [
            "```md\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n```\n",
            "~~~~\n<!-- policy:scopes -->\n~~~\n<!-- /policy:scopes -->\n~~~~\n",
            "1. a\n\n   ```\n   <!-- policy:routes -->\n   ```\n\n",
            "text\n\n    <!-- policy:routes -->\n\ntext\n\n",
            "Write `<!-- policy:routes -->` and `<!-- /policy:routes -->`.\n\n",
            "<!-- a remark about policy:routes -->\n",
        ];
        for code in codes {
            let page = format!("{code}{real}");
            assert_eq!(written(&page), page);
        }
    }

    #[test]
    fn markers_that_do_not_fit_together_are_refused_each_with_its_line() {
        let cases = [
            ("no marker\n", "`page.md` has no place for a table"),
            ("```\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n", "`page.md` has no place for a table"),
            (
                "a\n<!-- policy:scopes -->\n",
                "page.md:2: `<!-- policy:scopes -->` is never closed; write `<!-- /policy:scopes -->` after it",
            ),
            ("\n\n<!-- /policy:scopes -->", "page.md:3: `<!-- /policy:scopes -->` closes nothing"),
            (
                "<!-- policy:scopes -->\n<!-- /policy:scopes -->\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n",
                "page.md:3: `<!-- policy:scopes -->` comes a second time, after line 1; a page holds each table once",
            ),
            (
                "<!-- policy:scopes -->\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n",
                "page.md:2: `<!-- policy:scopes -->` stands where `<!-- policy:scopes -->`, opened in line 1, is not closed yet",
            ),
            (
                "<!-- policy:scopes -->\n<!-- policy:routes -->\n<!-- /policy:scopes -->\n<!-- /policy:routes -->\n",
                "page.md:2: `<!-- policy:routes -->` stands where `<!-- policy:scopes -->`, opened in line 1, is not closed yet\n       \
                 page.md:4: `<!-- /policy:routes -->` closes nothing",
            ),
            (
                "- <!-- policy:scopes -->\n- <!-- /policy:scopes -->\n",
                "page.md:1: `<!-- policy:scopes -->` stands in a list or a quotation\n       page.md:2: `<!-- /policy:scopes -->` stands in a list or a quotation",
            ),
            ("> <!-- policy:scopes -->\n", "page.md:1: `<!-- policy:scopes -->` stands in a list or a quotation"),
            ("Here: <!-- policy:scopes -->\n", "page.md:1: `<!-- policy:scopes -->` does not stand alone on its line"),
            (
                "<!-- policy:routes -->\n<div>\n<!-- /policy:routes -->\n```\n<!-- policy:scopes -->\n<!-- /policy:scopes -->\n",
                "page.md:2: with the tables in their places, lines behind a marker would be read otherwise than now",
            ),
            (
                "<!-- policy:scope -->\n",
                "page.md:1: `<!-- policy:scope -->` names no table; there are `scopes` and `routes`",
            ),
        ];
        for (page, problem) in cases {
            assert_eq!(refused(page), problem, "{page}");
        }
        assert_eq!(Table::ALL.map(Table::as_str), ["scopes", "routes"]);
    }

    /// The page without what stands between its markers.
    fn around(page: &Page<'_>) -> String {
        let mut around = String::new();
        let mut at = 0;
        for place in &page.places {
            around.push_str(page.text.get(at..place.lines.start).unwrap());
            at = place.lines.end;
        }
        around + page.text.get(at..).unwrap()
    }

    fn lines() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(
            prop::sample::select(vec![
                "<!-- policy:scopes -->",
                "<!-- /policy:scopes -->",
                "```",
                "~~~",
                "",
                "",
                "text",
                "    code",
                "> said",
                "- item",
                "<div>",
                "<!--",
                "-->",
                "| a |",
                "| --- |",
                "é\t",
                "`<!-- policy:scopes -->`",
                "\u{feff}",
            ]),
            0..5,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_page_that_can_be_written_is_written_once_and_keeps_the_rest(
            before in lines(), inside in lines(), after in lines(),
            newline in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        ) {
            let place = [vec!["<!-- policy:routes -->"], inside, vec!["<!-- /policy:routes -->"]].concat();
            let text = [before, place, after].concat().join(newline);
            let file = Path::new("page.md");
            if let Ok(page) = Page::read(file, &text) {
                let table = |table: Table| format!("| {} |\n| --- |\n", table.as_str());
                let written = page.with(table);
                let again = Page::read(file, &written).unwrap();
                prop_assert_eq!(around(&again), around(&page));
                prop_assert_eq!(again.with(table), written.clone());
            }
        }
    }
}
