//! The files of a document, and places in them.

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

/// The texts that were read. Findings point into them.
///
/// ```
/// let loaded = policy_spec::read("notes.yaml", b"openapi: 3.1.0\npaths: 7\n", &policy_spec::Settings::default());
/// let finding = loaded.findings.first().ok_or("a finding")?;
/// let location = loaded.sources.location(finding.primary.span);
/// assert_eq!((&*location.file, location.line), ("notes.yaml", 2));
/// # Ok::<(), &str>(())
/// ```
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
    /// How many characters, and how many UTF-16 code units, stand before each [`STRIDE`]th byte. Counted when first asked
    /// for. A document on one line has columns in the millions. To count from the start of the line for each operation and finding
    /// would take the square of that.
    characters: OnceLock<Vec<usize>>,
    units: OnceLock<Vec<usize>>,
}

/// How many bytes are counted anew for each column.
const STRIDE: usize = 4_096;

#[derive(Clone, Copy)]
enum Unit {
    Character,
    Utf16,
}

impl Unit {
    fn count(self, text: &str) -> usize {
        match self {
            _ if text.is_ascii() => text.len(),
            Self::Character => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

impl SourceFile {
    /// How many units stand between two bytes.
    fn between(&self, start: usize, end: usize, unit: Unit) -> usize {
        match end.saturating_sub(start) {
            ..=STRIDE => unit.count(self.text.get(start..end).unwrap_or("")),
            _ => self.before(end, unit).saturating_sub(self.before(start, unit)),
        }
    }

    fn before(&self, at: usize, unit: Unit) -> usize {
        let counted = match unit {
            Unit::Character => &self.characters,
            Unit::Utf16 => &self.units,
        };
        let counted = counted.get_or_init(|| {
            let mut total = 0;
            let chunks = (0..self.text.len() / STRIDE).map(|chunk| {
                let (start, end) = (self.boundary(chunk * STRIDE), self.boundary((chunk + 1) * STRIDE));
                total += unit.count(self.text.get(start..end).unwrap_or(""));
                total
            });
            std::iter::once(0).chain(chunks).collect()
        });
        let chunk = (at / STRIDE).min(counted.len() - 1);
        let rest = self.text.get(self.boundary(chunk * STRIDE)..at).unwrap_or("");
        counted.get(chunk).copied().unwrap_or(0) + unit.count(rest)
    }

    /// The start of the character that holds a byte.
    fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn lines(&self) -> &[usize] {
        // `match_indices` searches in code of the standard library, which is optimised even in an unoptimised build.
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at + 1)).collect()
        })
    }
}

impl Sources {
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile {
            name: name.into(),
            text: Arc::new(text.into()),
            lines: OnceLock::new(),
            characters: OnceLock::new(),
            units: OnceLock::new(),
        });
        FileId(self.files.len() - 1)
    }

    /// The number that the next file will get.
    pub(crate) fn next(&self) -> FileId {
        FileId(self.files.len())
    }

    pub(crate) fn find(&self, name: &str) -> Option<FileId> {
        self.files.iter().position(|file| file.name == name).map(FileId)
    }

    pub(crate) fn shared(&self, file: FileId) -> Arc<String> {
        self.files.get(file.0).map(|file| Arc::clone(&file.text)).unwrap_or_default()
    }

    /// Every file; the document itself is the first.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(FileId)
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
        self.place(span, Unit::Character)
    }

    /// The place where a span starts, with the column in UTF-16 code units, in which editors and SARIF count.
    #[must_use]
    pub fn location_utf16(&self, span: Span) -> Location {
        self.place(span, Unit::Utf16)
    }

    fn place(&self, span: Span, unit: Unit) -> Location {
        let (line, start) = self.line_of(span.file, span.start);
        let before = self.files.get(span.file.0).map_or(0, |file| file.between(start, span.start, unit));
        Location { file: self.name(span.file).to_owned(), line, column: before + 1 }
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

#[cfg(test)]
mod tests {
    use super::{Sources, Span};

    #[test]
    fn columns_are_counted_in_long_lines_as_in_short_ones() {
        let mut text = "first\n".to_owned();
        for at in 0..6_000 {
            text.push(['a', 'ü', '…', '🗂'].into_iter().cycle().nth(at % 7).unwrap_or('a'));
        }
        text.push_str("\nlast 🗂 x\n");
        let mut sources = Sources::default();
        let file = sources.add("long.txt", text.as_str());
        for (at, _) in text.char_indices() {
            let found = sources.location(Span { file, start: at, end: at });
            let found_utf16 = sources.location_utf16(Span { file, start: at, end: at });
            let before = text.get(..at).unwrap_or("");
            let line = before.rsplit('\n').next().unwrap_or("");
            assert_eq!(
                (found.line, found.column),
                (before.matches('\n').count() + 1, line.chars().count() + 1),
                "{at}"
            );
            assert_eq!(found_utf16.column, line.encode_utf16().count() + 1, "{at}");
        }
    }
}
