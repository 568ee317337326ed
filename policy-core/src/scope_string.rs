//! A granted scope string that is kept as it was issued.
//!
//! Tokens are not split off one by one, because a processor cannot guess where the next one ends. Of a short string, one bit
//! for each space is kept from the check of its grammar, so that the tokens of a length are found at once. A long one is
//! searched in loops over sixteen bytes without a branch between them, which compilers turn into vector instructions.

use core::fmt;

use crate::scope::IllFormedScope;

/// The length up to which a string is short: as many bytes as there are bits for their spaces.
const SHORT: usize = u128::BITS as usize;

/// As many bytes of a long string as are looked at together.
const LANES: usize = 16;

/// A scope string of RFC 6749, section 3.3: scope tokens separated by single spaces, or nothing at all.
///
/// For whoever has the string and needs one decision: the scopes that an operation requires are looked for in it, and
/// nothing is parsed or stored. For several decisions, a set is read once.
///
/// ```
/// use policy_core::ScopeString;
/// assert!(ScopeString::new("files:read meta:read")?.contains("meta:read"));
/// assert!(!ScopeString::new("files:read")?.contains("files"));
/// assert!(ScopeString::new("files:read  meta:read").is_err(), "two spaces");
/// # Ok::<(), policy_core::IllFormedScope>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeString<'t> {
    text: &'t str,
    /// Where the spaces of a short string are.
    spaces: u128,
}

impl<'t> ScopeString<'t> {
    /// The string, if it is of the grammar.
    ///
    /// # Errors
    /// [`IllFormedScope`]: the whole grant is void.
    #[inline]
    pub fn new(text: &'t str) -> Result<Self, IllFormedScope> {
        let bytes = text.as_bytes();
        let spaces = if bytes.len() <= SHORT { short(bytes) } else { long(bytes) };
        spaces.map(|spaces| Self { text, spaces }).ok_or(IllFormedScope)
    }

    /// Whether the scope is one of the tokens, case-sensitive.
    #[must_use]
    #[inline]
    pub fn contains(self, scope: &str) -> bool {
        let (text, scope) = (self.text.as_bytes(), scope.as_bytes());
        if text.len() > SHORT {
            return stands_in_long(text, scope);
        }
        if scope.is_empty() || scope.len() > text.len() {
            return false;
        }
        // A token begins after a space, or with the string, and ends before a space, or with the string. Most strings fit 64
        // bits, where shifts are one instruction.
        let last = text.len() - scope.len();
        let (mut low, mut high) = if text.len() <= 64 {
            let spaces = self.spaces as u64;
            ((spaces << 1 | 1) & (spaces.unbounded_shr(scope.len() as u32) | 1 << (last & 63)), 0)
        } else {
            let places = (self.spaces << 1 | 1) & (self.spaces.unbounded_shr(scope.len() as u32) | 1 << (last & 127));
            (places as u64, (places >> 64) as u64)
        };
        while low != 0 {
            if self.stands_at(low.trailing_zeros() as usize, scope) {
                return true;
            }
            low &= low - 1;
        }
        while high != 0 {
            if self.stands_at(64 + high.trailing_zeros() as usize, scope) {
                return true;
            }
            high &= high - 1;
        }
        false
    }

    #[inline]
    fn stands_at(self, place: usize, scope: &[u8]) -> bool {
        let here = self.text.as_bytes().get(place..).and_then(|rest| rest.get(..scope.len()));
        // Two tokens with the space between them are no token.
        here.is_some_and(|here| same(here, scope))
            && (self.spaces >> (place & 127)).trailing_zeros() as usize >= scope.len()
    }

    /// The tokens, in the order of the string.
    pub fn tokens(self) -> impl Iterator<Item = &'t str> {
        self.text.split(' ').filter(|token| !token.is_empty())
    }

    /// The string as it was issued.
    #[must_use]
    pub fn as_str(self) -> &'t str {
        self.text
    }
}

impl fmt::Debug for ScopeString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeString({:?})", self.text)
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// The spaces of a short string, if it is of the grammar.
#[inline]
fn short(text: &[u8]) -> Option<u128> {
    // Halves, since shifting 128 bits takes a handful of instructions.
    let (first, second) = text.split_at_checked(64).unwrap_or((text, &[]));
    let (mut wrong, low) = marks(first);
    let mut high = 0;
    if !second.is_empty() {
        let (wrong_there, spaces) = marks(second);
        wrong |= wrong_there;
        high = spaces;
    }
    let in_a_row = low & low << 1 | high & (high << 1 | low >> 63);
    let is_outermost = low & 1 != 0 || text.last() == Some(&b' ');
    (wrong & HIGH == 0 && in_a_row == 0 && !is_outermost).then_some(u128::from(high) << 64 | u128::from(low))
}

/// What is foreign in at most 64 bytes, and their spaces. Eight bytes at a time.
#[inline]
fn marks(text: &[u8]) -> (u64, u64) {
    let (words, rest) = text.as_chunks::<8>();
    let (mut wrong, mut spaces, mut at) = (0, 0, 0_u32);
    for word in words {
        let word = u64::from_le_bytes(*word);
        wrong |= foreign(word);
        spaces |= spaces_of(word) << (at & 63);
        at += 8;
    }
    if !rest.is_empty() {
        let word = last_word(text, rest);
        wrong |= foreign(word);
        spaces |= spaces_of(word) << (at & 63);
    }
    (wrong, spaces)
}

/// The last bytes, fewer than eight. What stands behind the end is neither a space nor foreign.
#[inline]
fn last_word(text: &[u8], rest: &[u8]) -> u64 {
    let bits = 8 * (rest.len() as u32 & 7);
    match text.last_chunk::<8>() {
        // What is read begins earlier, and what is before is shifted out.
        Some(chunk) => u64::from_le_bytes(*chunk) >> ((64 - bits) & 63) | (ONES * u64::from(b'a')) << bits,
        None => rest.iter().rev().fold(ONES * u64::from(b'a'), |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Marks the bytes that are in no token and no space either: below space, quote, backslash, DEL, and what is not ASCII. A
/// byte that is found may disturb those above it; nobody looks at which they are.
#[inline]
fn foreign(word: u64) -> u64 {
    let is = |byte: u8| (word ^ (ONES * byte as u64)).wrapping_sub(ONES);
    word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES) | is(b'"') | is(b'\\')
}

/// One bit for each byte, exact for ASCII: whether it is a space.
#[inline]
const fn spaces_of(word: u64) -> u64 {
    let others = (word ^ (ONES * b' ' as u64)).wrapping_add(!HIGH);
    // The product brings the marks of eight bytes together in the highest.
    ((!others & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether a long string is of the grammar. No spaces are noted.
fn long(text: &[u8]) -> Option<u128> {
    let (first, next) = text.split_first()?;
    // The same bytes twice, one place apart, to see two spaces in a row.
    let pairs = text.iter().zip(next);
    let wrong = pairs.fold(u8::from(is_foreign(*first)), |wrong, (here, next)| {
        wrong | u8::from(is_foreign(*next) | ((*here == b' ') & (*next == b' ')))
    });
    (wrong == 0 && *first != b' ' && text.last() != Some(&b' ')).then_some(0)
}

/// What is not ASCII is negative.
#[inline]
const fn is_foreign(byte: u8) -> bool {
    ((byte as i8) < 0x20) | (byte == b'"') | (byte == b'\\') | (byte == 0x7f)
}

/// Whether the token is one of the tokens of a long string.
fn stands_in_long(text: &[u8], token: &[u8]) -> bool {
    // The first and the last token have a space on one side only; whether it is there is seen before they are compared.
    let is_first = text.get(token.len()) == Some(&b' ') && text.starts_with(token);
    let before_last = text.len().checked_sub(token.len() + 1).and_then(|place| text.get(place));
    let found = is_first || before_last == Some(&b' ') && text.ends_with(token) || stands_inside(text, token);
    // Two tokens with the space between them are no token.
    found && !token.is_empty() && !token.iter().fold(false, |any, byte| any | (*byte == b' '))
}

/// Whether the token stands in the text between two spaces.
fn stands_inside(text: &[u8], token: &[u8]) -> bool {
    let length = token.len();
    let Some(middle) = token.get(length / 2) else { return false };
    // As many places as the space before the token can have.
    let Some(places) = text.len().checked_sub(length + 1) else { return false };
    let from = |start: usize| text.get(start..).and_then(|rest| rest.get(..places)).unwrap_or_default();
    let (before, middles, behind) = (from(0), from(1 + length / 2), from(1 + length));
    // Few other tokens have the length and a byte in common; they are compared whole.
    let is_in = |at: usize| {
        // By their ends, since whoever skips in a pair of iterators takes every step.
        let end = places.min(at + LANES);
        let (before, behind) = (before.get(at..end).unwrap_or_default(), behind.get(at..end).unwrap_or_default());
        before.iter().zip(behind).zip(at + 1..).any(|((before, behind), place)| {
            let here = || text.get(place..place + length);
            *before == b' ' && *behind == b' ' && here().is_some_and(|here| same(here, token))
        })
    };
    let mut at = 0;
    for ((before, middles), behind) in
        before.as_chunks::<LANES>().0.iter().zip(middles.as_chunks::<LANES>().0).zip(behind.as_chunks::<LANES>().0)
    {
        let lanes = before.iter().zip(middles).zip(behind);
        let likely = lanes.fold(0, |likely, ((before, byte), behind)| {
            likely | u8::from((*before == b' ') & (*byte == *middle) & (*behind == b' '))
        });
        if likely != 0 && is_in(at) {
            return true;
        }
        at += LANES;
    }
    is_in(at)
}

/// Whether two slices of one length are equal. What `==` says, without the call that it makes.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() >= 8 {
        // The last words overlap what was compared before them.
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
        for length in (0..40_usize).chain([63, 64, 65, 127, 128, 129, 130, 144, 145, 300]) {
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
                    assert!(expected.iter().all(|token| string.contains(token)), "{text:?}");
                    for other in ["", "a", "b", "ab", "abc", "abca", "bcabcab", "cabcabcab", " ", "a b", &text] {
                        assert_eq!(string.contains(other), expected.contains(&other), "{other:?} in {text:?}");
                    }
                }
            }
        }
    }
}
