//! How the words of a requirement are written and read. [`Requirement`](super::Requirement) draws them.

use alloc::vec::Vec;

use super::alternative::{Alternative, SchemeRequirement, contains};
use crate::owned::AlternativeFacts;

/// Written in place of the length of the schemes, for an anonymous alternative.
pub(super) const ANONYMOUS: u16 = u16::MAX;

/// A bit in the first word, which also holds the number of schemes. It says that some alternative names no scheme.
pub(super) const ANY_SCHEME: u16 = 1 << 15;

#[inline]
pub(super) const fn split_schemes(words: &[u16]) -> (&[u16], &[u16]) {
    let [count, rest @ ..] = words else { return (&[], &[]) };
    match rest.split_at_checked((*count & !ANY_SCHEME) as usize) {
        Some(parts) => parts,
        None => (&[], &[]),
    }
}

#[inline]
pub(super) const fn split(words: &[u16]) -> Option<(Alternative<'_>, &[u16])> {
    let [schemes, extension, rest @ ..] = words else { return None };
    let anonymous = *schemes == ANONYMOUS;
    let length = if anonymous { 0 } else { *schemes as usize };
    let Some((all, after)) = rest.split_at_checked(length + *extension as usize) else { return None };
    let Some((schemes, extension)) = all.split_at_checked(length) else { return None };
    Some((Alternative { anonymous, all, schemes, extension }, after))
}

#[inline]
pub(super) const fn split_scheme(words: &[u16]) -> Option<(SchemeRequirement<'_>, &[u16])> {
    let [scheme, count, rest @ ..] = words else { return None };
    let Some((scopes, rest)) = rest.split_at_checked(*count as usize) else { return None };
    Some((SchemeRequirement { scheme: *scheme, scopes }, rest))
}

/// Whether the words can be read to their end. Invariant *closed*: words that were cut short could require less.
pub(super) const fn is_well_formed(words: &[u16]) -> bool {
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

/// The words of a requirement. `None` if a count does not fit into a word.
#[doc(hidden)]
#[inline]
#[must_use]
pub fn words(alternatives: &[AlternativeFacts<u16>]) -> Option<Vec<u16>> {
    if alternatives.is_empty() {
        return Some(Vec::new());
    }
    let mut named = Vec::new();
    let mut first = 0;
    for alternative in alternatives {
        named.extend(alternative.schemes().iter().map(|(scheme, _)| *scheme));
        first |= if alternative.accepts_any_scheme() { ANY_SCHEME } else { 0 };
    }
    named.sort_unstable();
    named.dedup();
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
