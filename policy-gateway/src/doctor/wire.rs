//! HTTP/1.1 as bytes. A library would refuse or repair what the doctor must send and see.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::seen::Seen;

/// No head is longer.
const LONGEST: usize = 256 * 1024;

/// The answer of the proxy over an open connection: its status. `None` where none came in time.
pub(crate) async fn ask(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &[u8],
    patience: Duration,
) -> Option<u16> {
    let exchange = async {
        // A proxy may answer and close before it has read everything.
        let _ = stream.write_all(request).await;
        let _ = stream.flush().await;
        loop {
            let head = head(&mut stream).await?;
            let status = status(&head);
            // What comes before the answer is none, except where the protocol changes.
            if !status.is_some_and(|status| (100..200).contains(&status) && status != 101) {
                return status;
            }
        }
    };
    timeout(patience, exchange).await.ok().flatten()
}

fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.get(..12)?).ok()?;
    line.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()
}

/// Reads one head, byte by byte to its end, so that what follows is left in the stream.
pub(crate) async fn head(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST {
            return None;
        }
        head.push(stream.read_u8().await.ok()?);
    }
    Some(head)
}

/// The request that a head is of.
pub(crate) fn read(head: &[u8]) -> Option<Seen> {
    let text: String = head.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = text.split("\r\n");
    let (method, rest) = lines.next()?.split_once(' ')?;
    let target = rest.rsplit_once(' ').map_or(rest, |(target, _)| target);
    let fields = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let mut seen = Seen { method: method.to_owned(), target: target.to_owned(), host: None, headers };
    let host = seen.values("host").next().map(str::to_owned);
    seen.host = host;
    Some(seen)
}

/// How long the body is, where its length is told.
pub(crate) fn length(seen: &Seen) -> u64 {
    seen.values("content-length").next().and_then(|length| length.parse().ok()).unwrap_or(0)
}
