//! From a scope's name to its index, with one look at memory. A bisection of some hundred names takes ten looks.
//!
//! It is a hash table with open addressing. `phf` would do too, but its hash alone takes longer than the rest of a decision. The hash
//! here is weak, but an attacker gains nothing by that: the sender of a token chooses at most where the search begins. The table holds
//! the scopes of the document and never those of a token, and at least half of its places are free, so that each search is short.
//!
//! The generator writes the table and this crate reads it. Both use the functions of this file.

use alloc::vec;
use alloc::vec::Vec;

/// Stands at a place that is free.
const FREE: u16 = u16::MAX;

/// The table of some names: a power of two of places, at least half of them free. Empty for no name.
#[doc(hidden)]
#[must_use]
pub fn scope_index<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Vec<u16> {
    if names.len() == 0 {
        return Vec::new();
    }
    let mut table = vec![FREE; (names.len() * 2).next_power_of_two()];
    for (scope, name) in (0..FREE).zip(names) {
        let mut place = first_place(name, table.len());
        while table.get(place).is_some_and(|scope| *scope != FREE) {
            place = (place + 1) & (table.len() - 1);
        }
        if let Some(free) = table.get_mut(place) {
            *free = scope;
        }
    }
    table
}

/// The scope whose name is this one, among those that the table was made of.
#[inline]
pub(crate) fn find<'n>(table: &[u16], name: &str, names: impl Fn(u16) -> Option<&'n str>) -> Option<u16> {
    let mut place = first_place(name, table.len());
    // The number of steps is limited, so that a table without a free place ends the search too.
    for _ in 0..table.len() {
        let scope = *table.get(place)?;
        if names(scope)? == name {
            return Some(scope);
        }
        place = (place + 1) & (table.len() - 1);
    }
    None
}

#[inline]
fn first_place(name: &str, places: usize) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let name = name.as_bytes();
    let (words, rest) = name.as_chunks::<8>();
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(K).rotate_left(23);
    let sum = words.iter().fold(name.len() as u64, |sum, word| step(sum, u64::from_le_bytes(*word)));
    let last = match name.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let sum = step(sum, last).wrapping_mul(K);
    (sum >> 40) as usize & places.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0, 1, 2, 3, 4, 64, 784, 5000] {
            let names: Vec<String> = (0..count).map(|at| format!("{}scope:{at}", "long-".repeat(at % 5))).collect();
            let table = scope_index(names.iter().map(String::as_str));
            assert!(table.is_empty() == names.is_empty() && table.len() >= count * 2, "half of the places are free");
            let name = |scope: u16| names.get(usize::from(scope)).map(String::as_str);
            for (at, known) in names.iter().enumerate() {
                assert_eq!(find(&table, known, name).map(usize::from), Some(at));
                for other in [format!("{known} "), format!("x{known}"), known.to_uppercase()] {
                    assert_eq!(find(&table, &other, name), None, "{other}");
                }
            }
            assert_eq!(find(&table, "", name), None);
        }
        assert_eq!(find(&[0; 4], "b", |_| Some("a")), None);
    }
}
