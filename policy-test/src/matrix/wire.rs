//! HTTP/1.1 as bytes. What goes out is exactly what a case says: no library of clients sends `/a/../b`, `//a` or a method like `get`
//! without making something else of it.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

use super::answer::Answer;

/// The longest head that is read.
const MOST_HEAD: usize = 64 << 10;
/// How much of a body is read, where it is looked at.
const MOST_BODY: usize = 64 << 10;

/// Sets how long the next read or write may take.
pub(crate) trait Deadline {
    /// Until this moment.
    fn ends_at(&self, moment: Instant) -> io::Result<()>;
}

/// The status, the headers and the body of an answer.
pub(crate) type Received = (u16, Vec<(String, String)>, Vec<u8>);

/// Sends the bytes of a request and reads the answer's head, and its body where that is wanted.
pub(crate) fn exchange<S: Read + Write + Deadline>(
    stream: &mut S,
    request: &[u8],
    wants_body: bool,
    end: Instant,
) -> io::Result<Received> {
    stream.ends_at(end)?;
    // A server may answer and close before it has read all.
    let sent = stream.write_all(request).and_then(|()| stream.flush());
    let mut received = Vec::new();
    loop {
        let head = match until(stream, &mut received, end, |received| find(received, b"\r\n\r\n"), MOST_HEAD) {
            Ok(Some(at)) => at,
            Ok(None) => {
                sent?;
                return Err(ErrorKind::UnexpectedEof.into());
            }
            Err(error) => return Err(sent.err().unwrap_or(error)),
        };
        let head: Vec<u8> = received.drain(..head + 4).collect();
        let head = String::from_utf8_lossy(&head).into_owned();
        let (status, headers) =
            read_head(&head).ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no answer of HTTP/1.1"))?;
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let body = if wants_body { read_body(stream, received, &headers, end)? } else { Vec::new() };
        return Ok((status, headers, body));
    }
}

/// The part of an answer by which it is judged.
pub(crate) fn answer(status: u16, headers: &[(String, String)], body: Vec<u8>) -> Answer {
    Answer::new(status, headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))).with_body(body)
}

fn read_head(head: &str) -> Option<(u16, Vec<(String, String)>)> {
    let mut lines = head.split("\r\n");
    let line = lines.next()?;
    let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?;
    let status = rest.get(..3)?.parse().ok()?;
    let field = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    Some((status, lines.filter_map(field).collect()))
}

fn read_body<S: Read + Deadline>(
    stream: &mut S,
    mut received: Vec<u8>,
    headers: &[(String, String)],
    end: Instant,
) -> io::Result<Vec<u8>> {
    let header = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let length = header("content-length").and_then(|length| length.parse::<usize>().ok());
    let is_chunked = header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let is_whole = |received: &[u8]| match length {
        Some(length) if !is_chunked => (received.len() >= length).then_some(length),
        None if is_chunked => find(received, b"0\r\n\r\n").map(|at| at + 5),
        _ => None,
    };
    // The connection ends with the answer, since the request asks for that.
    let whole = until(stream, &mut received, end, is_whole, MOST_BODY)?;
    if let Some(whole) = whole {
        received.truncate(whole);
    }
    Ok(if is_chunked { dechunked(&received) } else { received })
}

fn dechunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = find(rest, b"\r\n") {
        let line = String::from_utf8_lossy(rest.get(..at).unwrap_or_default()).into_owned();
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(at + 2..).and_then(|behind| behind.get(..size)) else { break };
        if size == 0 {
            break;
        }
        body.extend_from_slice(chunk);
        rest = rest.get(at + 4 + size..).unwrap_or_default();
    }
    body
}

/// Reads until the test finds a place. `None`, where the stream ends before that, or more than the limit came.
fn until<S: Read + Deadline>(
    stream: &mut S,
    received: &mut Vec<u8>,
    end: Instant,
    test: impl Fn(&[u8]) -> Option<usize>,
    most: usize,
) -> io::Result<Option<usize>> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(place) = test(received) {
            return Ok(Some(place));
        }
        if received.len() > most {
            return Ok(None);
        }
        stream.ends_at(end)?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => received.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A server that ends TLS without saying so ended the answer all the same.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
