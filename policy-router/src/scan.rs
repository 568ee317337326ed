//! One pass over a path: whether any template could match it, and where its slashes are.
//!
//! Afterwards no byte is looked at again but to compare it with a literal. It takes sixteen bytes at a time, by instructions
//! that every x86-64 has, elsewhere by words of eight. With words everywhere, finding an operation would take half as long
//! again among 5, and a quarter longer among 1,200 or 10,000: that is what `safe_arch`, which has the instructions as safe
//! functions, is here for.
//!
//! Tried before: reading each segment when a node needs it, word by word. It executes as many instructions (fewer among 5
//! operations and 10,000), but how long a segment is decides where it branches, and nearly a third more time goes by among 1,200.

use crate::strict;

/// Where a path's slashes are, as bits.
pub(crate) struct Slashes {
    /// The bits of slashes, and of the path's end, among the first 64 bytes.
    first: u64,
    /// Among the next 64. What lies behind is looked for when it is needed.
    second: u64,
}

impl Slashes {
    /// Where the segment behind `at` ends: at the next slash or the path's end.
    #[inline(always)]
    pub(crate) fn end(&self, path: &[u8], at: usize) -> usize {
        if path.len() >= 128 {
            return far_end(path, at);
        }
        let from = at + 1;
        let word = if from < 64 { self.first } else { self.second };
        let word = word >> (from % 64);
        let later = 64 + self.second.trailing_zeros() as usize;
        if word != 0 { from + word.trailing_zeros() as usize } else { later }
    }
}

/// [`Slashes::end`], in a long path.
#[inline(never)]
fn far_end(path: &[u8], at: usize) -> usize {
    let mut from = at + 1;
    while let Some(group) = path.get(from..).and_then(|rest| rest.first_chunk::<64>()) {
        let (slashes, _) = marks(group);
        if slashes != 0 {
            return from + slashes.trailing_zeros() as usize;
        }
        from += 64;
    }
    let Some(last) = path.last_chunk::<64>() else { return path.len() };
    let seen = from + 64 - path.len();
    let slashes = marks(last).0 >> (seen / 2) >> (seen - seen / 2);
    if slashes == 0 { path.len() } else { from + slashes.trailing_zeros() as usize }
}

/// The slashes of a path, or nothing if no template matches it: it does not start with a slash, two of them touch, or it
/// holds what no path may hold. Dot segments are left to whoever takes a segment as a value.
///
/// There is no loop for the lengths that paths have, since how often it runs is what a processor guesses wrong: blocks
/// overlap instead.
#[inline(always)]
pub(crate) fn scan(path: &[u8]) -> Option<Slashes> {
    if path.first() != Some(&b'/') {
        return None;
    }
    let (first, second, suspect) = if let Some((first, behind)) = path.split_first_chunk::<64>() {
        let (slashes, suspect) = marks(first);
        match path.last_chunk::<64>() {
            Some(last) if behind.len() < 64 => {
                let (again, suspect_too) = marks(last);
                // What was seen before is shifted out; in two steps, since all may be.
                (slashes, again >> 1 >> (63 - behind.len()), suspect | suspect_too)
            }
            _ => far(path),
        }
    } else {
        let (slashes, suspect) = near(path);
        (slashes, 0, suspect)
    };
    let touching = first & first << 1 | second & (second << 1 | first >> 63);
    if touching != 0 || (suspect && !strict::is_clean(path)) {
        return None;
    }
    let end = 1_u64 << (path.len() % 64);
    let (first, second) = if path.len() < 64 { (first | end, second) } else { (first, second | end) };
    Some(Slashes { first, second })
}

/// The slashes of fewer than 64 bytes, and whether one of the bytes is suspect.
#[inline(always)]
fn near(path: &[u8]) -> (u64, bool) {
    let Some(last) = path.last_chunk::<16>() else {
        return block(&padded(path));
    };
    let at = path.len() - 16;
    let (mut slashes, mut suspect) = block(last);
    slashes <<= at;
    for from in [0, 16, 32] {
        let from = at.min(from);
        if let Some(bytes) = path.get(from..).and_then(|rest| rest.first_chunk::<16>()) {
            let (more, suspect_too) = block(bytes);
            slashes |= more << from;
            suspect |= suspect_too;
        }
    }
    (slashes, suspect)
}

/// A long path: its slashes are looked for when they are needed. The first bits say if two touch.
#[inline(never)]
fn far(path: &[u8]) -> (u64, u64, bool) {
    let (groups, _) = path.as_chunks::<64>();
    let (mut touching, mut before, mut suspect) = (0, 0, false);
    for group in groups {
        let (slashes, suspect_too) = marks(group);
        suspect |= suspect_too;
        touching |= slashes & (slashes << 1 | before);
        before = slashes >> 63;
    }
    if let Some(last) = path.last_chunk::<64>() {
        let (slashes, suspect_too) = marks(last);
        suspect |= suspect_too;
        // What touches among what was seen before touches here too.
        touching |= slashes & slashes << 1;
    }
    (if touching == 0 { 0 } else { u64::MAX }, 0, suspect)
}

/// The bytes, fewer than sixteen, with innocent ones behind them.
#[inline(never)]
fn padded(rest: &[u8]) -> [u8; 16] {
    let mut block = [b'a'; 16];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    block
}

/// A bit for each slash among 64 bytes, and whether one of the bytes is suspect.
#[inline(always)]
fn marks(bytes: &[u8; 64]) -> (u64, bool) {
    let (blocks, _) = bytes.as_chunks::<16>();
    let mut marks = (0, false);
    for (index, bytes) in blocks.iter().enumerate() {
        let (slashes, suspect) = block(bytes);
        marks.0 |= slashes << (index * 16);
        marks.1 |= suspect;
    }
    marks
}

/// A bit for each slash, and whether one of the bytes is suspect: forbidden in a path, or innocent but rare (space, `!`,
/// `"`, `$`), or what begins an encoding. Whoever finds one looks closely.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
fn block(bytes: &[u8; 16]) -> (u64, bool) {
    use safe_arch::{
        bitor_m128i, cmp_eq_mask_i8_m128i, cmp_lt_mask_i8_m128i, m128i, move_mask_i8_m128i, set_splat_i8_m128i,
    };
    let bytes = m128i::from(*bytes);
    let all = |byte: u8| set_splat_i8_m128i(byte as i8);
    // As signed numbers, bytes outside ASCII are less than all others.
    let low = cmp_lt_mask_i8_m128i(bytes, all(b'&'));
    // `?` and DEL differ in this bit.
    let high = cmp_eq_mask_i8_m128i(bitor_m128i(bytes, all(0x40)), all(0x7f));
    let backslash = cmp_eq_mask_i8_m128i(bytes, all(b'\\'));
    let suspect = bitor_m128i(bitor_m128i(low, high), backslash);
    let slashes = cmp_eq_mask_i8_m128i(bytes, all(b'/'));
    (u64::from(move_mask_i8_m128i(slashes) as u32), move_mask_i8_m128i(suspect) != 0)
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use portable::block;

/// Blocks by words of eight bytes.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable {
    /// What [`block`](super::block) says.
    #[inline(always)]
    pub(super) fn block(bytes: &[u8; 16]) -> (u64, bool) {
        let number = u128::from_le_bytes(*bytes);
        let (low, high) = (number as u64, (number >> 64) as u64);
        (gathered(is(low, b'/')) | gathered(is(high, b'/')) << 8, suspect(low) | suspect(high) != 0)
    }

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;

    /// The high bit of each byte that equals one.
    #[inline]
    fn is(word: u64, byte: u8) -> u64 {
        let differs = word ^ (ONES * u64::from(byte));
        !(((differs & !HIGH) + !HIGH) | differs) & HIGH
    }

    /// The high bit of each suspect byte.
    #[inline]
    fn suspect(word: u64) -> u64 {
        // Without carries between the bytes, so that none disturbs another.
        let low = !((word & !HIGH) + (0x80 - u64::from(b'&')) * ONES) | word;
        low & HIGH | is(word | (0x40 * ONES), 0x7f) | is(word, b'\\')
    }

    /// The high bits of the bytes, next to each other.
    #[inline]
    fn gathered(marks: u64) -> u64 {
        (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{block, portable, scan};
    use crate::strict;

    #[test]
    fn blocks_are_the_same_by_words() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for at in 0..16 {
            for byte in 0..=u8::MAX {
                for around in [*b"aaaaaaaaaaaaaaaa", *b"////////////////", *b"a/.-_~09AZ&'(=@z"] {
                    let mut bytes = around;
                    bytes.iter_mut().skip(at).take(1).for_each(|place| *place = byte);
                    assert_eq!(block(&bytes), portable::block(&bytes), "{bytes:?}");
                }
                let bytes = (u128::from(next()) << 64 | u128::from(next())).to_le_bytes();
                assert_eq!(block(&bytes), portable::block(&bytes), "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_path_is_what_it_is_byte_by_byte() {
        let lengths = (1..=36).chain(46..=50).chain(60..=68).chain(78..=82).chain([95, 96, 97]).chain(110..=132);
        for length in lengths.chain([190, 191, 192, 193, 255, 256, 257, 320]) {
            let path: Vec<u8> = (0..length).map(|at| if at % 11 == 0 { b'/' } else { b'b' }).collect();
            check(&path);
            for at in 0..length {
                for byte in
                    [b'/', b'.', b'%', b' ', b'!', b'$', b'&', b'?', b'#', b'\\', 0, 0x1f, 0x7e, 0x7f, 0x80, 0xff]
                {
                    let mut path = path.clone();
                    path.iter_mut().skip(at).take(1).for_each(|place| *place = byte);
                    check(&path);
                }
                for encoded in [b"%2f", b"%5C", b"%2e", b"%20"] {
                    let mut path = path.clone();
                    path.splice(at..(at + 3).min(length), *encoded);
                    check(&path);
                }
            }
        }
    }

    #[test]
    fn slashes_that_touch_touch_wherever_they_stand() {
        for length in [9, 40, 80, 127, 128, 200] {
            for at in 1..length - 1 {
                let mut path: Vec<u8> = Vec::from(b"/");
                path.resize(length, b'x');
                path.iter_mut().skip(at).take(2).for_each(|byte| *byte = b'/');
                check(&path);
            }
        }
    }

    /// Slashes that touch in both halves of a path do not cancel each other.
    #[test]
    fn slashes_that_touch_twice_touch() {
        for length in [100, 127, 128, 200] {
            for at in 1..length - 66 {
                let mut path: Vec<u8> = Vec::from(b"/");
                path.resize(length, b'x');
                for place in [at, at + 1, at + 64, at + 65] {
                    path.iter_mut().skip(place).take(1).for_each(|byte| *byte = b'/');
                }
                check(&path);
            }
        }
    }

    #[test]
    fn every_byte_is_suspect_or_innocent_wherever_it_stands() {
        for length in [9, 40, 100, 150] {
            for at in 1..length {
                for byte in 0..=u8::MAX {
                    let mut path: Vec<u8> = Vec::from(b"/");
                    path.resize(length, b'x');
                    path.iter_mut().skip(at).take(1).for_each(|place| *place = byte);
                    check(&path);
                }
            }
        }
    }

    fn check(path: &[u8]) {
        let touches = path.windows(2).any(|pair| pair == b"//");
        let expected = path.starts_with(b"/") && !touches && strict::is_clean(path);
        let slashes = scan(path);
        assert_eq!(slashes.is_some(), expected, "{path:?}");
        let Some(slashes) = slashes else { return };
        let mut end = path.len();
        for (at, byte) in path.iter().enumerate().rev() {
            assert_eq!(slashes.end(path, at), end, "behind {at} of {path:?}");
            if *byte == b'/' {
                end = at;
            }
        }
    }
}
