//! Whether what was read of keys and organizations still holds: the revision.
//!
//! The database counts every change of them in one number. A look-up may not ask for that number, because one question to the
//! database is what a kept answer saves. So a task of its own reads it, and a look-up uses the number that was read last, if three
//! things are true:
//!
//! - it was read within the last second;
//! - this process has changed nothing since;
//! - the database file was not written since, as far as the file system tells ([`Stamped`]).
//!
//! Otherwise the look-up asks the database itself, and wakes the task. So a change is seen by the next look-up where the file
//! system tells of writes, and within a second everywhere. A task that is late or gone costs time, never the bound.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sqlx::SqlitePool;
use tokio::sync::Notify;

use crate::stamp::{Stamp, Stamped};

/// How old the number may be.
const OLDEST: Duration = Duration::from_secs(1);
/// How often it is read while it is used: more often than it must be, so that it is not missed when the machine is busy.
const EVERY: Duration = Duration::from_millis(400);

/// The revision, as it was read last.
#[derive(Debug)]
pub(crate) struct Watch {
    file: Stamped,
    /// How many changes this process made.
    own_changes: AtomicU64,
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
    own_changes: u64,
    stamp: Option<Stamp>,
}

impl Watch {
    pub(crate) fn new(file: Stamped) -> Arc<Self> {
        let (own_changes, is_asked, wake, read) = Default::default();
        Arc::new(Self { file, own_changes, is_asked, wake, read })
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
        read.at.elapsed() < OLDEST
            && read.own_changes == self.own_changes.load(Ordering::Acquire)
            && self.file.stamp().is_ok_and(|stamp| stamp == read.stamp)
    }

    /// Tells that this process has changed something.
    pub(crate) fn changed(&self) {
        self.own_changes.fetch_add(1, Ordering::AcqRel);
    }

    /// Reads the number when it is wanted, and then again and again until nobody wants it any more.
    pub(crate) async fn run(self: Arc<Self>, pool: SqlitePool) {
        loop {
            self.wake.notified().await;
            loop {
                self.is_asked.store(false, Ordering::Relaxed);
                if let Err(error) = self.read_again(&pool).await {
                    // Every look-up asks the database itself now, and tells of it.
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

    async fn read_again(&self, pool: &SqlitePool) -> Result<(), sqlx::Error> {
        // All of this is looked at before the number is read: what changes afterwards shows as a difference.
        let stamp = self.settled_stamp().await?;
        let own_changes = self.own_changes.load(Ordering::Acquire);
        let at = Instant::now();
        let revision: i64 = sqlx::query_scalar("SELECT number FROM policy_store_revision").fetch_one(pool).await?;
        *self.read() = Some(Read { revision: revision.cast_unsigned(), at, own_changes, stamp });
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
