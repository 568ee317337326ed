//! A service that keeps what it is sent.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers every request in one way, and keeps their heads.
pub(crate) struct Recorder {
    pub(crate) port: u16,
    pub(crate) heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut received = Vec::new();
                let mut buffer = [0; 4096];
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                while !received.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
                        _ => break,
                    }
                }
                let head = String::from_utf8_lossy(&received).into_owned();
                let _ = stream.write_all(answer(&head).as_bytes());
                kept.lock().unwrap().push(head);
            }
        });
        Self { port, heads }
    }

    /// The first line of each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }
}
