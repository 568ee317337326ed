//! Security requirements as flat lists of numbers, which static tables and policies built at run time hold alike.
//!
//! A list of lists of lists would tie each level to the next by reference, and only constants can own such a thing. Flat, a
//! requirement is one slice, read front to back: one look at memory where three levels would take three.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::owned::AlternativeFacts;

/// Stands for the schemes' length in an anonymous alternative, which has none.
const ANONYMOUS: u16 = u16::MAX;

/// Beside the number of schemes: some alternative names none.
const ANY_SCHEME: u16 = 1 << 15;

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

    /// The alternative at this place.
    pub(crate) const fn alternative(self, at: usize) -> Option<Alternative<'t>> {
        let mut rest = self.alternatives().rest;
        let mut place = 0;
        while let Some((alternative, after)) = split(rest) {
            if place == at {
                return Some(alternative);
            }
            rest = after;
            place += 1;
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

/// One alternative of a requirement: every scheme and every scope of it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative<'t> {
    anonymous: bool,
    /// The schemes' part, and the extension's scopes behind it.
    all: &'t [u16],
    schemes: &'t [u16],
    extension: &'t [u16],
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

#[inline]
const fn split_schemes(words: &[u16]) -> (&[u16], &[u16]) {
    let [count, rest @ ..] = words else { return (&[], &[]) };
    match rest.split_at_checked((*count & !ANY_SCHEME) as usize) {
        Some(parts) => parts,
        None => (&[], &[]),
    }
}

#[inline]
const fn split(words: &[u16]) -> Option<(Alternative<'_>, &[u16])> {
    let [schemes, extension, rest @ ..] = words else { return None };
    let anonymous = *schemes == ANONYMOUS;
    let length = if anonymous { 0 } else { *schemes as usize };
    let Some((all, after)) = rest.split_at_checked(length + *extension as usize) else { return None };
    let Some((schemes, extension)) = all.split_at_checked(length) else { return None };
    Some((Alternative { anonymous, all, schemes, extension }, after))
}

#[inline]
const fn split_scheme(words: &[u16]) -> Option<(SchemeRequirement<'_>, &[u16])> {
    let [scheme, count, rest @ ..] = words else { return None };
    let Some((scopes, rest)) = rest.split_at_checked(*count as usize) else { return None };
    Some((SchemeRequirement { scheme: *scheme, scopes }, rest))
}

/// Whether everything is read to its end. Invariant *closed*: words that were cut short could ask for less.
const fn is_well_formed(words: &[u16]) -> bool {
    let (named, mut rest) = split_schemes(words);
    let mut any = false;
    let mut count = 0;
    while let Some((alternative, after)) = split(rest) {
        let mut schemes = alternative.schemes;
        while let Some((scheme, rest)) = split_scheme(schemes) {
            if !contains(named, scheme.scheme) {
                return false;
            }
            schemes = rest;
        }
        if !schemes.is_empty() || alternative.anonymous && !alternative.extension.is_empty() {
            return false;
        }
        any |= !alternative.anonymous && alternative.schemes.is_empty();
        rest = after;
        count += 1;
    }
    let Some((first, _)) = words.split_first() else { return true };
    rest.is_empty() && count > 0 && any == (*first & ANY_SCHEME != 0)
}

const fn contains(mut scopes: &[u16], scope: u16) -> bool {
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

/// The words of a requirement. `None` where a count does not fit its word.
#[doc(hidden)]
#[must_use]
pub fn words(alternatives: &[AlternativeFacts<u16>]) -> Option<Vec<u16>> {
    if alternatives.is_empty() {
        return Some(Vec::new());
    }
    let mut named = BTreeSet::new();
    let mut first = 0;
    for alternative in alternatives {
        named.extend(alternative.schemes().iter().map(|(scheme, _)| *scheme));
        first |= if alternative.accepts_any_scheme() { ANY_SCHEME } else { 0 };
    }
    first |= u16::try_from(named.len()).ok().filter(|count| *count < ANY_SCHEME)?;
    let mut words = alloc::vec![first];
    words.extend(named);
    for alternative in alternatives {
        let AlternativeFacts::Credentials { schemes, extension } = alternative else {
            words.extend([ANONYMOUS, 0]);
            continue;
        };
        let mut part = Vec::new();
        for (scheme, scopes) in schemes {
            part.extend([*scheme, u16::try_from(scopes.len()).ok()?]);
            part.extend(scopes);
        }
        let length = u16::try_from(part.len()).ok().filter(|length| *length != ANONYMOUS)?;
        words.extend([length, u16::try_from(extension.len()).ok()?]);
        words.extend(part);
        words.extend(extension);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let parts = [
            AlternativeFacts::Anonymous,
            AlternativeFacts::Credentials { schemes: vec![], extension: vec![7] },
            AlternativeFacts::Credentials { schemes: vec![(0, vec![1, 2]), (3, vec![])], extension: vec![4, 5] },
        ];
        let written = words(&parts).unwrap_or_default();
        let requirement = Requirement::from_words(&written);
        let read: Vec<AlternativeFacts<u16>> = requirement
            .alternatives()
            .map(|one| {
                let schemes = one.schemes().map(|scheme| (scheme.scheme, scheme.scopes.to_vec())).collect();
                let named = AlternativeFacts::Credentials { schemes, extension: one.extension().to_vec() };
                if one.is_anonymous() { AlternativeFacts::Anonymous } else { named }
            })
            .collect();
        assert_eq!(read, parts);
        assert_eq!(requirement.alternative(1).map(|one| one.requires(7)), Some(true));
        assert_eq!(requirement.alternative(3), None);
        assert_eq!(requirement.schemes(), [0, 3]);
        assert!(requirement.accepts_any_scheme());
        assert!(requirement.alternatives().all(|one| one.sole_scheme().is_none()));
        let sole = words(&[AlternativeFacts::Credentials { schemes: vec![(3, vec![1])], extension: vec![4, 5] }]);
        let sole = sole.unwrap_or_default();
        let sole = Requirement::from_words(&sole);
        let expected = Some(SchemeRequirement { scheme: 3, scopes: &[1, 4, 5][..] });
        assert_eq!(sole.alternative(0).and_then(Alternative::sole_scheme), expected);
        assert_eq!(sole.sole(), expected);
        assert_eq!(requirement.sole(), None);
        for more in [
            vec![
                AlternativeFacts::Credentials { schemes: vec![(3, vec![1])], extension: vec![4] },
                AlternativeFacts::Anonymous,
            ],
            vec![AlternativeFacts::Credentials { schemes: vec![(3, vec![1]), (3, vec![2])], extension: vec![] }],
            vec![AlternativeFacts::Credentials { schemes: vec![(3, vec![])], extension: vec![] }; 2],
            vec![AlternativeFacts::Credentials { schemes: vec![], extension: vec![1, 2] }],
            vec![AlternativeFacts::Anonymous],
            vec![],
        ] {
            let written = words(&more).unwrap_or_default();
            assert_eq!(Requirement::from_words(&written).sole(), None, "{more:?}");
        }
    }

    #[test]
    fn words_that_end_too_early_are_no_requirement() {
        let parts =
            [AlternativeFacts::Credentials { schemes: vec![(0, vec![1, 2]), (3, vec![9])], extension: vec![4] }];
        let written = words(&parts).unwrap_or_default();
        assert!(is_well_formed(&written) && is_well_formed(&[]));
        for length in 1..written.len() {
            assert!(!is_well_formed(written.get(..length).unwrap_or_default()), "{length}");
        }
        for wrong in [
            &[0, ANONYMOUS, 1, 0][..],
            &[0, 1, 0, 0],
            // A scheme that is not in the list, none in any, a list that is cut short.
            &[1, 1, 2, 0, 0, 0],
            &[ANY_SCHEME | 1, 0, 2, 0, 0, 0],
            &[0, 0, 1, 5],
            &[2, 0],
            &[0],
        ] {
            assert!(!is_well_formed(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let scopes = vec![0; usize::from(u16::MAX) + 1];
        assert_eq!(
            words(&[AlternativeFacts::Credentials { schemes: vec![(0, scopes.clone())], extension: vec![] }]),
            None
        );
        assert_eq!(words(&[AlternativeFacts::Credentials { schemes: vec![], extension: scopes }]), None);
    }
}
