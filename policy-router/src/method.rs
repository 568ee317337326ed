//! Methods: exact bytes, compared as integers.

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

/// Whether the key says all there is to say about a method of this length.
#[inline]
pub(crate) fn key_is_whole(method: &[u8]) -> bool {
    method.len() <= WHOLE
}

/// A token of RFC 9110, section 5.6.2.
pub(crate) fn is_token(method: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !method.is_empty() && method.bytes().all(token)
}
