//! Security requirements as flat lists of numbers, which static tables and policies built at run time hold alike.
//!
//! A list of lists of lists would tie each level to the next by reference, and only constants can own such a thing. Flat, a
//! requirement is one slice, read front to back: one look at memory where three levels would take three.

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
/// So all scopes of an alternative with one scheme stand in a row, and most alternatives have one. Two things are written with
/// numbers that cannot occur otherwise: an anonymous alternative has `65535` for the length of its schemes, and where some
/// alternative leaves its scheme open, the first word has its highest bit set.
///
/// Invariant *alternatives stay whole*: the list is an OR, and none is ever merged into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'t> {
    words: &'t [u16],
}

impl<'t> Requirement<'t> {
    /// What nobody needs to meet, because the operation is public.
    pub const NONE: Self = Self { words: &[] };

    /// The requirement that these words write; called by generated constants.
    ///
    /// # Panics
    /// At compile time, where the words are not what [`words`] gives.
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

    /// The only scheme of the only alternative, with all its scopes: what most requirements are, read at one look.
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
