//! Comparing short runs of bytes in words.

/// Whether two slices are equal. What `==` says, without the call that it makes for lengths known only at run time.
#[inline]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    // The last words overlap what was compared before them, so nothing is compared byte after byte.
    if one.len() >= 16 {
        let (one_words, _) = one.as_chunks::<16>();
        let (other_words, _) = other.as_chunks::<16>();
        one_words.iter().zip(other_words).all(|(one, other)| one == other)
            && one.last_chunk::<16>() == other.last_chunk::<16>()
    } else if one.len() >= 8 {
        one.first_chunk::<8>() == other.first_chunk::<8>() && one.last_chunk::<8>() == other.last_chunk::<8>()
    } else if one.len() >= 4 {
        one.first_chunk::<4>() == other.first_chunk::<4>() && one.last_chunk::<4>() == other.last_chunk::<4>()
    } else {
        one.first() == other.first() && one.get(one.len() / 2) == other.get(one.len() / 2) && one.last() == other.last()
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn bytes_are_the_same_where_none_differs() {
        let text = [b'a'; 50];
        for length in 0..text.len() {
            let one = text.get(..length).unwrap_or_default();
            assert!(same(one, one), "{length}");
            assert!(!same(one, text.get(..=length).unwrap_or_default()), "{length}");
            for at in 0..length {
                let mut other = text;
                other.iter_mut().skip(at).take(1).for_each(|byte| *byte = b'b');
                assert!(!same(one, other.get(..length).unwrap_or_default()), "{at} of {length}");
            }
        }
    }
}
