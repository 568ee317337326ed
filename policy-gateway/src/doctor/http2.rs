//! HTTP/2 as frames (RFC 9113). A library would refuse or repair what the doctor must send: a path with `#` or white space, an authority with
//! a user, a `Host` beside it, fields that have no place in HTTP/2.
//!
//! One request has one connection. Its header fields are written as literals that nobody indexes, which needs no table. Of the answer, the
//! status alone is read, which is the first field of its block (RFC 7541).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;
/// No frame is longer, since the doctor asks for nothing else.
const LONGEST: usize = 16_384;
/// The statuses of the static table, from its index 8 on.
const STATUSES: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];

/// A request.
pub(crate) struct Request<'r> {
    pub(crate) method: &'r str,
    pub(crate) scheme: &'r str,
    pub(crate) authority: &'r str,
    pub(crate) path: &'r str,
    /// Fields as HTTP/1.1 has them, each with its line end.
    pub(crate) fields: &'r str,
    pub(crate) body: &'r str,
}

impl Request<'_> {
    /// The bytes of the connection, from its first on.
    fn written(&self) -> Vec<u8> {
        let mut block = Vec::new();
        let pseudo =
            [(":method", self.method), (":scheme", self.scheme), (":authority", self.authority), (":path", self.path)];
        let fields = self.fields.split("\r\n").filter_map(|line| line.split_once(':'));
        for (name, value) in pseudo.into_iter().chain(fields.map(|(name, value)| (name, value.trim()))) {
            // A literal that is not indexed, with its name.
            block.push(0);
            text(&name.to_ascii_lowercase(), &mut block);
            text(value, &mut block);
        }
        let mut bytes = PREFACE.to_vec();
        frame(SETTINGS, 0, 0, &[], &mut bytes);
        let end = if self.body.is_empty() { END_STREAM } else { 0 };
        frame(HEADERS, END_HEADERS | end, 1, &block, &mut bytes);
        if !self.body.is_empty() {
            frame(DATA, END_STREAM, 1, self.body.as_bytes(), &mut bytes);
        }
        bytes
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8], bytes: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    bytes.extend(length.iter().skip(1));
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
}

/// A text: its length with a prefix of seven bits, and its bytes. What is no ASCII is ISO 8859-1, as over HTTP/1.1.
fn text(said: &str, block: &mut Vec<u8>) {
    let bytes: Vec<u8> = said.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect();
    match u8::try_from(bytes.len()) {
        Ok(length @ ..=126) => block.push(length),
        _ => {
            block.push(127);
            let mut rest = bytes.len().saturating_sub(127);
            while rest >= 128 {
                block.push(u8::try_from(rest % 128).unwrap_or_default() | 128);
                rest /= 128;
            }
            block.push(u8::try_from(rest).unwrap_or_default());
        }
    }
    block.extend(bytes);
}

/// Sends a request over a new connection, and answers the status that came back. `None` where none came in time.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &Request<'_>,
    patience: Duration,
) -> Option<u16> {
    let exchange = async {
        // A proxy may answer and close before it has read everything.
        let _ = stream.write_all(&request.written()).await;
        let _ = stream.flush().await;
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.ok()?;
            let [high, middle, low, kind, flags, a, b, c, d] = head;
            let length =
                usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok().filter(|one| *one <= LONGEST)?;
            let mut payload = vec![0; length];
            stream.read_exact(&mut payload).await.ok()?;
            match (kind, u32::from_be_bytes([a, b, c, d]) & !(1 << 31)) {
                (SETTINGS | PING, _) if flags & ACK == 0 => {
                    let mut answer = Vec::new();
                    frame(kind, ACK, 0, if kind == PING { &payload } else { &[] }, &mut answer);
                    stream.write_all(&answer).await.ok()?;
                    stream.flush().await.ok()?;
                }
                (HEADERS, 1) => match status(&payload, flags)? {
                    // What comes before the answer is none.
                    100..200 => {}
                    status => return Some(status),
                },
                (GOAWAY, _) | (RST_STREAM, 1) => return None,
                _ => {}
            }
        }
    };
    timeout(patience, exchange).await.ok().flatten()
}

/// The status in the block of a frame.
fn status(payload: &[u8], flags: u8) -> Option<u16> {
    let mut block = payload;
    if flags & PADDED != 0 {
        block = block.get(1..)?;
    }
    if flags & PRIORITY != 0 {
        block = block.get(5..)?;
    }
    // How large a table may be, which is said before the first field.
    while block.first().is_some_and(|byte| byte & 0b1110_0000 == 0b0010_0000) {
        let long = block.first().is_some_and(|byte| byte & 31 == 31);
        let rest = block.get(1..)?;
        block = if long { rest.get(rest.iter().position(|byte| byte & 128 == 0)? + 1..)? } else { rest };
    }
    let (first, rest) = block.split_first()?;
    match first {
        // The whole field stands in the static table.
        0x88..=0x8e => STATUSES.get(usize::from(first - 0x88)).copied(),
        // Its name does: indexed, not indexed, or never indexed.
        0x48..=0x4e | 0x08..=0x0e | 0x18..=0x1e => {
            let (length, rest) = rest.split_first()?;
            let value = rest.get(..usize::from(length & 127))?;
            if length & 128 == 0 { std::str::from_utf8(value).ok()?.parse().ok() } else { digits(value) }
        }
        _ => None,
    }
}

/// A number in the code of RFC 7541, appendix B: `0`, `1` and `2` have five bits, 0 to 2, and the others six, from 25 on.
fn digits(coded: &[u8]) -> Option<u16> {
    let bits: Vec<u8> = coded.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let (mut at, mut number) = (0, 0);
    for _ in 0..3 {
        let code = |length: usize| {
            bits.get(at..at + length).map(|bits| bits.iter().fold(0_u16, |all, bit| all * 2 + u16::from(*bit)))
        };
        let digit = match code(5)? {
            short @ ..=2 => {
                at += 5;
                short
            }
            _ => {
                let long = code(6)?.checked_sub(25).filter(|one| *one < 7)? + 3;
                at += 6;
                long
            }
        };
        number = number * 10 + digit;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::{digits, status, text};

    #[test]
    fn a_status_is_read_in_each_form_that_it_may_have() {
        for (payload, flags, expected) in [
            (&[0x88][..], 0, Some(200)),
            (&[0x8e], 0, Some(500)),
            (&[0x48, 3, b'4', b'0', b'3'], 0, Some(403)),
            (&[0x08, 3, b'4', b'0', b'1'], 0, Some(401)),
            (&[0x3f, 0xe1, 0x1f, 0x20, 0x48, 3, b'5', b'0', b'3'], 0, Some(503)),
            // RFC 7541, section C.6.1: 302.
            (&[0x48, 0x82, 0x64, 0x02], 0, Some(302)),
            (&[0, 0, 0, 0, 0, 0x88], 32, Some(200)),
            (&[1, 0x88, 0], 8, Some(200)),
            (&[0x82], 0, None),
            (&[0x48, 9, b'4'], 0, None),
            (&[], 0, None),
        ] {
            assert_eq!(status(payload, flags), expected, "{payload:?}");
        }
        assert_eq!((digits(&[0x68, 0x0c, 0xff]), digits(&[0xff, 0xff, 0xff])), (Some(403), None));
    }

    #[test]
    fn a_long_text_has_its_length_in_several_bytes() {
        for (length, head) in [(126, vec![126]), (127, vec![127, 0]), (128, vec![127, 1]), (1337, vec![127, 186, 9])] {
            let mut block = Vec::new();
            text(&"a".repeat(length), &mut block);
            assert_eq!(block.get(..head.len()), Some(&*head));
            assert_eq!(block.len(), head.len() + length);
        }
    }
}
