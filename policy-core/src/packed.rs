//! The operations of a large document, in columns of numbers.
//!
//! People can read a row of references (`OperationParts`) in a generated file. But it takes 150 bytes, another 150 for the relocations
//! of its references, and a tenth of a millisecond of the compiler's time. A document with a thousand operations has few different
//! methods, requirements and query parameters, and many of its templates begin with the same text. Here each text is written once, and
//! an operation is a few numbers.
//!
//! # The columns
//! Three operations, in the order of their templates:
//!
//! ```text
//! index  operation            requires
//!     0  GET    /files        OAuth2[files:read]
//!     1  DELETE /files/{id}   OAuth2[files:write]
//!     2  GET    /files/{id}   OAuth2[files:read]
//! ```
//!
//! become these columns, each with a number for an operation:
//!
//! ```text
//! methods            0            1            0             method_names  "GET", "DELETE"
//! requirements       0            1            0             rules         words 0..7, words 7..14
//! lengths            6            11           11            text          "/files/{id}"
//! begins at          0            0            0
//! ```
//!
//! A template that the next one begins with has no text of its own: `/files` is the first six bytes of `/files/{id}`. A template is
//! the place in the text where it begins, and a length.
//!
//! # Where a template begins
//! The places would be the largest column, with four bytes for each operation. Most of them need not be written, since a template begins
//! either where the one before it begins, or where that one ends. `steps` has a bit for each operation that says which: 1 if the next
//! template begins where this one ends. So the place of an operation is the sum of the lengths of those operations before it whose bit
//! is 1. With a fourth operation, `GET /notes`, whose template begins where `/files/{id}` ends:
//!
//! ```text
//! text     /files/{id}/notes
//! index    0   1   2   3
//! lengths  6   11  11  6
//! steps    0   0   1   .        operation 3 begins at 11, the length of operation 2
//! ```
//!
//! A sum from the first operation on would take long for the last operations. Therefore every [`BLOCK`]th place is written, in
//! `templates`, and the sum begins at the nearest one. For example, to find operation 70 with blocks of 32, take `templates[2]`, the
//! place of operation 64, and look at the bits of 64 to 69.
//!
//! Where the operations do not stand in the order of their templates, `steps` is empty and `templates` has every place.

use core::cmp::Ordering;

use crate::decision::Rule;
use crate::definition::{Access, OperationDefinition, OperationParts, QueryAllowList};
use crate::requirement::Requirement;
use crate::text_column::{TextColumn, number, slice};

/// The number of operations in a block. Only the place of its first operation is written, as the module's documentation shows.
/// The number divides 64, so that the bits of a block lie in one word of `steps`.
#[doc(hidden)]
pub const BLOCK: usize = 32;

/// The columns. Those of one number for each operation are as long as there are operations.
#[doc(hidden)]
#[derive(Debug)]
pub struct PackedParts {
    /// The templates, one after the other. A template that the next one begins with has no text of its own.
    pub text: &'static str,
    /// The place in the text where the template of each [`BLOCK`]th operation begins. Without `steps`, that of each operation.
    pub templates: &'static [u32],
    /// A bit for each operation, 64 in a word: 1 if the next template begins where this one ends, 0 if both begin at the same place.
    /// Empty where the operations do not stand in the order of their templates.
    pub steps: &'static [u64],
    /// The length of each operation's template, in bytes.
    pub lengths: &'static [u16],
    /// The method of each operation, as an index in `method_names`.
    pub methods: &'static [u8],
    pub method_names: &'static [&'static str],
    /// What each operation requires, as an index in `rules`.
    pub requirements: &'static [u16],
    /// Each requirement once, as a range of `requirement_words`.
    pub rules: &'static [PackedRule],
    /// The words of all requirements; [`Requirement`] says what they mean.
    pub requirement_words: &'static [u16],
    /// The query of each operation, as an index in `query_lists`. Empty where all operations have the first list.
    pub queries: &'static [u16],
    pub query_lists: &'static [QueryAllowList<'static>],
    /// The operations sorted by template and method, for the search. Empty where the columns are sorted so themselves.
    pub sorted: &'static [u16],
    pub operation_ids: TextColumn,
    pub type_names: TextColumn,
    pub summaries: TextColumn,
    pub locations: TextColumn,
}

/// A requirement, as a range of words, and the access that goes with it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct PackedRule {
    begin: u32,
    length: u16,
    access: Access,
}

impl PackedRule {
    /// `length` words from `begin` on.
    #[must_use]
    pub const fn new(begin: u32, length: u16, access: Access) -> Self {
        Self { begin, length, access }
    }
}

/// [`PackedParts`] that were checked.
#[doc(hidden)]
#[derive(Debug)]
pub struct PackedOperations {
    parts: PackedParts,
}

impl PackedOperations {
    /// Checks the columns' lengths, and that requirement and access agree. Called by generated constants.
    ///
    /// # Panics
    /// At compile time, where a column has another length or the words of a requirement cannot be read.
    #[must_use]
    pub const fn new(parts: PackedParts) -> Self {
        let count = parts.methods.len();
        assert!(
            parts.templates.len() == if parts.steps.is_empty() { count } else { count.div_ceil(BLOCK) }
                && (parts.steps.is_empty() || parts.steps.len() == count.div_ceil(64))
                && parts.lengths.len() == count
                && parts.requirements.len() == count
                && (parts.sorted.is_empty() || parts.sorted.len() == count)
                && (parts.queries.is_empty() || parts.queries.len() == count),
            "these columns are no table; use one version of policy-build and policy-core"
        );
        let mut rest = parts.rules;
        while let [rule, after @ ..] = rest {
            let requirement = Requirement::from_words(words(&parts, *rule));
            // Closed: only what is public may require nothing, and only an anonymous alternative opens the rest.
            assert!(
                matches!(rule.access, Access::Public) == requirement.is_empty(),
                "a requirement and its access differ; use one version of policy-build and policy-core"
            );
            rest = after;
        }
        Self { parts }
    }

    pub(crate) const fn len(&self) -> usize {
        self.parts.methods.len()
    }

    /// The operation at this index. Where a column leads to an entry that does not exist, the operation denies everybody.
    #[inline]
    pub(crate) const fn operation(&self, index: usize) -> Option<OperationDefinition> {
        let parts = &self.parts;
        if index >= self.len() {
            return None;
        }
        let rule = self.rule(index);
        Some(OperationDefinition::new(OperationParts {
            method: self.method(index),
            template: self.template(index),
            operation_id: parts.operation_ids.optional(index),
            type_name: parts.type_names.at(index),
            summary: parts.summaries.optional(index),
            access: rule.access,
            requirement: rule.requirement,
            query: self.query(index),
            location: parts.locations.at(index),
        }))
    }

    /// What the operation at this index asks of its caller.
    #[inline]
    pub(crate) const fn rule(&self, index: usize) -> Rule<'static> {
        let Some((_, [index, ..])) = self.parts.requirements.split_at_checked(index) else { return Rule::NOWHERE };
        match self.parts.rules.split_at_checked(*index as usize) {
            Some((_, [rule, ..])) => {
                let requirement = Requirement::from_own_words(words(&self.parts, *rule));
                Rule { access: rule.access, requirement }
            }
            _ => Rule::NOWHERE,
        }
    }

    /// The query parameters that the operation at this index accepts.
    #[inline]
    pub(crate) const fn query(&self, index: usize) -> QueryAllowList<'static> {
        match self.parts.query_lists.split_at_checked(element(self.parts.queries, index) as usize) {
            Some((_, [list, ..])) => *list,
            _ => QueryAllowList::NONE,
        }
    }

    #[inline]
    const fn template(&self, index: usize) -> &'static str {
        let begin = self.begin(index);
        slice(self.parts.text, begin, begin + element(self.parts.lengths, index) as usize)
    }

    /// The place where the template begins: that of its block, and the lengths of those earlier templates of the block whose bit is 1.
    #[inline]
    const fn begin(&self, index: usize) -> usize {
        let parts = &self.parts;
        let Some((_, [word, ..])) = parts.steps.split_at_checked(index / 64) else {
            return number(parts.templates, index);
        };
        // The first operation of the block.
        let first = index - index % BLOCK;
        let mut begin = number(parts.templates, first / BLOCK);
        // The bits of the operations from the first of the block to the one before this.
        let mut steps = (*word >> (first % 64)) & ((1 << (index - first)) - 1);
        while steps != 0 {
            begin += element(parts.lengths, first + steps.trailing_zeros() as usize) as usize;
            steps &= steps - 1;
        }
        begin
    }

    #[inline]
    const fn method(&self, index: usize) -> &'static str {
        let Some((_, [method, ..])) = self.parts.methods.split_at_checked(index) else { return "" };
        match self.parts.method_names.split_at_checked(*method as usize) {
            Some((_, [name, ..])) => name,
            _ => "",
        }
    }

    /// The operation with this method and template, by bisection. A hash would read the whole key before the first comparison, and need
    /// a table of its own.
    pub(crate) fn find(&self, method: &str, template: &str) -> Option<u32> {
        let sorted = self.parts.sorted;
        let (mut begin, mut end) = (0, self.len());
        while begin < end {
            let middle = begin + (end - begin) / 2;
            let index = if sorted.is_empty() { middle } else { usize::from(element(sorted, middle)) };
            match (self.template(index), self.method(index)).cmp(&(template, method)) {
                Ordering::Less => begin = middle + 1,
                Ordering::Greater => end = middle,
                Ordering::Equal => return u32::try_from(index).ok(),
            }
        }
        None
    }
}

#[inline]
const fn words(parts: &PackedParts, rule: PackedRule) -> &'static [u16] {
    match parts.requirement_words.split_at_checked(rule.begin as usize) {
        Some((_, rest)) => match rest.split_at_checked(rule.length as usize) {
            Some((words, _)) => words,
            None => &[],
        },
        None => &[],
    }
}

#[inline]
const fn element(column: &[u16], index: usize) -> u16 {
    match column.split_at_checked(index) {
        Some((_, [number, ..])) => *number,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
