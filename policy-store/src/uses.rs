//! When keys were used, on the way to the database.
//!
//! A use is noted in memory and written by a task of its own, over a connection of its own: a request does not wait while another
//! process holds the database's write lock, and takes no connection from those that do wait. Only a key's inactivity depends on
//! it, and that by days.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::database::{Connection, Pool, on};
use crate::time::stored;

/// Uses are gathered for this long before they are written.
const GATHER: Duration = Duration::from_millis(500);
/// A write that failed is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);
/// How long a write may take, and at the end the last one with everything else. A database that answers nothing must not hold up either.
const WRITTEN_IN: Duration = Duration::from_secs(5);
/// The use of one key is noted at most this often, in microseconds, so that reading does not turn into writing.
const AGAIN_AFTER: i64 = 60_000_000;
/// The keys whose use is remembered or waits to be written, at most. The use of further ones is dropped and counted; a later use is
/// noted again.
const LONGEST: usize = 100_000;

/// The uses that were noted. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Uses {
    pool: Pool,
    noted: Arc<Mutex<Noted>>,
    limit: usize,
}

#[derive(Default)]
struct Noted {
    /// When each key was noted last, by its id.
    last: HashMap<String, i64>,
    /// The keys among them whose use is not written yet.
    waiting: Vec<String>,
    /// How many were dropped since the log was last told.
    dropped: u64,
    /// Whether a task is there that will write them.
    scheduled: bool,
}

impl Noted {
    /// Whether the use was noted, and is to be written.
    fn add(&mut self, id: &str, at: i64, limit: usize) -> bool {
        if let Some(last) = self.last.get_mut(id) {
            if at.saturating_sub(*last) < AGAIN_AFTER {
                return false;
            }
            *last = at;
        } else if self.last.len() < limit {
            self.last.insert(id.to_owned(), at);
        } else {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        self.waiting.push(id.to_owned());
        true
    }

    /// Takes what waits, with its times.
    fn take(&mut self) -> Vec<(String, i64)> {
        let Self { last, waiting, .. } = self;
        let mut taken: Vec<(String, i64)> =
            waiting.drain(..).filter_map(|id| last.get(&id).map(|at| (id.clone(), *at))).collect();
        // All nodes write in one order, so that none waits for a row that another has written, while that one waits for it.
        taken.sort_unstable();
        taken
    }
}

impl Uses {
    /// Writes by the connections of this pool, which nobody else uses.
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, noted: Arc::default(), limit: LONGEST }
    }

    /// Notes that the key was used now, unless that was noted within the last minute. Called within a runtime; waits for nothing,
    /// and whoever calls it is not told of a failure.
    pub(crate) fn note(&self, id: &str, now: SystemTime) {
        let mut noted = self.noted();
        if noted.add(id, stored(now), self.limit) && !std::mem::replace(&mut noted.scheduled, true) {
            tokio::spawn(self.clone().write_until_empty());
        }
    }

    /// One task writes at a time, and ends where nothing is left to write.
    async fn write_until_empty(self) {
        let mut pause = GATHER;
        loop {
            tokio::time::sleep(pause).await;
            pause = if self.flush().await { GATHER } else { RETRY };
            let mut noted = self.noted();
            if noted.waiting.is_empty() || self.pool.is_closed() {
                // What a closed database did not take, `close` has told.
                noted.scheduled = false;
                return;
            }
        }
    }

    /// Writes what waits. Answers whether it was written; if not, it waits again.
    async fn flush(&self) -> bool {
        let now = stored(SystemTime::now());
        let (uses, dropped) = {
            let mut noted = self.noted();
            let uses = noted.take();
            // What is older than a minute does not keep anything from being noted again.
            noted.last.retain(|_, at| now.saturating_sub(*at) < AGAIN_AFTER);
            (uses, std::mem::take(&mut noted.dropped))
        };
        if dropped > 0 {
            tracing::warn!(target: "policy", dropped, "uses of keys were not noted: too many keys are in use");
        }
        if uses.is_empty() {
            return true;
        }
        let written = tokio::time::timeout(WRITTEN_IN, self.write(&uses)).await;
        let Err(error) = written.unwrap_or(Err(sqlx::Error::PoolTimedOut)) else { return true };
        tracing::warn!(target: "policy", keys = uses.len(), %error, "uses of keys are not written yet");
        let mut noted = self.noted();
        for (id, at) in uses {
            // A later use of it may have been noted in the meantime, and waits by itself.
            if *noted.last.entry(id.clone()).or_insert(at) == at {
                noted.waiting.push(id);
            }
        }
        false
    }

    async fn write(&self, uses: &[(String, i64)]) -> Result<(), sqlx::Error> {
        let mut begun = self.pool.begin_uses().await?;
        for (id, at) in uses {
            on!(Connection, begun.connection(), |connection| {
                sqlx::query("UPDATE keys SET last_used_at = $2 WHERE id = $1 AND coalesce(last_used_at, 0) < $2")
                    .bind(id)
                    .bind(at)
                    .execute(connection)
                    .await?;
            });
        }
        begun.commit().await
    }

    /// Writes what waits, for the last time. What cannot be written now is lost, and the log says how much.
    pub(crate) async fn close(&self) {
        if !self.flush().await {
            let lost = self.noted().waiting.len();
            tracing::warn!(target: "policy", lost, "uses of keys are lost: the database cannot be written");
        }
        self.pool.close().await;
    }

    /// Nothing of what is done while it is locked can panic half-way.
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_noted_once_a_minute_and_more_keys_than_fit_are_dropped_and_counted() {
        let mut noted = Noted::default();
        let minute = AGAIN_AFTER;
        let uses = [("a", 1), ("b", 2), ("c", 3), ("a", minute), ("a", minute + 1), ("d", minute), ("a", minute + 2)];
        let added: Vec<bool> = uses.iter().map(|(id, at)| noted.add(id, *at, 2)).collect();
        assert_eq!(added, [true, true, false, false, true, false, false]);
        assert_eq!(noted.dropped, 2);
        let mut taken = noted.take();
        taken.dedup();
        assert_eq!(taken, [("a".to_owned(), minute + 1), ("b".to_owned(), 2)]);
        assert!(noted.take().is_empty());
    }
}
