//! The threads on which connections are served.
//!
//! There is one for each core, with a runtime of its own, and a connection stays on its thread with everything that is asked over it. On a
//! runtime that spreads its tasks over threads, each sub-request of HTTP/2 is a task that wakes another thread, and its answer is written by
//! itself. Here no thread wakes another, and the answers to sub-requests that came together are one write. A proxy opens a connection for
//! each of its own threads, so the connections spread over the cores as the proxy does.
//!
//! The process has one set of threads for all listeners, since it has one set of cores. They run as long as the process: the connections to a
//! database that a decision has opened outlive the listener that it was asked by.

use std::future::pending;
use std::io;
use std::sync::LazyLock;
use std::thread;

use tokio::runtime::{Builder, Handle};

static THREADS: LazyLock<Vec<Handle>> = LazyLock::new(|| {
    let count = thread::available_parallelism().map_or(1, usize::from);
    let started = (0..count).map(start).collect::<io::Result<Vec<_>>>();
    started.unwrap_or_else(|error| {
        tracing::warn!(target: "policy_gateway", %error, "there are no threads for connections, and all threads serve all of them");
        Vec::new()
    })
});

/// The thread that has the least to do. Where the system gave no threads, it is the runtime of the caller.
pub(super) fn least_busy() -> Handle {
    let free = THREADS.iter().min_by_key(|thread| thread.metrics().num_alive_tasks());
    free.cloned().unwrap_or_else(Handle::current)
}

fn start(number: usize) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name(format!("connections-{number}")).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}
