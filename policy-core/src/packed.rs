//! The operations of a large document, in columns of numbers.
//!
//! A row of references (`OperationParts`) is what people can read in a generated file, but it takes 150 bytes, as much
//! again for the loader to relocate its references, and the compiler a tenth of a millisecond. A document with a thousand
//! operations has few different methods, requirements and query parameters, and its templates begin alike: here each text
//! is written once, and an operation is a handful of numbers.

use core::cmp::Ordering;

use crate::decision::Asked;
use crate::definition::{Access, OperationDefinition, OperationParts, QueryAllowList};
use crate::requirement::Requirement;
use crate::text_column::{TextColumn, number, slice};

/// From how many operations on it is written again where their templates begin; what lies between is added up.
#[doc(hidden)]
pub const BLOCK: usize = 32;

/// The columns. Those of one number for each operation are as long as there are operations.
#[doc(hidden)]
#[derive(Debug)]
pub struct PackedParts {
    /// The templates; one that begins another has no text of its own.
    pub text: &'static str,
    /// Where in the text each operation's template begins; with `steps`, that of each [`BLOCK`]th operation.
    pub templates: &'static [u32],
    /// A bit for each operation behind whose template the next one begins, where all others begin where it does: so it is
    /// where the operations stand in the order of their templates. Empty where they do not.
    pub steps: &'static [u64],
    /// The length of each operation's template.
    pub lengths: &'static [u16],
    /// The method of each operation, by its place in `method_names`.
    pub methods: &'static [u8],
    pub method_names: &'static [&'static str],
    /// What each operation requires, by its place in `rules`.
    pub requirements: &'static [u16],
    pub rules: &'static [PackedRule],
    pub requirement_words: &'static [u16],
    /// The query of each operation, by its place in `query_lists`; empty where all have the first.
    pub queries: &'static [u16],
    pub query_lists: &'static [QueryAllowList<'static>],
    /// The operations, sorted by template and method; empty where that is how they stand.
    pub sorted: &'static [u16],
    pub operation_ids: TextColumn,
    pub type_names: TextColumn,
    pub summaries: TextColumn,
    pub locations: TextColumn,
}

/// A requirement, as the place of its words, and the access that goes with it.
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
    /// Checks what an operation's access relies on; called by generated constants.
    ///
    /// # Panics
    /// At compile time, where a column is too short or a requirement is none.
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

    /// The operation at this place. What is out of place in the columns is denied, like a requirement that nobody meets.
    #[inline]
    pub(crate) const fn operation(&self, place: usize) -> Option<OperationDefinition> {
        let parts = &self.parts;
        if place >= self.len() {
            return None;
        }
        let asked = self.asked(place);
        Some(OperationDefinition::new(OperationParts {
            index: place as u32,
            method: self.method(place),
            template: self.template(place),
            operation_id: parts.operation_ids.optional(place),
            type_name: parts.type_names.at(place),
            summary: parts.summaries.optional(place),
            access: asked.access,
            requirement: asked.requirement,
            query: self.query(place),
            location: parts.locations.at(place),
        }))
    }

    /// What the operation at this place asks of its caller.
    #[inline]
    pub(crate) const fn asked(&self, place: usize) -> Asked<'static> {
        let Some((_, [place, ..])) = self.parts.requirements.split_at_checked(place) else { return Asked::NOWHERE };
        match self.parts.rules.split_at_checked(*place as usize) {
            Some((_, [rule, ..])) => {
                let requirement = Requirement::from_own_words(words(&self.parts, *rule));
                Asked { access: rule.access, requirement }
            }
            _ => Asked::NOWHERE,
        }
    }

    /// The query parameters that the operation at this place accepts.
    #[inline]
    pub(crate) const fn query(&self, place: usize) -> QueryAllowList<'static> {
        match self.parts.query_lists.split_at_checked(element(self.parts.queries, place) as usize) {
            Some((_, [list, ..])) => *list,
            _ => QueryAllowList::NONE,
        }
    }

    #[inline]
    const fn template(&self, place: usize) -> &'static str {
        let begin = self.begin(place);
        slice(self.parts.text, begin, begin + element(self.parts.lengths, place) as usize)
    }

    /// Where the template begins: where its block does, and behind those before it that it does not begin with.
    #[inline]
    const fn begin(&self, place: usize) -> usize {
        let parts = &self.parts;
        let Some((_, [word, ..])) = parts.steps.split_at_checked(place / 64) else {
            return number(parts.templates, place);
        };
        let first = place - place % BLOCK;
        let mut begin = number(parts.templates, first / BLOCK);
        let mut steps = (*word >> (first % 64)) & ((1 << (place - first)) - 1);
        while steps != 0 {
            begin += element(parts.lengths, first + steps.trailing_zeros() as usize) as usize;
            steps &= steps - 1;
        }
        begin
    }

    #[inline]
    const fn method(&self, place: usize) -> &'static str {
        let Some((_, [method, ..])) = self.parts.methods.split_at_checked(place) else { return "" };
        match self.parts.method_names.split_at_checked(*method as usize) {
            Some((_, [name, ..])) => name,
            _ => "",
        }
    }

    /// The operation with this method and template. A bisection: a hash would read the whole key before the first
    /// comparison, and cost a table of its own.
    pub(crate) fn find(&self, method: &str, template: &str) -> Option<u32> {
        let sorted = self.parts.sorted;
        let (mut begin, mut end) = (0, self.len());
        while begin < end {
            let middle = begin + (end - begin) / 2;
            let place = if sorted.is_empty() { middle } else { usize::from(element(sorted, middle)) };
            match (self.template(place), self.method(place)).cmp(&(template, method)) {
                Ordering::Less => begin = middle + 1,
                Ordering::Greater => end = middle,
                Ordering::Equal => return u32::try_from(place).ok(),
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
const fn element(column: &[u16], place: usize) -> u16 {
    match column.split_at_checked(place) {
        Some((_, [number, ..])) => *number,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
