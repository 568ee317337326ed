//! The files a document consists of, and places in them.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// The number of a file within [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) usize);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// Whether another span lies within this one.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A place as people read it. Displays as `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file's name as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The texts that were read; findings point into them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

#[derive(Clone, Debug)]
struct SourceFile {
    name: String,
    text: Arc<String>,
    /// The byte at which each line starts; the first is 0. Counted when first asked for.
    lines: OnceLock<Vec<usize>>,
    /// Bytes and how many characters stand before them, at every [`STRIDE`]; empty when all characters are bytes.
    /// Counted when first asked for.
    characters: OnceLock<Vec<(usize, usize)>>,
}

/// Far enough apart to be few, near enough that a document on one line is not counted anew for each place in it.
const STRIDE: usize = 4096;

impl SourceFile {
    fn lines(&self) -> &[usize] {
        // By `match_indices`, which searches in the standard library's optimised code even where this is unoptimised.
        self.lines
            .get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// How many characters stand before a byte.
    fn characters_before(&self, at: usize) -> usize {
        let marks = self.characters.get_or_init(|| {
            let mut marks = Vec::new();
            if self.text.is_ascii() {
                return marks;
            }
            let (mut from, mut before) = (0, 0);
            while let Some(rest) = self.text.get(from..).filter(|rest| !rest.is_empty()) {
                marks.push((from, before));
                let mut end = STRIDE.min(rest.len());
                while !rest.is_char_boundary(end) {
                    end += 1;
                }
                before += rest.get(..end).unwrap_or("").chars().count();
                from += end;
            }
            marks
        });
        let mark = marks.partition_point(|(from, _)| *from <= at);
        match mark.checked_sub(1).and_then(|mark| marks.get(mark)) {
            Some((from, before)) => before + self.text.get(*from..at).unwrap_or("").chars().count(),
            None => at,
        }
    }
}

impl Sources {
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile {
            name: name.into(),
            text: Arc::new(text.into()),
            lines: OnceLock::new(),
            characters: OnceLock::new(),
        });
        FileId(self.files.len() - 1)
    }

    pub(crate) fn find(&self, name: &str) -> Option<FileId> {
        self.files.iter().position(|file| file.name == name).map(FileId)
    }

    pub(crate) fn shared(&self, file: FileId) -> Arc<String> {
        self.files.get(file.0).map(|file| Arc::clone(&file.text)).unwrap_or_default()
    }

    /// The name of a file, as given to the reader.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &file.name)
    }

    /// The text of a file, without a byte order mark.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| file.text.as_str())
    }

    /// The place where a span starts.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let (line, start) = self.line_of(span.file, span.start);
        let before = |at| self.files.get(span.file.0).map_or(0, |file| file.characters_before(at));
        Location {
            file: self.name(span.file).to_owned(),
            line,
            column: before(span.start).saturating_sub(before(start)) + 1,
        }
    }

    /// The number of the line that holds a byte, from 1, and the byte at which that line starts.
    pub(crate) fn line_of(&self, file: FileId, at: usize) -> (usize, usize) {
        let Some(file) = self.files.get(file.0) else { return (1, 0) };
        let line = file.lines().partition_point(|start| *start <= at).max(1);
        (line, file.lines().get(line - 1).copied().unwrap_or(0))
    }

    /// The byte at which the line after the one that holds `at` starts, or the end of the text.
    pub(crate) fn end_of_line(&self, file: FileId, at: usize) -> usize {
        let Some(found) = self.files.get(file.0) else { return at };
        let next = found.lines().partition_point(|start| *start <= at);
        found.lines().get(next).copied().unwrap_or(found.text.len())
    }
}
