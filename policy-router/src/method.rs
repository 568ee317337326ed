//! Methods: exact bytes, compared as integers.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// How many distinct methods a table holds: one bit each.
pub(crate) const MOST: usize = 32;

/// Methods of at most this length are their key; of longer ones the name is compared too.
const WHOLE: usize = 6;

/// The method as an integer: two bytes at the beginning, in the middle and at the end, and the length.
///
/// Those are all bytes of a method of two to six. There is no branch on the length: methods come in any order, and a
/// wrong guess costs more than these few loads.
#[inline]
pub(crate) fn key(method: &[u8]) -> u64 {
    let length = method.len();
    let (Some([a, b]), Some([e, f])) = (method.first_chunk::<2>(), method.last_chunk::<2>()) else {
        return method.first().map_or(0, |byte| u64::from(*byte)) | (length as u64) << 56;
    };
    let middle = |index: usize| method.get(index).copied().unwrap_or(0);
    let (c, d) = (middle((length - 1) / 2), middle(length / 2));
    u64::from_le_bytes([*a, *b, *e, *f, c, d, 0, length.min(WHOLE + 1) as u8])
}

/// Where a key stands in a table of as many places, a power of two.
#[inline]
pub(crate) fn place(key: u64, places: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & places.wrapping_sub(1)
}

/// A key's byte that holds nothing: in the table, the method's index and one.
const INDEX: u32 = 48;

/// The index, if the entry of a table is that of the key.
#[inline]
pub(crate) fn index(entry: u64, key: u64) -> Option<u32> {
    let differs = entry ^ key;
    let index = (differs >> INDEX) as u32;
    (differs & !(0xff << INDEX) == 0 && index != 0).then(|| index - 1)
}

/// The keys of methods as a table without collisions. What is left out is looked for by its name: long methods, and those
/// that find no place of their own.
pub(crate) fn table(methods: &[Box<str>]) -> Vec<u64> {
    let mut best: (usize, Vec<u64>) = (0, Vec::new());
    for width in 0..=8 {
        let mut table = alloc::vec![0_u64; 1 << width];
        let mut placed = 0;
        for (index, name) in (1_u64..).zip(methods) {
            let key = key(name.as_bytes());
            let places = table.len();
            if let Some(entry) = table.get_mut(place(key, places))
                && *entry == 0
                && key_is_whole(name.as_bytes())
            {
                *entry = key | index << INDEX;
                placed += 1;
            }
        }
        if placed > best.0 || best.1.is_empty() {
            best = (placed, table);
        }
    }
    best.1
}

/// Whether the key says all there is to say about a method of this length.
#[inline]
pub(crate) fn key_is_whole(method: &[u8]) -> bool {
    method.len() <= WHOLE
}

/// Whether a request may have this method: a token of RFC 9110, section 5.6.2, in any case.
///
/// ```
/// assert!(policy_router::is_method("VERSION-CONTROL"));
/// assert!(!policy_router::is_method("GET /"));
/// ```
#[must_use]
pub fn is_method(method: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !method.is_empty() && method.bytes().all(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the table misses is found by its name, only slower: so it is seen here alone whether the table finds it.
    #[test]
    fn a_short_method_is_found_at_its_place_and_no_other_name_is() {
        let methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "VERSION-CONTROL"];
        let table = table(&methods.map(Box::from));
        let found = |name: &str| {
            let key = key(name.as_bytes());
            let entry = table.get(place(key, table.len())).copied().unwrap_or_default();
            index(entry, key).and_then(|index| methods.get(index as usize)).copied()
        };
        for name in methods.into_iter().take(8) {
            assert_eq!(found(name), key_is_whole(name.as_bytes()).then_some(name));
        }
        for other in ["get", "GE", "GETS", "", "TRACE", "G\0ET", "DEXLEXTE", "PATTCH", "VERSION-CONTROL", "VERSION"] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
