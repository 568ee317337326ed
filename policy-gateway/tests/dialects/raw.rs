//! HTTP/1 by hand.

use std::collections::BTreeMap;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::script::Running;

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The status and the header fields, but for those that every answer has.
    pub fn line(&self) -> String {
        let of_all = ["content-length", "date", "connection"];
        let fields = self.headers.iter().filter(|(name, _)| !of_all.contains(&name.as_str()));
        let fields: Vec<_> = fields.map(|(name, value)| format!(" | {name}: {value}")).collect();
        format!("{}{}", self.status, fields.concat())
    }
}

/// The answer to a head on a connection of its own. Lines end with `\n` in the text of the test.
pub async fn ask(running: &Running, head: impl AsRef<[u8]>) -> Answer {
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    ask_on(&mut stream, head).await
}

/// The same, on a connection that the test made. It ends with the answer.
pub async fn ask_on(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), head: impl AsRef<[u8]>) -> Answer {
    let mut whole = lines(head.as_ref());
    whole.extend(b"connection: close\r\n\r\n");
    send(stream, &whole).await
}

/// The same with a body, whose length is told.
pub async fn ask_with(running: &Running, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(running.port()).await.unwrap();
    let mut whole = lines(head.as_bytes());
    whole.extend(format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).bytes());
    send(&mut stream, &whole).await
}

async fn send(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), whole: &[u8]) -> Answer {
    stream.write_all(whole).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    parsed(&answer)
}

fn lines(head: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        lines.extend_from_slice(line);
        lines.extend(b"\r\n");
    }
    lines
}

/// The next answer of a connection that stays open.
pub async fn next(stream: &mut (impl AsyncRead + Unpin)) -> Answer {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(_) => break,
        }
    }
    let length = parsed(&answer).header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    parsed(&[answer, body].concat())
}

fn parsed(answer: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(answer).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(':').unwrap());
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}
