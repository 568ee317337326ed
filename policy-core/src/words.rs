//! Fixed-size bit storage, sized by the policy and therefore free of allocation.

use core::cmp::Ordering;
use core::fmt::Debug;
use core::hash::Hash;

/// The bits of a set, as wide as the policy needs. Implemented by `[u64; N]`.
pub trait Words: Copy + Eq + Hash + Debug + Send + Sync + 'static {
    /// No bit set.
    const ZERO: Self;
    /// The words, least significant first.
    fn words(&self) -> &[u64];
    /// The words, to be changed.
    fn words_mut(&mut self) -> &mut [u64];
}

impl<const N: usize> Words for [u64; N] {
    const ZERO: Self = [0; N];

    #[inline]
    fn words(&self) -> &[u64] {
        self
    }

    #[inline]
    fn words_mut(&mut self) -> &mut [u64] {
        self
    }
}

#[inline]
const fn place(bit: u32) -> (usize, u64) {
    ((bit / 64) as usize, 1 << (bit % 64))
}

#[inline]
pub(crate) fn insert<W: Words>(set: &mut W, bit: u32) {
    let (word, mask) = place(bit);
    if let Some(word) = set.words_mut().get_mut(word) {
        *word |= mask;
    }
}

/// Sets the first `count` bits.
pub(crate) fn fill<W: Words>(set: &mut W, count: usize) {
    let (whole, rest) = (count / 64, count % 64);
    for (at, word) in set.words_mut().iter_mut().enumerate() {
        *word = match at.cmp(&whole) {
            Ordering::Less => u64::MAX,
            Ordering::Equal => (1 << rest) - 1,
            Ordering::Greater => 0,
        };
    }
}

#[inline]
pub(crate) fn contains<W: Words>(set: &W, bit: u32) -> bool {
    let (word, mask) = place(bit);
    set.words().get(word).is_some_and(|word| word & mask != 0)
}

#[inline]
pub(crate) fn zip<W: Words>(mut left: W, right: &W, join: impl Fn(u64, u64) -> u64) -> W {
    for (left, right) in left.words_mut().iter_mut().zip(right.words()) {
        *left = join(*left, *right);
    }
    left
}

#[inline]
pub(crate) fn is_subset<W: Words>(left: &W, right: &W) -> bool {
    left.words().iter().zip(right.words()).all(|(left, right)| left & !right == 0)
}

#[inline]
pub(crate) fn count<W: Words>(set: &W) -> usize {
    set.words().iter().map(|word| word.count_ones() as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_where_they_were_put_in_every_word() {
        for bit in 0..192 {
            let mut set = [0_u64; 3];
            insert(&mut set, bit);
            assert!((0..200).all(|other| contains(&set, other) == (other == bit)), "{bit}");
            assert_eq!(count(&set), 1);
        }
        // What no word has room for is in no set.
        let mut set = [0_u64; 3];
        insert(&mut set, 192);
        assert_eq!(set, [0; 3]);
    }

    #[test]
    fn the_first_bits_are_filled_and_no_other() {
        for length in 0..=192 {
            let mut set = [0b1010_u64; 3];
            fill(&mut set, length);
            assert!((0..192).all(|bit| contains(&set, bit) == ((bit as usize) < length)), "{length}");
            assert_eq!(count(&set), length);
        }
    }

    #[test]
    fn every_word_counts_when_sets_are_compared() {
        let [few, more, other] = [[1, 0, 1 << 63], [3, 5, 1 << 63 | 1], [1, 0, 1]];
        assert!(is_subset(&few, &more) && is_subset(&few, &few) && is_subset(&[0; 3], &few));
        assert!(!is_subset(&more, &few) && !is_subset(&few, &other));
        assert_eq!(zip(few, &more, |left, right| left ^ right), [2, 5, 1]);
        assert_eq!((<[u64; 3]>::ZERO, few.words().len()), ([0; 3], 3));
    }
}
