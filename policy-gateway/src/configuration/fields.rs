//! Reads the keys of one table, and finds what is wrong with each.
//!
//! There are two kinds of mistakes. A mistake of form is a key that does not exist, a key that is missing, or a value of the wrong kind:
//! the JSON schema says the same of it. A mistake of meaning is everything else, such as two listeners of one name. They are kept apart
//! so that a test can compare reader and schema.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use policy_spec::toml_file::schema::Key;
use policy_spec::toml_file::{DeTable, DeValue, Range, Reader, Value};

/// A value, and where it stands in the file. Two are equal if the values are, so that a file that was only rearranged says the same.
#[derive(Clone, Debug, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place: bytes of the file.
    pub place: Range,
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Where a table stands in the file. All places are equal, so that a file that was only rearranged says the same.
#[derive(Clone, Debug, Default, Eq)]
pub struct Place(pub Range);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is wrong with the file so far.
pub(crate) struct Reading {
    pub(super) form: Reader,
    pub(super) meaning: Reader,
    /// The folder of the file, from which paths in it start.
    pub(super) folder: PathBuf,
}

impl Reading {
    /// Adds a mistake of meaning.
    pub(crate) fn refuse(&mut self, place: Range, message: impl Into<String>, help: &str) {
        self.meaning.error(place, message, help);
    }
}

/// The keys of one table.
pub(super) struct Fields<'r, 't> {
    pub(super) reading: &'r mut Reading,
    table: &'t DeTable<'t>,
    place: Range,
}

impl<'r, 't> Fields<'r, 't> {
    /// The keys of a table that has these and no others.
    pub(super) fn new(
        reading: &'r mut Reading,
        table: &'t DeTable<'t>,
        place: Range,
        what: &str,
        keys: &[Key],
    ) -> Self {
        for (key, _) in table {
            reading.form.knows(key, &format!("key of `{what}`"), keys);
        }
        for key in keys.iter().filter(|key| key.is_required() && table.get(key.name).is_none()) {
            let help = format!("`{}`: {}", key.name, key.about());
            reading.form.error(place.clone(), format!("`{what}` has no `{}`", key.name), &help);
        }
        Self { reading, table, place }
    }

    /// Where the table stands.
    pub(super) fn place(&self) -> Range {
        self.place.clone()
    }

    /// Where the value of a key stands, or the table if it is not there.
    pub(super) fn place_of(&self, key: &str) -> Range {
        self.value(key).map_or_else(|| self.place(), Value::span)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Adds a mistake of meaning at the value of a key.
    pub(super) fn refuse(&mut self, key: &str, message: impl Into<String>, help: &str) {
        self.reading.refuse(self.place_of(key), message, help);
    }

    pub(super) fn value(&self, key: &str) -> Option<&'t Value<'t>> {
        self.table.get(key)
    }

    /// A text that says something.
    pub(super) fn text(&mut self, key: &str) -> Option<At<String>> {
        let value = self.value(key)?;
        self.text_of(value)
    }

    fn text_of(&mut self, value: &Value<'_>) -> Option<At<String>> {
        let text = self.reading.form.string(value)?;
        if text.trim().is_empty() {
            self.reading.form.error(value.span(), "this text says nothing", "");
            return None;
        }
        Some(At { value: text.to_owned(), place: value.span() })
    }

    /// A path, which starts at the folder of the file.
    pub(super) fn path(&mut self, key: &str) -> Option<At<PathBuf>> {
        let At { value, place } = self.text(key)?;
        if value.contains("://") || value.contains(['\n', '"', '{']) {
            let help = "write where the file is; what it holds never stands here, nor an address";
            self.refuse(key, format!("`{key}` is no path of a file"), help);
        }
        Some(At { value: self.reading.folder.join(Path::new(&value)), place })
    }

    /// A list of texts, and not an empty one.
    pub(super) fn texts(&mut self, key: &str) -> Vec<At<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
            self.reading.form.error(
                value.span(),
                format!("`{key}` is no list of texts"),
                "write `[\"one\", \"another\"]`",
            );
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text_of(item)).collect()
    }

    /// A text, or a list of texts.
    pub(super) fn one_or_more(&mut self, key: &str) -> Vec<At<String>> {
        match self.value(key) {
            Some(value) if value.get_ref().as_str().is_some() => self.text_of(value).into_iter().collect(),
            _ => self.texts(key),
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> bool {
        let Some(value) = self.value(key) else { return false };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.reading.form.error(value.span(), format!("`{key}` is `true` or `false`"), "");
        }
        flag.unwrap_or_default()
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, key: &str, bounds: &RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(written) => u64::from_str_radix(written.as_str(), written.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            let message = format!("`{key}` is a whole number from {} to {}", bounds.start(), bounds.end());
            self.reading.form.error(value.span(), message, "");
        }
        number
    }

    pub(super) fn word<T: Copy>(&mut self, key: &str, what: &str, known: &[(&str, T)]) -> Option<T> {
        let value = self.value(key)?;
        self.reading.form.word(value, what, known)
    }

    /// A table within this one.
    pub(super) fn table(&mut self, key: &str) -> Option<(&'t DeTable<'t>, Range)> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.reading.form.error(value.span(), format!("`{key}` is no table"), "");
        }
        table.map(|table| (table, value.span()))
    }

    /// A list of tables, such as `[[listeners]]`.
    pub(super) fn tables(&mut self, key: &str) -> Vec<(&'t DeTable<'t>, Range)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.reading.form.error(
                value.span(),
                format!("`{key}` is no list of tables"),
                &format!("write each as `[[{key}]]`"),
            );
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => tables.push((table, item.span())),
                None => self.reading.form.error(item.span(), "expected a table here", ""),
            }
        }
        tables
    }
}
