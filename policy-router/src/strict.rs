//! What no path may hold, whatever the table says.

/// Whether no path may hold this byte: control bytes, what is not ASCII, backslash, query and fragment marks.
pub(crate) const fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 || byte >= 0x7f || matches!(byte, b'\\' | b'?' | b'#')
}

/// Whether a slash, backslash or dot stands in the bytes percent-encoded, in either case.
pub(crate) fn has_forbidden_encoding(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| matches!(window, [b'%', b'2', b'f' | b'F' | b'e' | b'E'] | [b'%', b'5', b'c' | b'C']))
}

/// Whether the bytes are `.` or `..`.
pub(crate) const fn is_dots(bytes: &[u8]) -> bool {
    matches!(bytes, b"." | b"..")
}

/// Whether a literal of a template may hold this byte: a `pchar` [RFC 3986, section 3.3], or `%`, which begins an encoding.
pub(crate) const fn is_pchar(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(byte, b'%' | b':' | b'@')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// Whether the byte means the same with and without percent-encoding [RFC 3986, section 2.3].
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether the bytes hold nothing that no path may hold.
#[cold]
#[inline(never)]
pub(crate) fn is_clean(path: &[u8]) -> bool {
    !path.iter().any(|byte| is_forbidden(*byte)) && !has_forbidden_encoding(path)
}
