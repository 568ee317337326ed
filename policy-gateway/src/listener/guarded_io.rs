//! A socket that does not wait without end, and that sees what hyper drops.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::activity::Activity;
use super::limits::Limits;

/// A connection's socket.
///
/// hyper has a time limit for heads of its own. It also counts while nothing is sent, and would close connections that a proxy keeps for
/// its next sub-request. Here a head has little time from its first byte on, and a silent connection has much. An asker that takes no answers
/// has as little time as for a head, since hyper waits for it without end.
pub(super) struct GuardedIo<S> {
    stream: S,
    activity: Activity,
    head: Duration,
    idle: Duration,
    phase: Phase,
    /// How many sub-requests had begun when the phase was last looked at.
    seen: u64,
    timer: Pin<Box<Sleep>>,
    /// Runs while an answer waits to be taken.
    unread: Option<Pin<Box<Sleep>>>,
    /// Bytes of HTTP/2's preface that have been seen. A complete one ends the limit for heads: of frames, hyper has limits of its own.
    preface: usize,
    lines: Option<RequestLines>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A sub-request is being answered, or nothing has been waited for yet.
    Busy,
    /// Nothing of the next head has arrived.
    Silent,
    /// Something of the next head has arrived.
    InHead,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl<S> GuardedIo<S> {
    pub(super) fn new(stream: S, activity: Activity, limits: &Limits, watches_request_lines: bool) -> Self {
        Self {
            stream,
            activity,
            head: limits.head,
            idle: limits.idle,
            phase: Phase::Busy,
            seen: 0,
            timer: Box::pin(tokio::time::sleep(limits.idle)),
            unread: None,
            preface: 0,
            lines: watches_request_lines.then(RequestLines::default),
        }
    }

    fn enter(&mut self, phase: Phase, limit: Duration) {
        self.phase = phase;
        let now = Instant::now();
        self.timer.as_mut().reset(now.checked_add(limit).unwrap_or(now));
    }

    fn received(&mut self, bytes: &[u8]) {
        if let Some(expected) = PREFACE.get(self.preface..)
            && !expected.is_empty()
        {
            let same = bytes.iter().zip(expected).take_while(|(byte, expected)| byte == expected).count();
            let stays = same == bytes.len().min(expected.len());
            // A connection that has begun with something else speaks HTTP/1, and `usize::MAX` is beyond every preface.
            self.preface = if stays { self.preface.saturating_add(same) } else { usize::MAX };
        }
        if let Some(lines) = &mut self.lines
            && lines.have_fragment(bytes)
        {
            self.activity.note_fragment();
        }
        if self.activity.is_running() {
            return;
        }
        if self.preface == PREFACE.len() {
            self.enter(Phase::Silent, self.idle);
        } else if self.phase != Phase::InHead {
            self.enter(Phase::InHead, self.head);
        }
    }

    /// What came of writing, or an error where the asker has taken nothing for too long.
    fn written<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.unread = None;
            return result;
        }
        let limit = self.head;
        let timer = self.unread.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether a time limit is over, while nothing can be read.
    fn poll_limits(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.activity.is_running() {
            return Poll::Pending;
        }
        if self.phase == Phase::Busy {
            self.enter(Phase::Silent, self.idle);
        }
        self.timer.as_mut().poll(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for GuardedIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let begun = this.activity.begun();
        if begun != this.seen {
            this.seen = begun;
            this.phase = Phase::Busy;
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                if let Some(bytes) = buffer.filled().get(before..)
                    && !bytes.is_empty()
                {
                    this.received(bytes);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(this.poll_limits(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

/// It takes no lists of buffers. Answers are small, and without them hyper and h2 copy all that waits into one buffer, which is one write.
impl<S: AsyncWrite + Unpin> AsyncWrite for GuardedIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, result)
    }
}

/// Looks for request lines with a `#`.
///
/// hyper takes what follows a `#` for a fragment, and drops it: `/a#/../b` is `/a` to a service, while the upstream gets all of it. Every
/// line that ends like a request line is looked at. So it does not matter where a head begins, and a field or a body that looks like a
/// request line costs a denial at most.
#[derive(Default)]
struct RequestLines {
    has_hash: bool,
    /// The last bytes of the line, the newest last.
    tail: [u8; 9],
}

impl RequestLines {
    fn have_fragment(&mut self, bytes: &[u8]) -> bool {
        let mut found = false;
        for byte in bytes {
            match byte {
                b'\n' => {
                    let version = if self.tail.ends_with(b"\r") { self.tail.get(..8) } else { self.tail.get(1..) };
                    found |= self.has_hash && matches!(version, Some(b"HTTP/1.1" | b"HTTP/1.0"));
                    *self = Self::default();
                }
                byte => {
                    self.has_hash |= *byte == b'#';
                    self.tail.rotate_left(1);
                    if let Some(last) = self.tail.last_mut() {
                        *last = *byte;
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::RequestLines;

    #[test]
    fn a_request_line_with_a_fragment_is_seen_however_it_is_cut() {
        for (text, expected) in [
            ("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", false),
            ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", true),
            ("GET /a#b HTTP/1.0\nHost: a\n\n", true),
            ("GET /a HTTP/1.1\r\nX: #b\r\n\r\n", false),
            ("\r\nGET /# HTTP/1.1\r\n", true),
            ("GET /a HTTP/1.1\r\nX: b\r\n\r\nGET /c#d HTTP/1.1\r\n\r\n", true),
            ("# HTTP/2.0\r\n", false),
        ] {
            for size in [1, 2, 3, 7, text.len()] {
                let mut lines = RequestLines::default();
                let found =
                    text.as_bytes().chunks(size).map(|part| lines.have_fragment(part)).fold(false, |a, b| a | b);
                assert_eq!(found, expected, "{text:?} by {size}");
            }
        }
    }
}
