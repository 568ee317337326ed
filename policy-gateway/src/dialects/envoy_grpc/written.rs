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
        write(self);
        let length = self.0.len().saturating_sub(begin);
        self.0.splice(begin..begin, digits(u32::try_from(length).unwrap_or(u32::MAX)));
    }

    /// The frame. No message comes near the length that four bytes can tell.
    pub(super) fn into_frame(self) -> Vec<u8> {
        let mut frame = self.0;
        let length = u32::try_from(frame.len().saturating_sub(PREFIX)).unwrap_or(u32::MAX).to_be_bytes();
        frame.splice(1..PREFIX, length);
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
