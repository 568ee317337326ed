//! The parts of Envoy's `CheckRequest` that are read (`envoy.service.auth.v3`, `envoy.config.core.v3`).
//!
//! They are read where they stand, and nothing is copied. Fields that are not named here are skipped. Three things differ from what a
//! general reader of protocol buffers does. A map is read as the list of its entries, so that a key that stands there twice is seen. Texts
//! are read as bytes, so that one with a byte that is not UTF-8 is refused by its own rule, and not with the whole message. And a field
//! that may stand there once is malformed where it stands there twice, since readers differ in which of the two they take.

use super::super::refusal::Refusal;

/// What a `CheckRequest` tells of a request. A text that is not there is empty.
#[derive(Default)]
pub(super) struct CheckRequest<'m> {
    pub(super) method: &'m [u8],
    pub(super) path: &'m [u8],
    pub(super) host: &'m [u8],
    pub(super) query: &'m [u8],
    pub(super) fragment: &'m [u8],
    /// The header fields as a map.
    pub(super) joined: Vec<Entry<'m>>,
    /// The header fields as a list.
    pub(super) listed: Vec<Entry<'m>>,
    pub(super) context_extensions: Vec<Entry<'m>>,
}

/// A `HeaderValue`, or an entry of a map from texts to texts, which has no raw value.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry<'m> {
    pub(super) key: &'m [u8],
    pub(super) value: &'m [u8],
    pub(super) raw_value: &'m [u8],
}

/// For how many header fields there is room from the beginning.
const USUAL: usize = 16;

impl<'m> CheckRequest<'m> {
    pub(super) fn read(message: &'m [u8]) -> Result<Self, Refusal> {
        let malformed = Refusal::Malformed("the message is no CheckRequest");
        let (mut attributes, mut request, mut http) = (None, None, None);
        let mut check = Self::default();
        let extensions = &mut check.context_extensions;
        each(message, |field, value| if field == 1 { once(&mut attributes, value) } else { Some(()) })
            .ok_or(malformed)?;
        let attributes = attributes.ok_or(Refusal::Malformed("the CheckRequest has no attributes"))?;
        each(attributes, |field, value| match field {
            4 => once(&mut request, value),
            10 => Entry::read(value?).map(|entry| extensions.push(entry)),
            _ => Some(()),
        })
        .ok_or(malformed)?;
        each(request.unwrap_or_default(), |field, value| if field == 2 { once(&mut http, value) } else { Some(()) })
            .ok_or(malformed)?;
        let http = http.ok_or(Refusal::Malformed("the CheckRequest has no HTTP request"))?;
        check.read_http(http).ok_or(malformed)?;
        Ok(check)
    }

    /// Reads `AttributeContext.HttpRequest`.
    fn read_http(&mut self, http: &'m [u8]) -> Option<()> {
        let [mut method, mut path, mut host, mut query, mut fragment, mut list] = [None; 6];
        each(http, |field, value| match field {
            2 => once(&mut method, value),
            3 => Entry::read(value?).map(|entry| self.joined.push(entry)),
            4 => once(&mut path, value),
            5 => once(&mut host, value),
            7 => once(&mut query, value),
            8 => once(&mut fragment, value),
            13 => once(&mut list, value),
            _ => Some(()),
        })?;
        let texts = [&mut self.method, &mut self.path, &mut self.host, &mut self.query, &mut self.fragment];
        for (text, told) in texts.into_iter().zip([method, path, host, query, fragment]) {
            *text = told.unwrap_or_default();
        }
        let Some(list) = list else { return Some(()) };
        self.listed.reserve(USUAL);
        each(list, |field, value| match field {
            1 => Entry::read(value?).map(|entry| self.listed.push(entry)),
            _ => Some(()),
        })
    }
}

impl<'m> Entry<'m> {
    fn read(message: &'m [u8]) -> Option<Self> {
        let [mut key, mut value, mut raw_value] = [None; 3];
        each(message, |field, text| match field {
            1 => once(&mut key, text),
            2 => once(&mut value, text),
            3 => once(&mut raw_value, text),
            _ => Some(()),
        })?;
        let [key, value, raw_value] = [key, value, raw_value].map(Option::unwrap_or_default);
        Some(Self { key, value, raw_value })
    }
}

/// Takes a field that may stand there once.
fn once<'m>(taken: &mut Option<&'m [u8]>, value: Option<&'m [u8]>) -> Option<()> {
    taken.replace(value?).is_none().then_some(())
}

/// Calls `take` with the number of each field and with its value, if that is a text or a message. `None` where the message cannot be read,
/// or where `take` says so.
fn each<'m>(mut rest: &'m [u8], mut take: impl FnMut(u32, Option<&'m [u8]>) -> Option<()>) -> Option<()> {
    while !rest.is_empty() {
        let key = u32::try_from(number(&mut rest)?).ok().filter(|key| key >> 3 > 0)?;
        let value = match key & 7 {
            0 => number(&mut rest).map(|_| None)?,
            1 => bytes(&mut rest, 8).map(|_| None)?,
            2 => {
                let length = usize::try_from(number(&mut rest)?).ok()?;
                Some(bytes(&mut rest, length)?)
            }
            5 => bytes(&mut rest, 4).map(|_| None)?,
            // Groups, which no message of Envoy has.
            _ => return None,
        };
        take(key >> 3, value)?;
    }
    Some(())
}

fn bytes<'m>(rest: &mut &'m [u8], length: usize) -> Option<&'m [u8]> {
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

/// A number in digits of seven bits, the lowest first. Each but the last has the eighth bit.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (digit, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(digit & 0x7f);
        // The tenth digit has room for one bit.
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if digit & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field with a text or a message, shorter than 128 bytes.
    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(value.len()).unwrap_or_default()], value].concat()
    }

    fn check(http: &[u8]) -> Vec<u8> {
        field(1, &field(4, &field(2, http)))
    }

    #[test]
    fn what_is_known_is_read_and_the_rest_is_skipped() {
        let list = field(1, &[field(1, b"x-note"), field(3, b"\xff")].concat());
        // A number, four bytes, eight bytes and a text that nobody knows.
        let unknown =
            [&[0x48, 0xff, 0x01, 0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8][..], &field(1, b"id")].concat();
        let message = check(&[unknown, field(2, b"GET"), field(13, &list), field(4, b"/a")].concat());
        let read = CheckRequest::read(&message).unwrap_or_default();
        assert_eq!((read.method, read.path, read.host), (&b"GET"[..], &b"/a"[..], &b""[..]));
        let listed: Vec<_> = read.listed.iter().map(|one| (one.key, one.value, one.raw_value)).collect();
        assert_eq!(listed, [(&b"x-note"[..], &b""[..], &b"\xff"[..])]);
        assert!(read.joined.is_empty());
    }

    #[test]
    fn what_is_cut_short_doubled_or_of_another_kind_is_malformed() {
        let whole = check(&[field(2, b"GET"), field(4, b"/a")].concat());
        assert!(CheckRequest::read(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(CheckRequest::read(whole.get(..length).unwrap_or_default()).is_err(), "{length} bytes");
        }
        let get = || field(2, b"GET");
        let entry = |entry: &[u8]| field(13, &field(1, entry));
        for (name, message) in [
            ("two methods", check(&[get(), get()].concat())),
            ("two lists", check(&[field(13, b""), field(13, b"")].concat())),
            ("two keys", check(&entry(&[field(1, b"a"), field(1, b"a")].concat()))),
            ("two values", check(&entry(&[field(2, b"a"), field(2, b"a")].concat()))),
            ("two requests", field(1, &[field(4, b""), field(4, &field(2, b""))].concat())),
            ("two HTTP requests", field(1, &field(4, &[field(2, b""), field(2, b"")].concat()))),
            ("two attributes", [whole.clone(), whole.clone()].concat()),
            ("a method that is a number", check(&[0x10, 1])),
            ("a list that is a number", check(&[0x68, 1])),
            ("a field without a number", check(&[0x02, 0])),
            ("a group", check(&[0x4b, 0x4c])),
            ("a length beyond the end", check(&[0x12, 9, b'G'])),
            ("a length without end", check(&[&[0x12][..], &[0xff; 11]].concat())),
            ("a number of 65 bits", check(&[&[0x48][..], &[0xff; 9], &[2]].concat())),
        ] {
            assert!(CheckRequest::read(&message).is_err(), "{name}");
        }
    }
}
