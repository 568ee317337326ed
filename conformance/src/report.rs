//! The outcomes of the requests, as tables that are reviewed.

use std::fmt::{self, Write as _};

use crate::capability::Framework;

/// A table with aligned columns.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(titles: [&str; N]) -> Self {
        Self { rows: vec![titles.map(str::to_owned).to_vec()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// What a conforming framework did. Both texts are snapshots of its adapter.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) corpus: String,
    pub(crate) vectors: Option<String>,
}

impl Report {
    /// Every row of the corpus.
    #[must_use]
    pub fn corpus(&self) -> &str {
        &self.corpus
    }

    /// Every bypass vector. `None` if the file of vectors is missing, which standard error has said.
    #[must_use]
    pub fn vectors(&self) -> Option<&str> {
        self.vectors.as_deref()
    }
}

/// The first lines of a report.
pub(crate) fn heading(framework: &Framework, sent: usize, reached: usize) -> String {
    let mut text = format!("{} {}\n{sent} requests, {reached} reached a handler\n", framework.name, framework.version);
    for (capability, reason) in framework.absent {
        let _ = writeln!(text, "without {capability:?}: {reason}");
    }
    text.push('\n');
    text
}

/// All violations of a framework.
#[derive(Clone, PartialEq, Eq)]
pub struct Violations(pub(crate) Vec<String>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the adapter does not conform")?;
        self.0.iter().try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}

/// The same text as `Display`, since a test's `unwrap` shows this one.
impl fmt::Debug for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violations {}
