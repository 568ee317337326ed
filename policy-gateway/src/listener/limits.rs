//! What the askers of a listener may take.

use std::time::Duration;

use crate::dialects::Dialect;

/// What the askers of a listener may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The time from the head of a sub-request to its answer. Then it is denied. It must be less than what the proxy waits: 200 ms is
    /// Envoy's default. Where Envoy tells how long it waits, four fifths of that are the limit, if it is less.
    pub decision: Duration,
    /// The sub-requests that are decided at once. One more is denied without being read.
    pub concurrency: usize,
    /// The connections that are open at once. One more is answered by a denial, and closed. Without a descriptor for it, no answer could be
    /// made, so there should be more descriptors than connections of all listeners together.
    pub connections: usize,
    /// The time from the first byte of a head to its last, for a TLS handshake, and for the asker to take some of an answer.
    pub head: Duration,
    /// The time after which a connection is closed on which nothing happens. It should be longer than the proxy's own, since a connection
    /// that is closed just when the proxy uses it again looks like a failure.
    pub idle: Duration,
    /// The size of a head in bytes, at least [`LEAST_HEAD_BYTES`](Self::LEAST_HEAD_BYTES).
    pub head_bytes: usize,
    /// The size of a body in bytes, where the dialect reads one.
    pub body_bytes: usize,
    /// The evaluations in one request of AuthZEN.
    pub evaluations: usize,
    /// The time for sub-requests in flight when the listener ends.
    pub drain: Duration,
}

impl Limits {
    /// The smallest limit for heads. hyper reads them into a buffer of this size.
    pub const LEAST_HEAD_BYTES: usize = 8 << 10;
    /// The longest time of all limits.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// The limits of a dialect where nothing else is said. A decision takes at most 150 ms with Envoy, and three seconds with others. There
    /// are at most 4096 connections, and a quarter of the descriptors that this process may open.
    #[must_use]
    pub fn of(dialect: &Dialect) -> Self {
        let decision = match dialect {
            Dialect::EnvoyGrpc(_) | Dialect::EnvoyHttp(_) => Duration::from_millis(150),
            Dialect::ForwardAuth(_) | Dialect::Nginx(_) | Dialect::AuthZen(_) => Duration::from_secs(3),
        };
        Self {
            decision,
            concurrency: 1024,
            connections: descriptors().map_or(4096, |descriptors| (descriptors / 4).clamp(1, 4096)),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(60 * 60),
            head_bytes: 64 << 10,
            body_bytes: 256 << 10,
            evaluations: 256,
            drain: Duration::from_secs(10),
        }
    }
}

/// How many descriptors this process may have open. `None` where there is no limit, or none that can be read.
fn descriptors() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|bound| usize::try_from(bound).ok())
}
