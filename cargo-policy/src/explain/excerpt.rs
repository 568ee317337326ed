//! Lines of the document, with words underlined.

use std::collections::BTreeMap;
use std::ops::Range;

use policy_spec::{Location, Sources, Span};
use serde::Serialize;

/// A longer line, such as JSON on one line, is shown in part.
const LONGEST: usize = 140;
/// How many characters of a longer line are shown before the first underlined word.
const BEFORE: usize = 40;
/// How many lines of one place are shown.
const MOST_LINES: usize = 6;

/// A place in the document, with its lines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Excerpt {
    /// The file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// What is said about it.
    pub(crate) label: String,
    /// The lines.
    #[serde(skip)]
    pub(crate) lines: Vec<Line>,
}

/// A line with underlined words.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) text: String,
    /// In characters of `text`.
    pub(crate) marks: Vec<Range<usize>>,
}

impl Excerpt {
    /// The place of a span, with these words of it underlined. If none of them stands there, the span's first line is underlined.
    pub(crate) fn of(sources: &Sources, span: Span, words: &[&str], label: impl Into<String>) -> Self {
        let text = sources.text(span.file);
        let mut marks = occurrences(text, span, words);
        if marks.is_empty() {
            marks.push(first_line(text, span));
        }
        let start = marks.first().map_or(span.start, |mark| mark.start);
        let Location { file, line, column } = sources.location(Span { start, end: start, ..span });
        // Several words of one line are underlined together.
        let mut lines: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
        for mark in marks {
            let start = text.get(..mark.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
            lines.entry(start).or_default().push(mark);
        }
        let lines = lines.into_iter().take(MOST_LINES).map(|(start, marks)| {
            let number = sources.location(Span { start, end: start, ..span }).line;
            shown(text, number, start, &marks)
        });
        Self { file, line, column, label: label.into(), lines: lines.collect() }
    }

    /// Whether the word stands in the span, as a whole word.
    pub(crate) fn holds(sources: &Sources, span: Span, word: &str) -> bool {
        !occurrences(sources.text(span.file), span, &[word]).is_empty()
    }

    /// `file:line:column`.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where the words stand in the span, each as a whole word.
fn occurrences(text: &str, span: Span, words: &[&str]) -> Vec<Range<usize>> {
    let within = text.get(span.start..span.end).unwrap_or_default();
    let mut found = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let whole = within.match_indices(word).find(|(at, _)| {
            let before = within.get(..*at).and_then(|before| before.chars().next_back());
            let mut after = within.get(at + word.len()..).unwrap_or_default().chars();
            let ends = match after.next() {
                // A colon before white space belongs to a key. Any other is part of a scope.
                Some(':') => after.next().is_none_or(char::is_whitespace),
                next => !next.is_some_and(is_in_word),
            };
            ends && !before.is_some_and(is_in_word)
        });
        found.extend(whole.map(|(at, _)| span.start + at..span.start + at + word.len()));
    }
    found.sort_unstable_by_key(|mark| mark.start);
    found
}

/// Whether the character is part of a word. Scopes are made of more than letters.
fn is_in_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ':' | '/' | '*' | '#' | '+')
}

fn first_line(text: &str, span: Span) -> Range<usize> {
    let covered = text.get(span.start..span.end).unwrap_or_default();
    let line = covered.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}

/// The line that starts at `start`, or the part of a long line around its marks.
fn shown(text: &str, number: usize, start: usize, marks: &[Range<usize>]) -> Line {
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let characters = |range: Range<usize>| text.get(range).map_or(0, |part| part.chars().count());
    let marks: Vec<Range<usize>> = marks
        .iter()
        .map(|mark| {
            let first = characters(start..mark.start);
            first..first + characters(mark.clone()).max(1)
        })
        .collect();
    // A terminal does not show a control character as one character. A space takes its place.
    let plain = |character: char| if character.is_control() { ' ' } else { character };
    if line.chars().count() <= LONGEST {
        return Line { number, text: line.chars().map(plain).collect(), marks };
    }
    let from = marks.first().map_or(0, |mark| mark.start.saturating_sub(BEFORE));
    let cut: String = line.chars().skip(from).take(LONGEST).map(plain).collect();
    let lead = if from > 0 { "…" } else { "" };
    let shift = from - lead.chars().count();
    let length = cut.chars().count() + lead.chars().count();
    let marks = marks.iter().map(|mark| mark.start.saturating_sub(shift)..(mark.end.saturating_sub(shift)).min(length));
    let marks = marks.filter(|mark| mark.start < mark.end).collect();
    Line { number, text: format!("{lead}{cut}…"), marks }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a failed expectation is a failed test")]
mod tests {
    use policy_spec::Settings;

    use super::Excerpt;

    /// What is underlined, for these words of the first operation's first alternative or extension.
    fn marked(document: &str, words: &[&str]) -> Vec<(usize, Vec<String>)> {
        let loaded = policy_spec::read("api.yaml", document.as_bytes(), &Settings::default());
        let span = loaded.readable().map(|model| model.operations[0].reasons[0]);
        let excerpt = span.map(|span| Excerpt::of(&loaded.sources, span, words, ""));
        let lines = excerpt.map(|excerpt| excerpt.lines).unwrap_or_default();
        let word = |text: &str, mark: &std::ops::Range<usize>| text.chars().skip(mark.start).take(mark.len()).collect();
        lines.iter().map(|line| (line.number, line.marks.iter().map(|mark| word(&line.text, mark)).collect())).collect()
    }

    const HEAD: &str =
        "openapi: 3.1.0\ncomponents: { securitySchemes: { A: { type: http, scheme: bearer } } }\npaths:\n";

    #[test]
    fn whole_words_are_underlined_line_by_line() {
        let flow = format!("{HEAD}  /é: {{ get: {{ x-required-scopes: [files:read.all, files:read, write] }} }}\n");
        assert_eq!(marked(&flow, &["files:read", "write"]), [(4, vec!["files:read".to_owned(), "write".to_owned()])]);
        assert_eq!(marked(&flow, &["files"]), [(4, vec!["[files:read.all, files:read, write]".to_owned()])]);
        let block = format!("{HEAD}  /a:\n    get:\n      x-required-scopes:\n        - one\n        - two\n");
        assert_eq!(marked(&block, &["two", "one"]), [(7, vec!["one".to_owned()]), (8, vec!["two".to_owned()])]);
        assert_eq!(marked(&block, &["three"]), [(7, vec!["- one".to_owned()])]);
    }

    #[test]
    fn of_a_long_line_the_words_are_shown() {
        let many: Vec<String> = (0..300).map(|at| format!("s{at}")).collect();
        let long = format!("{HEAD}  /a: {{ get: {{ x-required-scopes: [{}] }} }}\n", many.join(", "));
        assert_eq!(marked(&long, &["s250"]), [(4, vec!["s250".to_owned()])]);
        assert_eq!(marked(&long, &["s0"]), [(4, vec!["s0".to_owned()])]);
    }
}
