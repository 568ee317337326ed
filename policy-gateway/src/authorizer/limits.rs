//! How large a request may be, and how long a decision may take.

use std::time::Duration;

/// The limits of one document's requests. What exceeds one is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest target in bytes, path and query together; 8192 by default.
    pub longest_target: usize,
    /// The most header fields; 100 by default.
    pub most_headers: usize,
    /// The longest time that a decision takes; 150 milliseconds by default. It is shorter than the time after which a proxy gives up (200
    /// milliseconds in Envoy), since some are configured to forward then.
    pub longest_decision: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { longest_target: 8192, most_headers: 100, longest_decision: Duration::from_millis(150) }
    }
}
