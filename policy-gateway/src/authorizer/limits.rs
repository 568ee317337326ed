//! How large a request may be, and how long a decision may take.

use std::time::Duration;

/// The limits of one document's requests. What exceeds one is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest target in bytes, path and query together; 8192 by default.
    pub longest_target: usize,
    /// The most header fields; 100 by default.
    pub most_headers: usize,
    /// The longest time that a decision takes; 5 seconds by default. A listener has a limit of its own, which follows the time after which
    /// its proxy gives up. The one that comes first counts.
    pub longest_decision: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { longest_target: 8192, most_headers: 100, longest_decision: Duration::from_secs(5) }
    }
}
