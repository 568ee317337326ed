//! Whether what was read of keys and organizations still holds: the revision.
//!
//! The database counts every change of them in one number. A look-up may not ask for that number, because one question to the
//! database is what a kept answer saves. So a task of its own reads it, and a look-up uses the number that was read last, if three
//! things are true:
//!
//! - it was read within the last second;
//! - nobody told of a change since: neither this process nor PostgreSQL, which notifies whoever listens;
//! - the database file was not written since, as far as the file system tells ([`Stamped`]).
//!
//! Otherwise the look-up asks the database itself, and wakes the task. So a change is seen by the next look-up where it is told, and
//! within a second everywhere. A task that is late or gone costs time, never the bound.
//!
//! A database on another machine may be gone for a moment. While it does not answer, the number that was read last is used for longer,
//! up to `outage`: what was kept then lives out its time, and no new answer is had. When the database answers again, its number
//! tells whether anything changed meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::database::Pool;
use crate::stamp::{Stamp, Stamped};

/// How old the number may be.
const OLDEST: Duration = Duration::from_secs(1);
/// How long the database may take to tell it. It is an outage where it takes longer.
const ANSWERED_IN: Duration = Duration::from_millis(400);
/// How often it is read while it is used: more often than it must be, so that it is not missed when the machine is busy.
const EVERY: Duration = Duration::from_millis(400);

/// The revision, as it was read last.
#[derive(Debug)]
pub(crate) struct Watch {
    file: Stamped,
    /// How long the number counts while the database does not answer.
    outage: Duration,
    /// Whether the database did not answer when it was asked last.
    is_out: AtomicBool,
    /// How many changes were told, by this process or by the database.
    changes: AtomicU64,
    /// Whether anybody wanted to know since it was read.
    is_asked: AtomicBool,
    wake: Notify,
    read: Mutex<Option<Read>>,
}

/// What was read, and how everything was before it was read.
#[derive(Clone, Copy, Debug)]
struct Read {
    revision: u64,
    at: Instant,
    changes: u64,
    stamp: Option<Stamp>,
}

impl Watch {
    /// Looks at the file. While the database does not answer, a number counts for as long as `outage`.
    pub(crate) fn new(file: Stamped, outage: Duration) -> Arc<Self> {
        let (is_out, changes, is_asked, wake, read) = Default::default();
        Arc::new(Self { file, outage, is_out, changes, is_asked, wake, read })
    }

    /// The revision, if it is known to be that of this moment.
    pub(crate) fn revision(&self) -> Option<u64> {
        if !self.is_asked.load(Ordering::Relaxed) {
            self.is_asked.store(true, Ordering::Relaxed);
        }
        let read = *self.read();
        let known = read.filter(|read| self.holds(read)).map(|read| read.revision);
        if known.is_none() {
            self.wake.notify_one();
        }
        known
    }

    fn holds(&self, read: &Read) -> bool {
        let age = read.at.elapsed();
        (age < OLDEST || age < self.outage && self.is_out.load(Ordering::Acquire))
            && read.changes == self.changes.load(Ordering::Acquire)
            && self.file.stamp().is_ok_and(|stamp| stamp == read.stamp)
    }

    /// Tells that something has changed, or may have.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Reads the number when it is wanted, and then again and again until nobody wants it any more.
    pub(crate) async fn run(self: Arc<Self>, pool: Pool) {
        loop {
            self.wake.notified().await;
            loop {
                self.is_asked.store(false, Ordering::Relaxed);
                let read = self.read_again(&pool).await;
                self.is_out.store(read.is_err(), Ordering::Release);
                if let Err(error) = read {
                    // Every look-up that has no kept answer asks the database itself, and tells of it.
                    tracing::debug!(target: "policy", %error, "the revision cannot be read");
                }
                // Whoever needs it earlier wakes it.
                let _ = tokio::time::timeout(EVERY, self.wake.notified()).await;
                if !self.is_asked.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
    }

    async fn read_again(&self, pool: &Pool) -> Result<(), sqlx::Error> {
        // All of this is looked at before the number is read: what changes afterwards shows as a difference.
        let stamp = self.settled_stamp().await?;
        let changes = self.changes.load(Ordering::Acquire);
        let at = Instant::now();
        let answer = tokio::time::timeout(ANSWERED_IN, pool.revision()).await;
        let revision = answer.map_err(|_| sqlx::Error::PoolTimedOut)??;
        *self.read() = Some(Read { revision: revision.cast_unsigned(), at, changes, stamp });
        Ok(())
    }

    /// The file's stamp, once a further write surely changes it.
    async fn settled_stamp(&self) -> Result<Option<Stamp>, sqlx::Error> {
        loop {
            let Some(stamp) = self.file.stamp()? else { return Ok(None) };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
            let pause = stamp.settles_in(i128::try_from(now).unwrap_or(i128::MAX));
            if pause.is_zero() {
                return Ok(Some(stamp));
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn read(&self) -> MutexGuard<'_, Option<Read>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
