//! The service behind the proxies: it records what it gets.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::programs::listen;

/// A request, as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) head: String,
    pub(crate) bytes: Vec<u8>,
}

impl Arrived {
    /// The values of a header field.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// The request line without the version.
    pub(crate) fn line(&self) -> &str {
        let line = self.head.split("\r\n").next().unwrap_or_default();
        line.rsplit_once(' ').map_or(line, |(line, _)| line)
    }
}

/// A server that answers `arrived` to everything.
pub(crate) struct Upstream {
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Upstream {
    pub(crate) fn start(address: SocketAddr) -> Self {
        let listener = listen(address);
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let kept = arrived.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Self { arrived }
    }

    /// What arrived since this was last asked.
    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Arrived>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let mut answers = stream.try_clone().unwrap();
    let mut stream = BufReader::new(stream);
    loop {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1) => bytes.extend(byte),
                _ => return,
            }
        }
        let head: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut arrived = Arrived { head, bytes };
        let length = arrived.values("content-length").first().and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        let chunked = !arrived.values("transfer-encoding").is_empty();
        if stream.read_exact(&mut body).is_err() {
            return;
        }
        while chunked && !body.ends_with(b"0\r\n\r\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1) => body.extend(byte),
                _ => return,
            }
        }
        arrived.bytes.extend(body);
        let is_head = arrived.head.starts_with("HEAD ");
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(arrived);
        let body = if is_head { "" } else { "arrived" };
        if answers.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{body}").as_bytes()).is_err() {
            return;
        }
    }
}
