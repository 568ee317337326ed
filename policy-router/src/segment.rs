//! Reading one segment of a path, eight bytes at a time.
//!
//! A segment is read when a node needs it, and only then: a literal without siblings is compared with the path at once,
//! and so is a run of them. So one layout serves small and large documents. Tried beside it and not found faster: a bitmap
//! of all slashes made first (portable code makes one slowly, since compilers find no instruction for it), and sixteen
//! bytes at a time without a branch on the length; the whole path looked through for forbidden bytes before, and then
//! only for slashes. Sixteen bytes by SSE2 instructions instead of eight take 12 % off a table of 5 operations, 7 % off one
//! of 1,200 and 3 % off one of 11,000: less than what the first `unsafe` of the workspace would cost its readers. What is
//! left is instructions, not memory: about 100 for each segment of a path.
//!
//! Words are read as little-endian integers, so that the first byte is the lowest and tables are the same everywhere.
//! In the tests for several bytes at once, a byte that is found may disturb the ones behind it, never those before: the
//! lowest mark is exact, and nobody looks at the others.

use crate::strict;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// A hash of the segment that begins at `start`, up to the next slash or the end.
///
/// It only has to spread siblings, since what it finds is compared whole.
#[inline(always)]
pub(crate) fn hash(path: &[u8], start: usize) -> u64 {
    let mut sum = 0_u64;
    let (words, rest) = path.get(start..).unwrap_or_default().as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        // What is not ASCII may end the segment too: no literal holds it.
        let ends = is(word, b'/') & HIGH;
        if ends != 0 {
            return mixed(sum ^ before(word, ends));
        }
        sum = (sum ^ word).wrapping_mul(K).rotate_left(23);
    }
    let word = tail(path, rest);
    mixed(sum ^ before(word, is(word, b'/') & HIGH))
}

const K: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mixed(word: u64) -> u64 {
    let product = word.wrapping_mul(K);
    product ^ product >> 32
}

/// The bytes before the first mark; all, if there is none.
#[inline]
fn before(word: u64, marks: u64) -> u64 {
    word & ((marks & marks.wrapping_neg()) >> 7).wrapping_sub(1)
}

/// Where the segment that begins at `start` ends, if it may be the value of a parameter: it is not empty, no dot
/// segment, and holds nothing that no path may hold.
#[inline(always)]
pub(crate) fn value_end(path: &[u8], start: usize) -> Option<usize> {
    let (words, rest) = path.get(start..)?.as_chunks::<8>();
    let mut end = start;
    for word in words {
        let special = special(u64::from_le_bytes(*word)) & HIGH;
        if special != 0 {
            return ended(path, start, end + special.trailing_zeros() as usize / 8);
        }
        end += 8;
    }
    // Zero stands behind the path's end, and is special.
    let special = special(tail(path, rest)) & HIGH;
    ended(path, start, end + special.trailing_zeros() as usize / 8)
}

/// [`value_end`], given where the first special byte is.
#[inline(always)]
fn ended(path: &[u8], start: usize, end: usize) -> Option<usize> {
    if !matches!(path.get(end), None | Some(b'/')) {
        return suspect_end(path, start);
    }
    let length = end - start;
    if length > 2 {
        return Some(end);
    }
    let is_dots = strict::is_dots(path.get(start..end)?);
    (length > 0 && !is_dots).then_some(end)
}

/// [`value_end`] for a segment with a byte that had to be looked at.
#[cold]
#[inline(never)]
fn suspect_end(path: &[u8], start: usize) -> Option<usize> {
    let rest = path.get(start..)?;
    let segment = rest.split(|byte| *byte == b'/').next()?;
    strict::is_clean(segment).then_some(start + segment.len())
}

/// The last bytes of the path, fewer than eight, with zero behind them.
#[inline(always)]
fn tail(path: &[u8], rest: &[u8]) -> u64 {
    match path.last_chunk::<8>() {
        // What is read begins earlier, and what is before is shifted out; in two steps, since all may be.
        Some(chunk) => {
            let half = 32 - (rest.len() as u32 & 7) * 4;
            u64::from_le_bytes(*chunk) >> half >> half
        }
        None => short_tail(rest),
    }
}

/// [`tail`] of a path shorter than a word.
#[inline(never)]
fn short_tail(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Marks the bytes that equal one.
#[inline]
fn is(word: u64, byte: u8) -> u64 {
    (word ^ (ONES * u64::from(byte))).wrapping_sub(ONES)
}

/// Marks slashes, zero, and what is forbidden in a path or may begin an encoding. Each term finds some: what is less than
/// `&`; DEL and what is not ASCII; `/` and `?`, which differ in one bit; the backslash. A few innocent bytes (space, `!`,
/// `"`, `$`) are found too, since one comparison is cheaper than several: whoever finds them looks closely.
#[inline]
fn special(word: u64) -> u64 {
    let less = word.wrapping_sub(ONES * b'&' as u64);
    let greater = word.wrapping_add(ONES);
    less | greater | is(word | (0x10 * ONES), b'?') | is(word, b'\\')
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{hash, value_end};
    use crate::strict;

    #[test]
    fn a_segment_is_what_it_is_byte_by_byte() {
        for length in 0..40_usize {
            for behind in [&b""[..], b"/", b"/x", b"/a-long-segment-behind-it/and/more", b"/\xff%2f?"] {
                let mut path: Vec<u8> = Vec::from(b"/");
                path.extend((0..length).map(|index| b'a' + (index % 26) as u8));
                let alone = hash(&path, 1);
                path.extend(behind);
                assert_eq!(hash(&path, 1), alone);
                assert_eq!(value_end(&path, 1), (length > 0).then_some(1 + length));
                for at in 1..1 + length {
                    for byte in 0..=u8::MAX {
                        let mut path = path.clone();
                        path.splice(at..=at, [byte]);
                        let all = path.get(1..1 + length).unwrap_or_default();
                        let segment = all.split(|byte| *byte == b'/').next().unwrap_or_default();
                        let admissible = !segment.is_empty() && strict::is_clean(segment) && !strict::is_dots(segment);
                        let expected = admissible.then_some(1 + segment.len());
                        assert_eq!(value_end(&path, 1), expected, "{byte} at {at} of {length}");
                    }
                }
            }
        }
    }
}
