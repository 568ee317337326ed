//! Writes each decision as one JSON object on a line, on a thread of its own.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::UNIX_EPOCH;

use policy_core::{Document, QueryKey, Reason, ScopeSet, Stage};
use serde::{Serialize, Serializer};

use super::bounded::Cut;
use super::{Decision, DecisionLog};
use crate::credential_fault::CredentialFault;

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
pub struct JsonLines {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
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
        Ok(Self { shared, writer: Some(writer) })
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
        let line = Line::of(decision);
        let first = self.shared.queue().push(&line);
        if first {
            self.shared.filled.notify_one();
        }
    }
}

/// The members of a line. Unknown ones are left out.
#[derive(Serialize)]
#[serde(bound = "")]
struct Line<'d, D: Document> {
    unix_ms: u64,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_scopes: Option<Shown<ScopeSet<D>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_key: Option<Shown<QueryKey<'d>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<Shown<Cut<'d>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Shown<Cut<'d>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<Shown<Cut<'d>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_us: Option<u64>,
    fingerprint: &'static str,
}

impl<'d, D: Document> Line<'d, D> {
    fn of(decision: &Decision<'d, D>) -> Self {
        let denial = decision.denial();
        let shown = |text: Option<&'d str>| text.map(|text| Shown(Cut(text)));
        Self {
            unix_ms: decision
                .time()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            decision: decision.verdict().as_str(),
            method: decision.operation().map(|operation| operation.method()),
            route: decision.operation().map(|operation| operation.template()),
            stage: decision.stage().map(Stage::as_str),
            reason: decision.reason_code(),
            fault: decision.fault().map(CredentialFault::code),
            status: decision.status(),
            missing_scopes: denial.map(|denial| denial.missing()).filter(|missing| !missing.is_empty()).map(Shown),
            query_key: match decision.reason() {
                Some(Reason::UnsupportedQuery(key)) => Some(Shown(key)),
                _ => None,
            },
            credential_id: shown(decision.credential_id()),
            subject: shown(decision.subject()),
            tenant: shown(decision.tenant()),
            latency_us: decision.latency_us(),
            fingerprint: decision.fingerprint(),
        }
    }
}

/// Serialises a value by its `Display`, without a string in between.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
