//! When keys were used, on the way to the database.
//!
//! A use is noted in memory and written by a task of its own, over a connection of its own: a request does not wait while another
//! process holds the database's write lock, and takes no connection from those that do wait. Only a key's inactivity depends on
//! it, and that by days.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::SqlitePool;

use super::stored;

/// Uses are gathered for this long before they are written.
const GATHER: Duration = Duration::from_millis(500);
/// A write that failed is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);
/// The keys whose use waits to be written, at most. The use of further ones is dropped and counted; a later use is noted again.
const LONGEST_QUEUE: usize = 10_000;

/// What waits to be written. Cheap to clone.
#[derive(Clone)]
pub(super) struct Uses {
    pool: SqlitePool,
    waiting: Arc<Mutex<Waiting>>,
    limit: usize,
}

#[derive(Default)]
struct Waiting {
    /// The last use of each key, by its id.
    uses: HashMap<String, i64>,
    /// How many were dropped since the log was last told.
    dropped: u64,
    /// Whether a task is there that will write them.
    scheduled: bool,
}

impl Waiting {
    fn add(&mut self, id: &str, at: i64, limit: usize) {
        if let Some(last) = self.uses.get_mut(id) {
            *last = at.max(*last);
        } else if self.uses.len() < limit {
            self.uses.insert(id.to_owned(), at);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }
}

impl Uses {
    /// Writes by the connections of this pool, which nobody else uses.
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, waiting: Arc::default(), limit: LONGEST_QUEUE }
    }

    /// Notes a use. Called within a runtime; waits for nothing.
    pub(super) fn note(&self, id: &str, at: Timestamp) {
        let mut waiting = self.waiting();
        waiting.add(id, stored(at), self.limit);
        if !std::mem::replace(&mut waiting.scheduled, true) {
            tokio::spawn(self.clone().write_until_empty());
        }
    }

    /// One task writes at a time, and ends where nothing is left to write.
    async fn write_until_empty(self) {
        let mut pause = GATHER;
        loop {
            tokio::time::sleep(pause).await;
            pause = if self.flush().await { GATHER } else { RETRY };
            let mut waiting = self.waiting();
            if waiting.uses.is_empty() || self.pool.is_closed() {
                // What a closed database did not take, `close` has told.
                waiting.scheduled = false;
                return;
            }
        }
    }

    /// Writes what waits. Answers whether it was written; if not, it waits again.
    pub(super) async fn flush(&self) -> bool {
        let (uses, dropped) = {
            let mut waiting = self.waiting();
            (std::mem::take(&mut waiting.uses), std::mem::take(&mut waiting.dropped))
        };
        if dropped > 0 {
            tracing::warn!(target: "charthero", dropped, "uses of keys were not noted: too many keys were waiting");
        }
        if uses.is_empty() {
            return true;
        }
        let Err(error) = self.write(&uses).await else { return true };
        tracing::warn!(target: "charthero", keys = uses.len(), %error, "uses of keys are not written yet");
        let mut waiting = self.waiting();
        for (id, at) in uses {
            waiting.add(&id, at, self.limit);
        }
        false
    }

    async fn write(&self, uses: &HashMap<String, i64>) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for (id, at) in uses {
            sqlx::query("UPDATE keys SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, 0) < ?2")
                .bind(id)
                .bind(at)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Writes what waits, for the last time. What cannot be written now is lost, and the log says how much.
    pub(super) async fn close(&self) {
        if !self.flush().await {
            let lost = self.waiting().uses.len();
            tracing::warn!(target: "charthero", lost, "uses of keys are lost: the database cannot be written");
        }
        self.pool.close().await;
    }

    /// Nothing of what is done while it is locked can panic half-way.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use policy_core::ScopeSet;

    use super::*;
    use crate::store::{NewKey, in_memory};

    #[tokio::test]
    async fn more_keys_than_fit_are_dropped_and_counted_and_a_key_takes_one_place() {
        let store = in_memory().await;
        let uses = Uses { limit: 2, ..store.uses.clone() };
        for (id, second) in [("a", 1), ("b", 2), ("c", 3), ("a", 5), ("a", 4), ("d", 6)] {
            uses.note(id, Timestamp::from_second(second).unwrap());
        }
        let waiting = uses.waiting();
        assert_eq!(waiting.uses, HashMap::from([("a".to_owned(), 5_000_000), ("b".to_owned(), 2_000_000)]));
        assert_eq!(waiting.dropped, 2);
    }

    #[tokio::test]
    async fn what_waits_is_written_at_the_end_and_never_backwards() {
        let store = in_memory().await;
        let new = NewKey { organization: None, scopes: ScopeSet::EMPTY, expires_at: None };
        let id = store.issue_key(new).await.unwrap().id().to_owned();
        let (early, late) = (Timestamp::from_second(1_000).unwrap(), Timestamp::from_second(2_000).unwrap());
        for at in [late, early] {
            store.uses.note(&id, at);
            assert!(store.uses.flush().await);
        }
        assert_eq!(store.keys(None).await.unwrap().pop().unwrap().last_used_at, Some(late));
    }
}
