//! Reading one segment of a path whose ends are known, without a loop.
//!
//! Words are read as little-endian integers, so that the first byte is the lowest and tables are the same everywhere.

/// The first eight bytes of the segment from `start` to `end` and the last eight. A shorter segment is both, with zero
/// behind it; so together with the length this is all of a segment of at most sixteen bytes.
#[inline(always)]
pub(crate) fn words(bytes: &[u8], start: usize, end: usize) -> (u64, u64) {
    let length = end.wrapping_sub(start);
    // What is read ends with the segment, and what is before it is shifted out. Only where the bytes begin it cannot end
    // there, and is moved there.
    let last_at = end.saturating_sub(8);
    match (word(bytes, last_at), word(bytes, start.min(last_at))) {
        (Some(last), Some(first)) if length != 0 => {
            let (missing, spare) = (64 - end.min(8) as u32 * 8, 64 - length.min(8) as u32 * 8);
            (first << (missing & 63) >> (spare & 63), last << (missing & 63) >> (spare & 63))
        }
        _ => {
            let word = short(bytes, start, end);
            (word, word)
        }
    }
}

/// A hash of the segment with these words.
///
/// It only has to spread siblings, since what it finds is compared whole.
#[inline(always)]
pub(crate) fn hash((first, last): (u64, u64)) -> u64 {
    let product = (first.rotate_left(29) ^ last).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 32
}

/// The words of a literal as they stand in the table's text.
#[inline(always)]
pub(crate) fn known(text: &[u8], at: usize) -> Option<(u64, u64)> {
    let [first, last] = *text.get(at..)?.first_chunk::<16>()?.as_chunks::<8>().0 else { return None };
    Some((u64::from_le_bytes(first), u64::from_le_bytes(last)))
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The segment, if it is empty or the bytes are fewer than eight.
#[inline(never)]
fn short(bytes: &[u8], start: usize, end: usize) -> u64 {
    let segment = bytes.get(start..end).unwrap_or_default();
    segment.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_segment_has_the_same_words_wherever_it_stands() {
        let text = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
        for length in 0..=text.len() {
            let bytes = text.get(..length).unwrap_or_default();
            for start in 0..=length {
                for end in start..=length {
                    let segment = bytes.get(start..end).unwrap_or_default();
                    let read = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
                    let least = segment.len().min(8);
                    let first = segment.get(..least).unwrap_or_default();
                    let last = segment.get(segment.len() - least..).unwrap_or_default();
                    assert_eq!(words(bytes, start, end), (read(first), read(last)), "{start}..{end} of {length}");
                }
            }
        }
    }
}
