//! What the socket and the service of one connection tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What the socket and the service of one connection tell each other. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<State>);

#[derive(Default)]
struct State {
    begun: AtomicU64,
    running: AtomicUsize,
    fragment: AtomicBool,
}

/// One sub-request that is being answered.
pub(super) struct Running(Activity);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Activity {
    /// Notes that a head is complete.
    pub(super) fn begin(&self) -> Running {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.running.fetch_add(1, Ordering::Relaxed);
        Running(self.clone())
    }

    /// How many heads have been complete.
    pub(super) fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// Whether a sub-request is being answered.
    pub(super) fn is_running(&self) -> bool {
        self.0.running.load(Ordering::Relaxed) > 0
    }

    /// Notes that a request line had a `#`.
    pub(super) fn note_fragment(&self) {
        self.0.fragment.store(true, Ordering::Relaxed);
    }

    /// Whether a request line had a `#`.
    pub(super) fn had_fragment(&self) -> bool {
        self.0.fragment.load(Ordering::Relaxed)
    }
}
