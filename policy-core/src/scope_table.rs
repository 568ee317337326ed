//! The catalogue of scopes, as rows that people can read or as columns.

use crate::definition::ScopeDefinition;
use crate::text_column::TextColumn;

/// The scopes of a policy, sorted by name.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ScopeTable {
    rows: &'static [ScopeDefinition],
    names: TextColumn,
    descriptions: TextColumn,
    undeclared: &'static [u16],
}

impl ScopeTable {
    #[must_use]
    pub const fn rows(rows: &'static [ScopeDefinition]) -> Self {
        Self { rows, names: TextColumn::NONE, descriptions: TextColumn::NONE, undeclared: &[] }
    }

    /// A table of columns. It is smaller, since a row of references takes twice as many bytes as most names. `undeclared` are the
    /// indices of scopes that no catalogue declares.
    #[must_use]
    pub const fn columns(names: TextColumn, descriptions: TextColumn, undeclared: &'static [u16]) -> Self {
        Self { rows: &[], names, descriptions, undeclared }
    }

    #[inline]
    const fn row(&self, index: u16) -> Option<ScopeDefinition> {
        match self.rows.split_at_checked(index as usize) {
            Some((_, [row, ..])) => Some(*row),
            _ => None,
        }
    }

    /// The name of the scope at this index. `None` where no scope is.
    #[inline]
    pub(crate) const fn name(&self, index: u16) -> Option<&'static str> {
        match self.row(index) {
            Some(row) => Some(row.name),
            None if (index as usize) < self.names.len() => Some(self.names.at(index as usize)),
            None => None,
        }
    }

    pub(crate) const fn description(&self, index: u16) -> Option<&'static str> {
        match self.row(index) {
            Some(row) => row.description,
            None => self.descriptions.optional(index as usize),
        }
    }

    pub(crate) const fn is_declared(&self, index: u16) -> bool {
        if let Some(row) = self.row(index) {
            return row.declared;
        }
        let mut rest = self.undeclared;
        while let [undeclared, after @ ..] = rest {
            if *undeclared == index {
                return false;
            }
            rest = after;
        }
        (index as usize) < self.names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_say_the_same_of_each_scope() {
        const ROWS: &[ScopeDefinition] = &[
            ScopeDefinition::new("a", Some("first"), true),
            ScopeDefinition::new("bc", None, false),
            ScopeDefinition::new("d", Some("third"), true),
        ];
        let names = TextColumn::new("abcd", &[1, 3, 4]);
        let descriptions = TextColumn::new("firstthird", &[5, 5, 10]);
        for table in [ScopeTable::rows(ROWS), ScopeTable::columns(names, descriptions, &[1])] {
            let said = |place| (table.name(place), table.description(place), table.is_declared(place));
            assert_eq!(said(0), (Some("a"), Some("first"), true));
            assert_eq!(said(1), (Some("bc"), None, false));
            assert_eq!(said(2), (Some("d"), Some("third"), true));
            assert_eq!(said(3), (None, None, false));
            assert_eq!(said(u16::MAX), (None, None, false));
        }
    }
}
