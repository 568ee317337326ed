//! Percent-decoding, for the names of a query and for the readers of a path.

/// The bytes of a text, percent-decoded once. A `+` becomes `plus`: in a form it stands for a space, elsewhere for itself.
///
/// A `%` without two hexadecimal digits after it stands for itself (WHATWG URL, section 1.3).
#[inline]
pub fn percent_decoded(text: &[u8], plus: u8) -> impl Iterator<Item = u8> + use<'_> {
    let mut rest = text.iter();
    core::iter::from_fn(move || {
        Some(match *rest.next()? {
            b'+' => plus,
            b'%' => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(hex), ahead.next().and_then(hex)) {
                    (Some(high), Some(low)) => {
                        rest = ahead;
                        high << 4 | low
                    }
                    _ => b'%',
                }
            }
            byte => byte,
        })
    })
}

fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
