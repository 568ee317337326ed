//! Reads sixteen bytes of a scope string at a time. It finds the spaces, and bytes that no scope string may have (RFC 6749, section 3.3).
//!
//! On x86-64 it uses instructions that every such processor has. Elsewhere it uses words of eight bytes.

/// A bit for each space among 64 bytes, and bits if a byte is foreign: below space, a quote, a backslash, DEL, or not ASCII.
#[inline(always)]
pub(crate) fn spaces(bytes: &[u8; 64]) -> (u64, u64) {
    let (blocks, _) = bytes.as_chunks::<16>();
    blocks.iter().enumerate().fold((0, 0), |(spaces, foreign), (at, bytes)| {
        let (spaces_here, foreign_here) = block(bytes);
        (spaces | spaces_here << (at * 16), foreign | foreign_here)
    })
}

/// The result of [`spaces`] for the last bytes of a text, fewer than 64. They are read together with the bytes before them.
#[inline(always)]
pub(crate) fn last_spaces(text: &[u8], last: &[u8]) -> (u64, u64) {
    if let Some(group) = text.last_chunk::<64>() {
        let (all, foreign) = spaces(group);
        // The shift is done in two steps, because a shift by 64 is not defined.
        return (all >> 1 >> (63 - (last.len() & 63)), foreign);
    }
    let Some(block_of_end) = last.last_chunk::<16>() else { return block(&padded(last)) };
    let at = last.len() - 16;
    let (mut spaces, mut foreign) = block(block_of_end);
    spaces <<= at & 63;
    // Blocks overlap, so that no branch depends on the length.
    for from in [0, 16, 32] {
        let from = at.min(from);
        if let Some(bytes) = last.get(from..).and_then(|rest| rest.first_chunk::<16>()) {
            let (more, foreign_too) = block(bytes);
            spaces |= more << (from & 63);
            foreign |= foreign_too;
        }
    }
    (spaces, foreign)
}

/// These bytes, fewer than sixteen, followed by bytes that are neither a space nor foreign.
#[inline(never)]
fn padded(rest: &[u8]) -> [u8; 16] {
    let mut block = [b'a'; 16];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    block
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
fn block(bytes: &[u8; 16]) -> (u64, u64) {
    use safe_arch::{
        bitor_m128i, cmp_eq_mask_i8_m128i, cmp_lt_mask_i8_m128i, m128i, move_mask_i8_m128i, set_splat_i8_m128i,
    };
    let bytes = m128i::from(*bytes);
    let is = |byte: u8| cmp_eq_mask_i8_m128i(bytes, set_splat_i8_m128i(byte as i8));
    // As signed numbers, bytes outside ASCII are less than all others.
    let low = cmp_lt_mask_i8_m128i(bytes, set_splat_i8_m128i(b' ' as i8));
    let foreign = bitor_m128i(bitor_m128i(low, is(0x7f)), bitor_m128i(is(b'"'), is(b'\\')));
    let bits = |mask: m128i| move_mask_i8_m128i(mask) as u32;
    (u64::from(bits(is(b' '))), u64::from(bits(foreign)))
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use portable::block;

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;

    #[inline(always)]
    pub(super) fn block(bytes: &[u8; 16]) -> (u64, u64) {
        let number = u128::from_le_bytes(*bytes);
        let (low, high) = (number as u64, (number >> 64) as u64);
        (spaces(low) | spaces(high) << 8, (foreign(low) | foreign(high)) & HIGH)
    }

    /// Not zero if some byte is foreign. A foreign byte may disturb the bits of the bytes above it, so they do not say which one it is.
    #[inline]
    fn foreign(word: u64) -> u64 {
        let is = |byte: u8| (word ^ (ONES * u64::from(byte))).wrapping_sub(ONES);
        word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES) | is(b'"') | is(b'\\')
    }

    /// One bit for each byte, exact: whether it is a space.
    #[inline]
    fn spaces(word: u64) -> u64 {
        let differs = word ^ (ONES * u64::from(b' '));
        let others = ((differs & !HIGH) + !HIGH) | differs;
        // The product brings the marks of eight bytes together in the highest.
        ((!others & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

#[cfg(test)]
mod tests {
    use super::{block, last_spaces, portable, spaces};

    #[test]
    fn blocks_are_the_same_by_words() {
        for at in 0..16 {
            for byte in 0..=u8::MAX {
                for around in [*b"aaaaaaaaaaaaaaaa", *b"                ", *b"a !#~[]^:/._-09Z"] {
                    let mut bytes = around;
                    bytes.iter_mut().skip(at).take(1).for_each(|place| *place = byte);
                    let ((spaces, foreign), (same_spaces, same_foreign)) = (block(&bytes), portable::block(&bytes));
                    assert_eq!((spaces, foreign != 0), (same_spaces, same_foreign != 0), "{bytes:?}");
                }
            }
        }
    }

    /// Two bytes that are foreign in one way do not cancel each other, wherever they stand.
    #[test]
    fn two_foreign_bytes_are_foreign() {
        for one in 0..64 {
            for other in 0..64 {
                for byte in [b'"', b'\\', b'\t', 0x7f, 0xff] {
                    let mut text = *b"abcdefgh ijklmnop qrstuvw xyzabcdefgh ijklmnop qrstuvw xyzabcdefg";
                    for at in [one, other] {
                        text.iter_mut().skip(at).take(1).for_each(|place| *place = byte);
                    }
                    let (group, _) = text.as_chunks::<64>();
                    assert!(group.iter().all(|group| spaces(group).1 != 0), "{one} {other}");
                    let (block_of_both, _) = text.as_chunks::<16>();
                    for block_of_one in block_of_both {
                        let is_foreign = block_of_one.contains(&byte);
                        assert_eq!(block(block_of_one).1 != 0, is_foreign, "{one} {other}");
                        assert_eq!(portable::block(block_of_one).1 != 0, is_foreign, "{one} {other}");
                    }
                    for length in [5, 16, 17, 33, 48, 63] {
                        let last = text.get(..length).unwrap_or_default();
                        let (marks, foreign) = last_spaces(last, last);
                        assert_eq!(foreign != 0, last.contains(&byte), "{one} {other} {length}");
                        assert!(
                            (0..length).all(|at| (marks >> at & 1 != 0) == (last.get(at) == Some(&b' '))),
                            "{marks:b}"
                        );
                    }
                }
            }
        }
    }
}
