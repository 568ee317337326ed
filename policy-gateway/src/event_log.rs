//! What the gateway tells of itself on standard error, without anybody who waits for it.
//!
//! A terminal that is held, a pipe that nobody empties and a container's log driver can all stop a program that writes to them. A request
//! that waited for such a line would have no answer, and a proxy that is set to let requests through at failures would forward it. So lines
//! wait in a queue of a fixed size, and a thread of its own writes them. What has no room is left out, and the next line says how many.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// How many lines wait at most. A line is some hundred bytes.
const MOST_LINES: usize = 4096;

/// Where lines are told. Clones are the same.
#[derive(Clone, Debug)]
pub struct EventLog {
    queue: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Item {
    Line(Vec<u8>),
    /// Somebody waits until what was told before is written.
    Written(SyncSender<()>),
}

impl EventLog {
    /// A log that a thread writes to this writer.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn new(writer: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, items) = sync_channel(MOST_LINES);
        let lost = Arc::new(AtomicU64::new(0));
        let missing = Arc::clone(&lost);
        std::thread::Builder::new().name("event-log".into()).spawn(move || write(&items, &missing, writer))?;
        Ok(Self { queue, lost })
    }

    /// Waits until everything that was told is written, and no longer than this.
    pub fn written_within(&self, patience: Duration) {
        let (written, is_written) = sync_channel(1);
        // Where the queue is full, the writer does not move, and nothing is gained by waiting.
        if self.queue.try_send(Item::Written(written)).is_ok() {
            let _ = is_written.recv_timeout(patience);
        }
    }
}

/// A line is one call, as `tracing_subscriber` makes it.
impl Write for EventLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Item::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(items: &Receiver<Item>, lost: &AtomicU64, mut writer: impl Write) {
    // Nobody is left to whom a failure could be told.
    for item in items {
        match item {
            Item::Line(line) => {
                let _ = writer.write_all(&line);
            }
            Item::Written(told) => {
                let _ = writer.flush();
                let _ = told.try_send(());
            }
        }
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            let _ = writeln!(writer, "{missing} lines were left out, since they were written slower than they came");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::{Duration, Instant};

    use super::{EventLog, MOST_LINES};

    /// A writer that waits before each line until it may go on.
    struct Held(Receiver<()>, Sender<Vec<u8>>);

    impl std::io::Write for Held {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_a_writer_that_is_held_and_what_is_left_out_is_told() {
        use std::io::Write as _;
        let ((go_on, held), (writes, written)) = (channel(), channel());
        let Ok(mut log) = EventLog::new(Held(held, writes)) else { unreachable!("a thread can be started") };
        let begin = Instant::now();
        for _ in 0..MOST_LINES * 2 {
            assert!(log.write_all(b"line\n").is_ok());
        }
        log.written_within(Duration::from_millis(50));
        assert!(begin.elapsed() < Duration::from_secs(10));
        drop(go_on);
        drop(log);
        let text: Vec<u8> = written.iter().flatten().collect();
        let text = String::from_utf8_lossy(&text);
        let lines = text.matches("line\n").count();
        assert!((MOST_LINES..MOST_LINES * 2).contains(&lines), "{lines}");
        assert!(text.contains(&format!("{} lines were left out", MOST_LINES * 2 - lines)), "{text}");
    }
}
