//! A granted scope string that is kept as it was issued.
//!
//! To split the string at its spaces, token by token, is slow: tokens have different lengths, so that the processor mispredicts the
//! branch at nearly each end. Here the string is read once, 64 bytes at a time, without such branches. That checks the grammar, and
//! leaves one bit for each byte: 1 where a token ends, which is at each space and behind the last byte.
//!
//! ```text
//! text    a:read b:write
//! byte    0     6       14
//! ends    ......1.......1      (lowest bit first)
//! begins  1......1.......1     the same, one further, and the first byte
//! ```
//!
//! Is `b:write`, of seven bytes, one of the tokens? It can only stand where a token begins and where another one ends seven bytes
//! later: `begins & (ends >> 7)`. Here that leaves byte 7. Only the places that are left are compared with the scope.

use core::fmt;

use crate::lanes;
use crate::scope::IllFormedScope;

/// How many groups' ends are kept. A group is 64 bytes of the string, and its ends are the bits of one number. A string of more than 511
/// bytes has further groups, whose ends are found again for each scope that is looked for.
const KEPT: usize = 8;

/// A scope string of RFC 6749, section 3.3: scope tokens separated by single spaces, or nothing at all.
///
/// It is the cheapest form for a single decision: nothing is stored, and only the scopes that the operation requires are looked for.
/// Where one grant is decided about several times, read it into a [`ScopeSet`](crate::ScopeSet) once.
///
/// ```
/// use policy_core::ScopeString;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let scopes = ScopeString::new("encounters:read patients:read")?;
/// assert!(scopes.contains("patients:read") && !scopes.contains("patients"));
/// // One space between tokens, and no other characters than RFC 6749 has.
/// assert!(ScopeString::new("encounters:read  patients:read").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScopeString<'t> {
    text: &'t str,
    /// A bit for each space, and for the end of the text.
    ends: [u64; KEPT],
}

impl<'t> ScopeString<'t> {
    /// The string, if it is of the grammar.
    ///
    /// # Errors
    /// [`IllFormedScope`]: the whole grant is void.
    pub fn new(text: &'t str) -> Result<Self, IllFormedScope> {
        let bytes = text.as_bytes();
        let mut ends = [0; KEPT];
        if bytes.len() < 64 {
            let (spaces, foreign) = lanes::last_spaces(bytes, bytes);
            let end = spaces | 1 << (bytes.len() & 63);
            let empty = end & (end << 1 | 1);
            ends[0] = end;
            // The empty string is a grant of no scope. It is not ill-formed.
            return if empty | foreign == 0 || bytes.is_empty() {
                Ok(Self { text, ends })
            } else {
                Err(IllFormedScope)
            };
        }
        // `empty` has a bit where a token ends at the very byte at which it begins: at the first byte, or behind another end.
        let (mut empty, mut foreign, mut before) = (0, 0, 1);
        let (groups, rest) = bytes.as_chunks::<64>();
        for (at, group) in groups.iter().enumerate() {
            let (spaces, foreign_here) = lanes::spaces(group);
            foreign |= foreign_here;
            empty |= spaces & (spaces << 1 | before);
            before = spaces >> 63;
            if let Some(kept) = ends.get_mut(at) {
                *kept = spaces;
            }
        }
        let (spaces, foreign_here) = lanes::last_spaces(bytes, rest);
        let end = spaces | 1 << (rest.len() & 63);
        empty |= end & (end << 1 | before);
        if let Some(kept) = ends.get_mut(groups.len()) {
            *kept = end;
        }
        if empty | foreign | foreign_here == 0 { Ok(Self { text, ends }) } else { Err(IllFormedScope) }
    }

    /// Whether the scope is one of the tokens, case-sensitive.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        let scope = scope.as_bytes();
        // The number of groups is a constant in each of these calls, so that their loops are unrolled. A processor mispredicts how
        // often a loop with a variable number of steps runs.
        match self.text.len() / 64 {
            _ if !(1..64).contains(&scope.len()) => self.search(scope),
            0 => self.is_among::<1>(scope),
            1 => self.is_among::<2>(scope),
            2 | 3 => self.is_among::<4>(scope),
            4..KEPT => self.is_among::<KEPT>(scope),
            _ => self.search(scope),
        }
    }

    /// [`contains`](Self::contains), for a scope of less than 64 bytes in a string whose ends are all kept.
    #[inline(always)]
    fn is_among<const GROUPS: usize>(&self, scope: &[u8]) -> bool {
        let kept = |group| if group < GROUPS { self.ends.get(group).copied().unwrap_or(0) } else { 0 };
        // The ends of the 64 bytes from `byte` of the group on. The last shift is done in two steps: by 64 at once it is not defined.
        let ends_from = |group, byte| kept(group) >> (byte & 63) | kept(group + 1) << 1 << (63 - (byte & 63));
        let mut places = [0; GROUPS];
        let mut before = 1;
        for (group, places) in places.iter_mut().enumerate() {
            let ends = kept(group);
            *places = (ends << 1 | before) & ends_from(group, scope.len());
            before = ends >> 63;
        }
        for (group, mut places) in (0..GROUPS).zip(places) {
            while places != 0 {
                let byte = places.trailing_zeros() as usize;
                // `a b` stands in the string `a b` and is not a token of it: another end lies within.
                if self.stands_at(group * 64 + byte, scope)
                    && ends_from(group, byte).trailing_zeros() as usize >= scope.len()
                {
                    return true;
                }
                places &= places - 1;
            }
        }
        false
    }

    /// [`contains`](Self::contains), for a scope and a string of any length.
    #[inline(never)]
    fn search(&self, scope: &[u8]) -> bool {
        if scope.is_empty() || scope.contains(&b' ') {
            return false;
        }
        let (groups, shift) = (scope.len() / 64, scope.len() % 64);
        let mut before = 1;
        (0..=self.text.len() / 64).any(|group| {
            let ends = self.ends_of(group);
            let behind = self.ends_of(group + groups) >> shift | self.ends_of(group + groups + 1) << 1 << (63 - shift);
            let mut places = (ends << 1 | before) & behind;
            before = ends >> 63;
            while places != 0 {
                if self.stands_at(group * 64 + places.trailing_zeros() as usize, scope) {
                    return true;
                }
                places &= places - 1;
            }
            false
        })
    }

    /// The ends of tokens in a group, whether kept or not.
    fn ends_of(&self, group: usize) -> u64 {
        if let Some(kept) = self.ends.get(group) {
            return *kept;
        }
        let bytes = self.text.as_bytes();
        let (groups, rest) = bytes.as_chunks::<64>();
        match groups.get(group) {
            Some(group) => lanes::spaces(group).0,
            None if group == groups.len() => lanes::last_spaces(bytes, rest).0 | 1 << (rest.len() & 63),
            None => 0,
        }
    }

    #[inline(always)]
    fn stands_at(&self, place: usize, scope: &[u8]) -> bool {
        let here = self.text.as_bytes().get(place..).and_then(|rest| rest.get(..scope.len()));
        here.is_some_and(|here| same(here, scope))
    }

    /// The tokens, in the order of the string.
    pub fn tokens(self) -> impl Iterator<Item = &'t str> + Clone {
        let mut begin = 0;
        core::iter::from_fn(move || {
            // `None` after the last token.
            let end = self.end_behind(begin)?;
            let token = self.text.get(begin..end)?;
            begin = end + 1;
            (!token.is_empty()).then_some(token)
        })
    }

    /// The first end at or behind a place.
    #[inline]
    fn end_behind(&self, place: usize) -> Option<usize> {
        let (group, shift) = (place / 64, place % 64);
        let here = self.ends_of(group) >> shift;
        if here != 0 {
            return Some(place + here.trailing_zeros() as usize);
        }
        (group + 1..=self.text.len() / 64).find_map(|group| {
            let ends = self.ends_of(group);
            (ends != 0).then(|| group * 64 + ends.trailing_zeros() as usize)
        })
    }

    /// The string as it was issued.
    #[must_use]
    pub fn as_str(self) -> &'t str {
        self.text
    }
}

/// The empty string: no scope is granted.
impl Default for ScopeString<'_> {
    fn default() -> Self {
        let mut ends = [0; KEPT];
        ends[0] = 1;
        Self { text: "", ends }
    }
}

impl fmt::Debug for ScopeString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeString({:?})", self.text)
    }
}

/// Whether two slices of the same length are equal. `==` would call `memcmp`, which takes longer than the comparison of a scope.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() >= 8 {
        // The last eight bytes overlap the words before them, so that no shorter rest is left.
        let (ones, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
        one.last_chunk::<8>() == other.last_chunk::<8>() && ones.iter().zip(others).all(|(one, other)| one == other)
    } else {
        one.iter().zip(other).all(|(one, other)| one == other)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;
    use crate::scope::is_scope_token;

    /// By the words of RFC 6749: tokens separated by single spaces.
    fn tokens(text: &str) -> Option<Vec<&str>> {
        if text.is_empty() {
            return Some(Vec::new());
        }
        let tokens: Vec<&str> = text.split(' ').collect();
        tokens.iter().all(|token| is_scope_token(token)).then_some(tokens)
    }

    #[test]
    fn a_string_is_what_it_is_token_by_token() {
        for length in (0..40_usize).chain([63, 64, 65, 127, 128, 129, 130, 191, 192, 193, 300, 511, 512, 513, 577, 640])
        {
            // Tokens of one, two, three bytes and so on, up to eight, of few letters, so that many are alike.
            let text: String = (0..length)
                .map(
                    |at| if at % 9 * (at % 13) == 12 || at % 17 == 9 { ' ' } else { char::from(b'a' + (at % 3) as u8) },
                )
                .collect();
            // Every place of a short one, and the places around the ends of words and lanes of a long one.
            for at in (0..length.max(1)).filter(|at| length < 70 || at % 8 < 2 || length - at < 18) {
                for byte in [0, 0x1f, b' ', b'!', b'"', b'#', b'a', b'b', b'[', b'\\', b']', b'~', 0x7f, 0xff] {
                    let mut text: Vec<char> = text.chars().collect();
                    let byte = if byte == 0xff { '\u{e9}' } else { char::from(byte) };
                    if let Some(place) = text.get_mut(at) {
                        *place = byte;
                    }
                    let text: String = text.into_iter().collect();
                    let expected = tokens(&text);
                    let string = ScopeString::new(&text);
                    assert_eq!(string.is_ok(), expected.is_some(), "{text:?}");
                    let (Ok(string), Some(expected)) = (string, expected) else { continue };
                    assert!(string.tokens().eq(expected.iter().copied()), "{text:?}");
                    assert!(expected.iter().all(|token| string.contains(token)), "{text:?}");
                    for other in ["", "a", "b", "ab", "abc", "abca", "bcabcab", "cabcabcab", " ", "a b", &text] {
                        assert_eq!(string.contains(other), expected.contains(&other), "{other:?} in {text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_token_that_differs_in_one_byte_is_another() {
        for length in (1..40).chain([63, 64, 65, 130]) {
            let token = "a".repeat(length);
            for text in [token.clone(), ["x", &token, "y"].join(" ")] {
                let string = ScopeString::new(&text).unwrap_or_default();
                assert!(string.contains(&token), "{text:?}");
                for at in 0..length {
                    let mut other = token.clone();
                    other.replace_range(at..=at, "b");
                    assert!(!string.contains(&other), "{other:?} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn no_scope_is_the_empty_string() {
        assert_eq!(ScopeString::new(""), Ok(ScopeString::default()));
        assert_eq!(ScopeString::default().tokens().count(), 0);
    }

    #[test]
    fn a_long_token_is_found_at_any_place_of_any_string() {
        for length in [62, 63, 64, 65, 127, 128, 129, 200, 520] {
            let token: String = (0..length).map(|at| char::from(b'a' + (at % 7) as u8)).collect();
            for before in (0..70).chain([120, 128, 450, 511, 512, 513, 700]) {
                for after in [0, 1, 60, 64, 130, 600] {
                    let parts = ["x".repeat(before), token.clone(), "y".repeat(after)];
                    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
                    let text = parts.join(" ");
                    let string = ScopeString::new(&text).unwrap_or_default();
                    assert_eq!(string.as_str(), text);
                    assert!(string.tokens().eq(parts.iter().copied()), "{text:?}");
                    assert!(parts.iter().all(|part| string.contains(part)), "{text:?}");
                    let shorter = token.get(1..).unwrap_or_default();
                    for other in [&text, shorter, &["a", &token].concat(), &["x", &token].join(" ")] {
                        assert_eq!(string.contains(other), parts.contains(&other), "{other:?} in {text:?}");
                    }
                }
            }
        }
    }
}
