//! Security requirements as flat lists of numbers. Static tables and policies of run time both store them so.
//!
//! A requirement is a list of alternatives, each a list of schemes, each with a list of scopes. Nested lists would need references from
//! each level to the next, which a policy that owns its data cannot have. A flat requirement is one slice, which is read from front
//! to back. That takes one look at memory, where three levels would take three.

mod alternative;
#[cfg(test)]
mod tests;
mod words;

pub use self::alternative::Alternative;
pub(crate) use self::alternative::SchemeRequirement;
pub use self::words::words;
use self::words::{ANY_SCHEME, is_well_formed, split, split_schemes};

/// A security requirement: its alternatives, any one of which is enough, in document order.
///
/// # The words
/// First stand the schemes that any alternative names: how many there are, and the index of each once, sorted. The alternatives
/// follow. Each begins with two lengths: that of the part with its schemes, and the number of the extension's scopes. A scheme is
/// its index, the number of its scopes, and their indices.
///
/// `OAuth2[files:read files:write] + Key or Key + meta:read`, with OAuth2 as scheme 0 and Key as scheme 1, and with the scopes
/// 0, 1 and 2:
///
/// ```text
/// 2  0 1             two schemes are named: 0 and 1
/// 6  0               first alternative: six words of schemes, no extension
///    0 2  0 1            scheme 0 with two scopes, 0 and 1
///    1 0                 scheme 1 with none
/// 2  1               second alternative: two words of schemes, one scope of the extension
///    1 0                 scheme 1 with none
///    2                   scope 2
/// ```
///
/// So the scopes of an alternative with one scheme stand one after the other. Most alternatives have one scheme. Two special cases are
/// marked by numbers that cannot occur otherwise. An anonymous alternative has `65535` for the length of its schemes. If some
/// alternative names no scheme, the first word has its highest bit set.
///
/// Invariant *alternatives stay whole*: the list is an OR, and alternatives are never merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'t> {
    words: &'t [u16],
}

impl<'t> Requirement<'t> {
    /// The requirement of a public operation.
    pub const NONE: Self = Self { words: &[] };

    /// The requirement that these words stand for. Called by generated constants.
    ///
    /// # Panics
    /// At compile time, where the words are not well-formed.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_words(words: &'t [u16]) -> Self {
        assert!(
            is_well_formed(words),
            "these words are no requirement; use one version of policy-build and policy-core"
        );
        Self { words }
    }

    /// For words that [`words`] gave.
    pub(crate) const fn from_own_words(words: &'t [u16]) -> Self {
        Self { words }
    }

    /// The indices of the schemes that any alternative names, each once, in document order.
    #[inline]
    pub(crate) const fn schemes(self) -> &'t [u16] {
        split_schemes(self.words).0
    }

    /// Whether some alternative asks for authentication without naming a scheme: any scheme of the document will do.
    #[inline]
    pub(crate) const fn accepts_any_scheme(self) -> bool {
        matches!(self.words, [count, ..] if *count & ANY_SCHEME != 0)
    }

    /// The alternatives, in document order.
    #[inline]
    #[must_use]
    pub const fn alternatives(self) -> AlternativeIter<'t> {
        AlternativeIter { rest: split_schemes(self.words).1 }
    }

    /// The only scheme of the only alternative, with all its scopes. Most requirements are so simple, and this reads them at once.
    #[inline]
    pub(crate) const fn sole(self) -> Option<SchemeRequirement<'t>> {
        match self.words {
            [1, scheme, length, extension, _, count, scopes @ ..]
                if *length as usize == *count as usize + 2 && scopes.len() == *count as usize + *extension as usize =>
            {
                Some(SchemeRequirement { scheme: *scheme, scopes })
            }
            _ => None,
        }
    }

    /// The alternative at this index.
    pub(crate) const fn alternative(self, index: usize) -> Option<Alternative<'t>> {
        let mut rest = self.alternatives().rest;
        let mut before = 0;
        while let Some((alternative, after)) = split(rest) {
            if before == index {
                return Some(alternative);
            }
            rest = after;
            before += 1;
        }
        None
    }

    /// Whether there is no alternative.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.words.is_empty()
    }

    /// Whether there are alternatives and all of them require the scope with this index.
    pub(crate) const fn always_requires(self, scope: u16) -> bool {
        let mut rest = self.alternatives().rest;
        while let Some((alternative, after)) = split(rest) {
            if !alternative.requires(scope) {
                return false;
            }
            rest = after;
        }
        !self.is_empty()
    }
}

/// The alternatives of a [`Requirement`].
#[derive(Clone, Debug)]
pub struct AlternativeIter<'t> {
    rest: &'t [u16],
}

impl<'t> Iterator for AlternativeIter<'t> {
    type Item = Alternative<'t>;

    #[inline]
    fn next(&mut self) -> Option<Alternative<'t>> {
        let (alternative, rest) = split(self.rest)?;
        self.rest = rest;
        Some(alternative)
    }
}
