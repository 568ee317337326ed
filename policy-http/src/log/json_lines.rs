//! Writes each decision as one JSON object on a line, on a thread of its own.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::SystemTime;

use policy_core::Document;
use serde::Serialize;

use super::line::{Line, UndecidedLine};
use super::logged::Logged;
use super::{Decision, DecisionLog};

/// Writes each decision as a line of JSON, on a thread of its own.
///
/// A request never waits for the writer. Its line is copied into a buffer of fixed size, and is left out if there is no room. Left out
/// lines are counted ([`lost`](Self::lost)), and a line `{"lost":n}` stands in the log where they are missing. Nothing is
/// allocated for a line.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{JsonLines, Options};
///
/// fn options<D: Document>() -> std::io::Result<Options<D>> {
///     Ok(Options::new().log(JsonLines::new(std::io::stderr(), 1 << 20)?))
/// }
/// ```
///
/// When it is dropped, the lines in the buffer are still written.
///
/// The page `docs/decision-log.md` of the repository has every member of a line. A line says by `schema` which version of that page it
/// follows.
pub struct JsonLines {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
    for_replay: bool,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Debug)]
struct Queue {
    lines: Vec<u8>,
    limit: usize,
    lost: u64,
    /// How many lost lines the log does not mention yet.
    unspoken: u64,
    closed: bool,
}

impl JsonLines {
    /// A log that writes there. It has two buffers of so many bytes: one is filled while the other is written.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn new(writer: impl Write + Send + 'static, bytes: usize) -> io::Result<Self> {
        let queue = Queue { lines: Vec::with_capacity(bytes), limit: bytes, lost: 0, unspoken: 0, closed: false };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), filled: Condvar::new() });
        let own = Arc::clone(&shared);
        let writer = std::thread::Builder::new().name("policy-log".into()).spawn(move || own.write(writer, bytes))?;
        Ok(Self { shared, writer: Some(writer), for_replay: false })
    }

    /// Adds to each line what a replay of the log needs: what each scheme granted, the names of the query's parameters, and what
    /// enablement answered. The names are those of callers and clients, so that this is off unless somebody asks for it.
    #[must_use]
    pub fn with_replay_fields(mut self) -> Self {
        self.for_replay = true;
        self
    }

    /// Takes the line of a decision.
    pub(crate) fn push(&self, decision: &impl Logged) {
        self.write(&Line { decision, for_replay: self.for_replay });
    }

    /// Takes the line of a request that was denied before or after any policy decided about it: it could not be read, it came beyond a
    /// limit, or no document applies to it. `listener` is where it came in. The page `docs/decision-log.md` has its members.
    #[inline]
    pub fn undecided(&self, time: SystemTime, listener: &str, reason: &str, status: u16) {
        self.write(&UndecidedLine { time, listener, reason, status });
    }

    fn write(&self, line: &impl Serialize) {
        let first = self.shared.queue().push(line);
        if first {
            self.shared.filled.notify_one();
        }
    }

    /// How many lines were left out, because the writer was slower than the requests or failed.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.queue().lost
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the filled buffer, again and again, until the log is closed and empty.
    fn write(&self, mut writer: impl Write, bytes: usize) {
        let mut taken = Vec::with_capacity(bytes);
        loop {
            let mut queue = self.queue();
            while queue.lines.is_empty() && queue.unspoken == 0 && !queue.closed {
                queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if queue.lines.is_empty() && queue.unspoken == 0 {
                return;
            }
            std::mem::swap(&mut queue.lines, &mut taken);
            let unspoken = std::mem::take(&mut queue.unspoken);
            drop(queue);

            let mut written = writer.write_all(&taken);
            if unspoken > 0 {
                written = written.and_then(|()| writeln!(writer, "{{\"lost\":{unspoken}}}"));
            }
            if let Err(error) = written.and_then(|()| writer.flush()) {
                let lines = taken.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.queue().lost += lines;
                tracing::error!(target: "policy", %error, lines, "the decision log could not be written");
            }
            taken.clear();
        }
    }
}

impl Queue {
    /// Adds a whole line, or nothing. True if the writer was idle and has something to do now.
    fn push(&mut self, line: &impl Serialize) -> bool {
        let idle = self.lines.is_empty() && self.unspoken == 0;
        let before = self.lines.len();
        let room = Room { limit: self.limit, lines: &mut self.lines };
        let written = serde_json::to_writer(room, line).is_ok() && self.lines.len() < self.limit;
        if written {
            self.lines.push(b'\n');
        } else {
            self.lines.truncate(before);
            self.lost += 1;
            self.unspoken += 1;
        }
        idle
    }
}

/// Writes into the buffer, but never makes it grow.
struct Room<'b> {
    lines: &'b mut Vec<u8>,
    limit: usize,
}

impl Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.lines.len() + bytes.len() > self.limit {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for JsonLines {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.filled.notify_one();
        if let Some(writer) = self.writer.take() {
            // If the writer panicked, nothing more can be written.
            let _ = writer.join();
        }
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").field("lost", &self.lost()).finish_non_exhaustive()
    }
}

impl<D: Document> DecisionLog<D> for JsonLines {
    fn record(&self, decision: &Decision<'_, D>) {
        self.push(decision);
    }
}
