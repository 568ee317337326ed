//! Reads values of TOML. What is wrong with one becomes a finding at its place in the file.

use std::ops;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::schema::Key;
use crate::code::Code;
use crate::finding::Finding;
use crate::likely::{did_you_mean, likely};
use crate::settings::Origin;
use crate::source::{FileId, Span};

/// A value with its place.
pub type Value<'t> = Spanned<DeValue<'t>>;
/// A place: bytes of the file.
pub type Range = ops::Range<usize>;

/// Reads one configuration file, and collects every mistake in it. Each part of the file has a method in a file of its own.
#[derive(Clone, Debug)]
pub struct Reader {
    file: FileId,
    /// The file's name and its text, which settings keep to say where they stand.
    source: Arc<(String, String)>,
    /// The mistakes so far.
    pub findings: Vec<Finding>,
}

impl Reader {
    pub(super) fn new(file: FileId, name: &str, text: &str) -> Self {
        Self { file, source: Arc::new((name.to_owned(), text.to_owned())), findings: Vec::new() }
    }

    /// A path of the configuration, which is relative to the folder of the file.
    pub fn beside(&self, path: &str) -> PathBuf {
        Path::new(&self.source.0).parent().unwrap_or(Path::new("")).join(path)
    }

    /// Where a setting stands.
    pub(super) fn origin(&self, range: Range) -> Origin {
        Origin { file: Arc::clone(&self.source), range }
    }

    /// Adds a finding. Nothing is suggested where `help` is empty.
    pub fn error(&mut self, range: Range, message: impl Into<String>, help: &str) {
        let span = Span { file: self.file, start: range.start, end: range.end };
        let finding = Finding::error(Code::InvalidConfiguration, span, message);
        self.findings.push(if help.is_empty() { finding } else { finding.help(help) });
    }

    /// Reports a word that is not among the known ones.
    pub fn unknown(&mut self, range: Range, what: &str, word: &str, known: &[&str]) {
        let all = format!("write one of `{}`", known.join("`, `"));
        let help = did_you_mean(likely(word, known.iter().copied()), all);
        self.error(range, format!("there is no {what} `{}`", word.escape_debug()), &help);
    }

    /// Whether the key is one of the table's, and a finding where it is not.
    pub fn knows(&mut self, key: &Spanned<DeString<'_>>, what: &str, table: &[Key]) -> bool {
        let known = table.iter().any(|known| known.name == key.get_ref().as_ref());
        if !known {
            let names: Vec<&str> = table.iter().map(|known| known.name).collect();
            self.unknown(key.span(), what, key.get_ref(), &names);
        }
        known
    }

    /// The text of a value that has to be a string.
    pub fn string<'t>(&mut self, value: &'t Value<'_>) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.error(value.span(), "expected a string here", "");
        }
        text
    }

    /// The meaning of a string that has to be one of the known words.
    pub fn word<T: Copy>(&mut self, value: &Value<'_>, what: &str, known: &[(&str, T)]) -> Option<T> {
        let text = self.string(value)?.to_owned();
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            self.unknown(value.span(), what, &text, &words);
        }
        found
    }

    /// A list of strings with at least one entry.
    pub(super) fn strings(&mut self, value: &Value<'_>, help: &str) -> Option<Vec<String>> {
        let items = value.get_ref().as_array().filter(|items| !items.is_empty());
        let Some(items) = items else {
            self.error(value.span(), "expected a list of strings here", help);
            return None;
        };
        items.iter().map(|item| self.string(item).map(str::to_owned)).collect()
    }

    /// A reason, which has to say something. `what` is what gives it.
    pub(super) fn reason(&mut self, value: &Value<'_>, what: &str, help: &str) -> Option<String> {
        let reason = self.string(value)?.trim().to_owned();
        if reason.is_empty() {
            self.error(value.span(), format!("{what} gives no reason"), help);
        }
        Some(reason)
    }

    /// The table that a value has to be. `what` is what findings call the value.
    pub(super) fn table<'t, 'v>(&mut self, value: &'t Value<'v>, what: &str, help: &str) -> Option<&'t DeTable<'v>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.error(value.span(), format!("{what} is no table"), help);
        }
        table
    }

    /// The values of keys that a table must have. Its other keys are looked at too: each is among the `known` ones.
    pub(super) fn required<'t, 'v, const N: usize>(
        &mut self,
        (table, range): (&'t DeTable<'v>, &Range),
        (what, known): (&str, &[Key]),
        keys: [&str; N],
        help: &str,
    ) -> [Option<&'t Value<'v>>; N] {
        for (key, _) in table {
            self.knows(key, &format!("key of {what}"), known);
        }
        keys.map(|key| {
            let found = table.get(key);
            if found.is_none() {
                self.error(range.clone(), format!("{what} has no `{key}`"), help);
            }
            found
        })
    }

    /// Reads each table of a list, such as `[[waivers]]`. What `read` refuses is left out.
    pub fn tables<T>(
        &mut self,
        value: &Value<'_>,
        mut read: impl FnMut(&mut Self, &DeTable<'_>, Range) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = value.get_ref().as_array() else {
            self.error(
                value.span(),
                "expected a list of tables here",
                "write each as `[[extensions]]` or `[[waivers]]`",
            );
            return Vec::new();
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => found.extend(read(self, table, item.span())),
                None => self.error(item.span(), "expected a table here", ""),
            }
        }
        found
    }
}
