//! One alternative of a requirement.

use super::words::split_scheme;

/// One alternative of a requirement: every scheme and every scope of it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative<'t> {
    pub(super) anonymous: bool,
    /// The schemes' part, and the extension's scopes behind it.
    pub(super) all: &'t [u16],
    pub(super) schemes: &'t [u16],
    pub(super) extension: &'t [u16],
}

impl<'t> Alternative<'t> {
    /// Whether this is `{}`, which asks for nothing.
    #[must_use]
    pub const fn is_anonymous(self) -> bool {
        self.anonymous
    }

    /// The schemes, each with the scopes that it must have granted.
    #[inline]
    pub(crate) fn schemes(self) -> impl Iterator<Item = SchemeRequirement<'t>> + Clone + use<'t> {
        let mut rest = self.schemes;
        core::iter::from_fn(move || {
            let (scheme, after) = split_scheme(rest)?;
            rest = after;
            Some(scheme)
        })
    }

    /// The only scheme with all scopes of the alternative, the extension's too: with one scheme, it makes no difference who
    /// asks for a scope.
    #[inline]
    pub(crate) fn sole_scheme(self) -> Option<SchemeRequirement<'t>> {
        let [scheme, count, ..] = self.schemes else { return None };
        if self.schemes.len() != usize::from(*count) + 2 {
            return None;
        }
        self.all.get(2..).map(|scopes| SchemeRequirement { scheme: *scheme, scopes })
    }

    /// Whether no scheme is named: then any one will do, unless the alternative is anonymous.
    #[inline]
    pub(crate) const fn names_no_scheme(self) -> bool {
        self.schemes.is_empty()
    }

    /// The scopes of the extension, which any scheme of the alternative may have granted.
    #[inline]
    pub(crate) const fn extension(self) -> &'t [u16] {
        self.extension
    }

    /// The indices of all scopes; one that stands in several places comes several times.
    pub(crate) fn scopes(self) -> impl Iterator<Item = u16> + use<'t> {
        self.schemes().flat_map(|scheme| scheme.scopes).chain(self.extension).copied()
    }

    /// Whether the alternative requires the scope with this index, by any scheme or the extension.
    pub(crate) const fn requires(self, scope: u16) -> bool {
        let mut rest = self.schemes;
        while let Some((scheme, after)) = split_scheme(rest) {
            if contains(scheme.scopes, scope) {
                return true;
            }
            rest = after;
        }
        contains(self.extension, scope)
    }

    /// Marks every scope in a bit set, in constants too.
    pub(crate) const fn mark(self, words: &mut [u64]) {
        let mut rest = self.schemes;
        while let Some((scheme, after)) = split_scheme(rest) {
            mark(words, scheme.scopes);
            rest = after;
        }
        mark(words, self.extension);
    }
}

/// One scheme of an alternative, with the scopes that it must have granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SchemeRequirement<'t> {
    pub(crate) scheme: u16,
    pub(crate) scopes: &'t [u16],
}

pub(super) const fn contains(mut scopes: &[u16], scope: u16) -> bool {
    while let [first, rest @ ..] = scopes {
        if *first == scope {
            return true;
        }
        scopes = rest;
    }
    false
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
const fn mark(words: &mut [u64], mut scopes: &[u16]) {
    while let [first, rest @ ..] = scopes {
        words[*first as usize / 64] |= 1 << (*first % 64);
        scopes = rest;
    }
}
