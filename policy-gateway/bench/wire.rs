//! A connection that stays, over which one request after the other is asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// A connection of HTTP/1.1.
pub(crate) struct Wire {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
}

impl Wire {
    pub(crate) fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream: BufReader::new(stream), line: Vec::new() })
    }

    /// Sends the request, and reads the answer to its end.
    pub(crate) fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        let mut answer = Answer::default();
        let mut length = 0;
        let mut chunked = false;
        loop {
            self.line.clear();
            if self.stream.read_until(b'\n', &mut self.line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let line = String::from_utf8_lossy(&self.line).to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                answer.status = rest.get(..3).and_then(|status| status.parse().ok()).unwrap_or(0);
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            } else if line.starts_with("transfer-encoding:") {
                chunked = true;
            } else if line == "\r\n" {
                break;
            }
        }
        while chunked {
            self.line.clear();
            self.stream.read_until(b'\n', &mut self.line)?;
            let size = usize::from_str_radix(String::from_utf8_lossy(&self.line).trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk)?;
            chunk.truncate(size);
            answer.body.extend(chunk);
            chunked = size > 0;
        }
        let start = answer.body.len();
        answer.body.resize(start + length, 0);
        self.stream.read_exact(answer.body.get_mut(start..).unwrap_or_default())?;
        Ok(answer)
    }
}

/// A question in the words of forward-auth.
pub(crate) fn question(method: &str, target: &str, key: &str) -> Vec<u8> {
    format!(
        "GET / HTTP/1.1\r\nHost: gateway\r\nX-Forwarded-Method: {method}\r\nX-Forwarded-Uri: {target}\r\nX-Forwarded-Host: items.example\r\n\
         X-Forwarded-Proto: https\r\nAuthorization: Bearer {key}\r\n\r\n"
    )
    .into_bytes()
}
