//! Decodes base64 (RFC 4648, section 4), as credentials of the scheme Basic have it.
//!
//! Every service would compile a library for this one function, and optimised, which takes longer than half of this crate does.

/// The bytes of which this is the only encoding: padded at its end, and with no bit left over. `None` for any other text.
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = text.get(..text.len() - padding).filter(|_| text.len().is_multiple_of(4) && padding <= 2)?;
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::decoded;

    /// Compared with a library, on each text of four characters of this alphabet, alone and behind four others.
    #[test]
    fn what_another_reader_decodes_is_decoded_to_the_same() {
        let alphabet = *b"AQgzZ059+/=-_ \n";
        for number in 0..alphabet.len().pow(4) {
            let mut rest = number;
            let text: Vec<u8> = std::iter::repeat_with(|| {
                let byte = alphabet.get(rest % alphabet.len()).copied().unwrap_or_default();
                rest /= alphabet.len();
                byte
            })
            .take(4)
            .collect();
            assert_eq!(decoded(&text), BASE64.decode(&text).ok(), "{}", text.escape_ascii());
            let longer = [b"YWxp", &*text].concat();
            assert_eq!(decoded(&longer), BASE64.decode(&longer).ok(), "{}", longer.escape_ascii());
        }
    }

    #[test]
    fn bytes_of_every_length_come_back() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37)).collect();
            let text = BASE64.encode(&bytes);
            assert_eq!(decoded(text.as_bytes()), Some(bytes));
            for cut in 1..text.len() {
                let part = &text.as_bytes().get(cut..).unwrap_or_default();
                assert_eq!(decoded(part), BASE64.decode(part).ok());
            }
        }
    }

    /// Texts that are put together are no encoding of one.
    #[test]
    fn padding_within_a_text_is_refused() {
        for text in ["YQ==YQ==", "YWI=YWI=", "Y===", "====", "YQ=", "YQ"] {
            assert_eq!(decoded(text.as_bytes()), None, "{text}");
        }
        assert_eq!(decoded(b""), Some(Vec::new()));
    }
}
