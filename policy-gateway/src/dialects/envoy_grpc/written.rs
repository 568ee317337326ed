//! Writes messages of protocol buffers field by field, so that nothing is copied but into the frame of the answer.

/// A message that is being written, after the five bytes that begin its frame.
pub(super) struct Written(Vec<u8>);

/// A byte that tells whether the message is compressed, and its length in four bytes.
const PREFIX: usize = 5;
/// Most answers have less.
const USUAL: usize = 512;

impl Written {
    /// A message without fields.
    pub(super) fn new() -> Self {
        let mut frame = Vec::with_capacity(USUAL);
        frame.extend([0; PREFIX]);
        Self(frame)
    }

    /// A field with a number. A reader takes one that is not there for 0, which is not written.
    pub(super) fn number(&mut self, field: u8, value: u32) {
        if value != 0 {
            self.0.push(field << 3);
            self.0.extend(digits(value));
        }
    }

    /// A field with a text. A reader takes one that is not there for the empty text, which is not written.
    pub(super) fn text(&mut self, field: u8, text: &str) {
        if !text.is_empty() {
            self.message(field, |message| message.0.extend_from_slice(text.as_bytes()));
        }
    }

    /// A field with a message, or with whatever else has its length before it.
    pub(super) fn message(&mut self, field: u8, write: impl FnOnce(&mut Self)) {
        const LENGTH_DELIMITED: u8 = 2;
        self.0.push(field << 3 | LENGTH_DELIMITED);
        let begin = self.0.len();
        // Room for the length of a short one, which most are.
        self.0.push(0);
        write(self);
        let length = self.0.len().saturating_sub(begin).saturating_sub(1);
        match (u8::try_from(length), self.0.get_mut(begin)) {
            (Ok(length @ ..0x80), Some(place)) => *place = length,
            _ => drop(self.0.splice(begin..=begin, digits(u32::try_from(length).unwrap_or(u32::MAX)))),
        }
    }

    /// The frame. No message comes near the length that four bytes can tell.
    pub(super) fn into_frame(self) -> Vec<u8> {
        let mut frame = self.0;
        let length = u32::try_from(frame.len().saturating_sub(PREFIX)).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(place) = frame.get_mut(1..PREFIX) {
            place.copy_from_slice(&length);
        }
        frame
    }
}

/// A number in digits of seven bits, the lowest first. Each but the last has the eighth bit.
fn digits(number: u32) -> impl Iterator<Item = u8> {
    let mut rest = Some(number);
    std::iter::from_fn(move || {
        let number = rest?;
        let digit = u8::try_from(number & 0x7f).unwrap_or_default();
        rest = Some(number >> 7).filter(|rest| *rest > 0);
        Some(if rest.is_some() { digit | 0x80 } else { digit })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_a_general_writer_writes_them() {
        for length in [1, 127, 128, 16_383, 16_384] {
            let text = "a".repeat(length);
            let mut expected = vec![0x0a];
            prost::encoding::encode_varint(u64::try_from(length).unwrap_or_default(), &mut expected);
            expected.extend_from_slice(text.as_bytes());
            let mut written = Written::new();
            written.text(1, &text);
            let frame = written.into_frame();
            let told = u32::try_from(expected.len()).unwrap_or_default().to_be_bytes();
            assert_eq!(frame, [&[0], &told[..], &expected].concat(), "{length}");
        }
    }

    #[test]
    fn what_a_reader_takes_for_granted_is_not_written() {
        let mut written = Written::new();
        written.text(1, "");
        written.number(2, 0);
        written.number(3, 300);
        written.message(4, |_| {});
        assert_eq!(written.into_frame(), [0, 0, 0, 0, 5, 0x18, 0xac, 0x02, 0x22, 0]);
    }
}
