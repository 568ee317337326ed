//! Raw sockets: bytes are sent unchanged, and answers are read by the framing of HTTP/1.1.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long an answer may take. After that the outcome is `no answer`.
const PATIENCE: Duration = Duration::from_secs(3);

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 0 if no answer came.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// A connection to the server under test.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Wire {
    pub(crate) fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Writes the bytes. A server may have answered and closed before it read them all.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends the bytes again and again, until the answer begins.
    pub(crate) fn send_until_answered(&mut self, bytes: &[u8]) {
        let began = Instant::now();
        let pause = Duration::from_millis(5);
        let mut buffer = [0; 4096];
        while self.received.is_empty()
            && began.elapsed() < PATIENCE
            && self.stream.set_read_timeout(Some(pause)).is_ok()
        {
            self.send(bytes);
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.received.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => break,
            }
        }
        let _ = self.stream.set_read_timeout(Some(PATIENCE));
    }

    /// The next final answer. With `bodiless` it is the answer to a HEAD. With `first_bytes` the body is not read to its end.
    pub(crate) fn answer(&mut self, bodiless: bool, first_bytes: bool) -> Answer {
        loop {
            let Some(head) = self.take_head() else { return Answer::default() };
            // Other bytes here are left from the answer before, whose length was wrong. They give the status 0.
            let line = head.strip_prefix("HTTP/1.1 ").or_else(|| head.strip_prefix("HTTP/1.0 "));
            let status = line.and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let mut answer = Answer { status, head, body: String::new() };
            if !bodiless && status != 204 && status != 304 {
                let body = self.take_body(&answer, first_bytes);
                answer.body = String::from_utf8_lossy(&body).into_owned();
            }
            return answer;
        }
    }

    fn take_head(&mut self) -> Option<String> {
        let end = self.fill_until(|received| find(received, b"\r\n\r\n").map(|at| at + 4))?;
        let head: Vec<u8> = self.received.drain(..end).collect();
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    fn take_body(&mut self, answer: &Answer, first_bytes: bool) -> Vec<u8> {
        if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.take_chunks(first_bytes);
        }
        let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
        let wanted = if first_bytes { Some(1) } else { length };
        match wanted {
            Some(wanted) => {
                self.fill_until(|received| (received.len() >= wanted).then_some(wanted));
                let end = wanted.min(self.received.len());
                self.received.drain(..end).collect()
            }
            None => {
                self.fill_until(|_| None);
                std::mem::take(&mut self.received)
            }
        }
    }

    fn take_chunks(&mut self, first_only: bool) -> Vec<u8> {
        let mut body = Vec::new();
        while let Some(end) = self.fill_until(|received| find(received, b"\r\n").map(|at| at + 2)) {
            let line: Vec<u8> = self.received.drain(..end).collect();
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.split([';', '\r']).next().unwrap_or_default().trim(), 16);
            let Ok(size) = size else { break };
            if self.fill_until(|received| (received.len() >= size + 2).then_some(size)).is_none() {
                break;
            }
            body.extend(self.received.drain(..size));
            self.received.drain(..2);
            if size == 0 || first_only {
                break;
            }
        }
        body
    }

    /// Reads until the test finds a place, and returns it. `None` if the connection ends or no more bytes come.
    fn fill_until(&mut self, test: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(place) = test(&self.received) {
                return Some(place);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.received.extend_from_slice(buffer.get(..count)?),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
