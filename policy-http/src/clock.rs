//! The time, for expiries, for the age of cached answers, and for the latency of decisions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock. The default is [`SystemClock`] everywhere. Tests use a [`ManualClock`].
///
/// ```
/// use policy_http::{Clock, SystemClock};
///
/// assert!(SystemClock.unix_seconds() > 1_700_000_000);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time of day, by which expiries are judged.
    fn now(&self) -> SystemTime;

    /// A time that never goes back, by which ages and latencies are measured.
    fn instant(&self) -> Instant;

    /// [`now`](Self::now) in whole seconds since the Unix epoch, as credentials state their expiry.
    fn unix_seconds(&self) -> u64 {
        self.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that stands still until [`advance`](Self::advance) moves it.
///
/// ```
/// use std::time::Duration;
/// use policy_http::{Clock, ManualClock};
///
/// let clock = ManualClock::at(1_000);
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.unix_seconds(), 1_005);
/// ```
#[derive(Debug)]
pub struct ManualClock {
    began: SystemTime,
    origin: Instant,
    milliseconds: AtomicU64,
}

impl ManualClock {
    /// A clock that says so many seconds since the Unix epoch.
    #[must_use]
    pub fn at(unix_seconds: u64) -> Self {
        Self {
            began: UNIX_EPOCH.checked_add(Duration::from_secs(unix_seconds)).unwrap_or(UNIX_EPOCH),
            origin: Instant::now(),
            milliseconds: AtomicU64::new(0),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.milliseconds.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn passed(&self) -> Duration {
        Duration::from_millis(self.milliseconds.load(Ordering::SeqCst))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        self.began.checked_add(self.passed()).unwrap_or(self.began)
    }

    fn instant(&self) -> Instant {
        self.origin.checked_add(self.passed()).unwrap_or(self.origin)
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> SystemTime {
        C::now(self)
    }

    fn instant(&self) -> Instant {
        C::instant(self)
    }
}
