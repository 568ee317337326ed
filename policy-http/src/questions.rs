//! One question for all requests that need the same answer at the same time. It goes to an introspection server, to an issuer for its
//! keys, or to a store of API keys or of what is enabled.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

/// An answer that comes later than this is not used. No answer is repeated for longer than this.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// The questions that wait for their answers.
///
/// The first request that asks makes the question. Requests that ask the same while it is under way wait for its answer. The question is
/// shared by all that wait, and the task of any of them can drive it. So a request that is cancelled takes the answer from nobody. When
/// the last one is cancelled, the question is dropped.
///
/// No runtime is needed, since the question runs in the tasks of the requests that wait.
pub(crate) struct Questions<K, V> {
    under_way: Mutex<HashMap<K, UnderWay<V>>>,
}

struct UnderWay<V> {
    number: u64,
    asked_at: Instant,
    waiting: usize,
    answer: Answer<V>,
}

/// `None` if the question panicked.
type Answer<V> = Shared<BoxFuture<'static, Option<V>>>;

/// The next question's number. By it, a question is told from a later one about the same thing.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl<K, V> Questions<K, V>
where
    K: Hash + Eq + Clone,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self { under_way: Mutex::new(HashMap::new()) }
    }

    /// The answer about `key`, and when it was asked for. `None` if the question panicked.
    ///
    /// For the time `joined_for`, further requests wait for the same question. After that its answer would be too old for them, and
    /// another question is made. `known` is looked up before a question is made, since the answer may be there by now. `keep` gets
    /// the answer once, before the next question can be made.
    pub(crate) async fn ask<F>(
        &self,
        key: K,
        now: Instant,
        joined_for: Duration,
        known: impl FnOnce() -> Option<V> + Send,
        question: impl FnOnce() -> F + Send,
        keep: impl FnOnce(&V) + Send,
    ) -> Option<(V, Instant)>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let waiting = match self.wait(key, now, joined_for, known, question) {
            Ok(waiting) => waiting,
            Err(known) => return Some((known, now)),
        };
        let answer = waiting.answer.clone().await;
        waiting.answered(answer.as_ref(), keep);
        answer.map(|answer| (answer, waiting.asked_at))
    }

    /// Whether a question about it is under way.
    #[cfg(feature = "jwt")]
    pub(crate) fn is_asked(&self, key: &K) -> bool {
        self.under_way().contains_key(key)
    }

    /// Joins those that wait for the answer, or gives what is known.
    fn wait<F>(
        &self,
        key: K,
        now: Instant,
        joined_for: Duration,
        known: impl FnOnce() -> Option<V>,
        question: impl FnOnce() -> F,
    ) -> Result<Waiting<'_, K, V>, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut under_way = self.under_way();
        if let Some(own) = under_way.get_mut(&key)
            && now.saturating_duration_since(own.asked_at) < joined_for
        {
            own.waiting += 1;
            let (number, asked_at, answer) = (own.number, own.asked_at, own.answer.clone());
            return Ok(Waiting { questions: self, key, number, asked_at, answer });
        }
        if let Some(known) = known() {
            return Err(known);
        }
        let question = AssertUnwindSafe(question()).catch_unwind().map(|answer| {
            if answer.is_err() {
                tracing::error!(target: "policy", "a question panicked; whoever waits for it is answered 503");
            }
            answer.ok()
        });
        let answer = question.boxed().shared();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let own = UnderWay { number, asked_at: now, waiting: 1, answer: answer.clone() };
        // Requests that wait for an older question still hold it.
        let older = under_way.insert(key.clone(), own);
        drop(under_way);
        drop(older);
        Ok(Waiting { questions: self, key, number, asked_at: now, answer })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<K, UnderWay<V>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits for an answer.
struct Waiting<'q, K: Hash + Eq + Clone, V: Clone + Send + Sync + 'static> {
    questions: &'q Questions<K, V>,
    key: K,
    number: u64,
    asked_at: Instant,
    answer: Answer<V>,
}

impl<K: Hash + Eq + Clone, V: Clone + Send + Sync + 'static> Waiting<'_, K, V> {
    /// Hands the answer to `keep` and ends the question. Only the first of the waiting requests does something here.
    fn answered(&self, answer: Option<&V>, keep: impl FnOnce(&V)) {
        let mut under_way = self.questions.under_way();
        if under_way.get(&self.key).is_some_and(|own| own.number == self.number) {
            if let Some(answer) = answer {
                keep(answer);
            }
            under_way.remove(&self.key);
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone + Send + Sync + 'static> Drop for Waiting<'_, K, V> {
    fn drop(&mut self) {
        let mut under_way = self.questions.under_way();
        let Some(own) = under_way.get_mut(&self.key).filter(|own| own.number == self.number) else { return };
        own.waiting -= 1;
        if own.waiting == 0 {
            let last = under_way.remove(&self.key);
            // The lock is released first: dropping the question may run any code.
            drop(under_way);
            drop(last);
        }
    }
}

impl<K, V> fmt::Debug for Questions<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Notify;

    use super::*;

    #[derive(Default)]
    struct Server {
        asked: AtomicUsize,
        answer: Notify,
    }

    struct Table {
        questions: Questions<&'static str, usize>,
        server: Arc<Server>,
        kept: AtomicUsize,
    }

    impl Table {
        fn new() -> Arc<Self> {
            Arc::new(Self { questions: Questions::new(), server: Arc::default(), kept: AtomicUsize::new(0) })
        }

        fn asks(self: &Arc<Self>, key: &'static str, now: Instant) -> tokio::task::JoinHandle<Option<usize>> {
            let table = Arc::clone(self);
            tokio::spawn(async move {
                let server = Arc::clone(&table.server);
                let question = || async move {
                    let number = server.asked.fetch_add(1, Ordering::SeqCst);
                    server.answer.notified().await;
                    assert!(number != 9, "the tenth question panics");
                    number
                };
                let keep = |_: &usize| {
                    table.kept.fetch_add(1, Ordering::SeqCst);
                };
                let answer = table.questions.ask(key, now, Duration::from_secs(5), || None, question, keep).await;
                answer.map(|(answer, _)| answer)
            })
        }

        fn asked(&self) -> usize {
            self.server.asked.load(Ordering::SeqCst)
        }
    }

    async fn settle() {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn many_wait_for_one_answer_and_one_who_hangs_up_takes_it_from_nobody() {
        let (table, now) = (Table::new(), Instant::now());
        let first = table.asks("a", now);
        settle().await;
        let others: Vec<_> = (0..20).map(|_| table.asks("a", now)).collect();
        let elsewhere = table.asks("b", now);
        settle().await;
        assert_eq!(table.asked(), 2, "one question about each thing");
        first.abort();
        settle().await;
        table.server.answer.notify_waiters();
        for other in others {
            assert_eq!(other.await.ok(), Some(Some(0)), "the very question that the first one asked");
        }
        assert_eq!(elsewhere.await.ok(), Some(Some(1)));
        assert_eq!((table.asked(), table.kept.load(Ordering::SeqCst)), (2, 2));
        assert!(table.questions.under_way().is_empty());
    }

    #[tokio::test]
    async fn a_question_of_nobody_is_dropped_and_an_old_one_is_not_joined() {
        let (table, now) = (Table::new(), Instant::now());
        let only = table.asks("a", now);
        settle().await;
        #[cfg(feature = "jwt")]
        assert_eq!(["a", "b"].map(|key| table.questions.is_asked(&key)), [true, false]);
        only.abort();
        settle().await;
        assert!(table.questions.under_way().is_empty(), "whoever hangs up last drops it");
        let old = table.asks("a", now);
        settle().await;
        let young = table.asks("a", now + Duration::from_secs(6));
        settle().await;
        assert_eq!(table.asked(), 3);
        table.server.answer.notify_waiters();
        assert_eq!([old.await.ok(), young.await.ok()], [Some(Some(1)), Some(Some(2))]);
        assert!(table.questions.under_way().is_empty());
    }

    #[tokio::test]
    async fn a_question_that_panics_is_an_answer_for_all_who_wait() {
        let (table, now) = (Table::new(), Instant::now());
        table.server.asked.store(9, Ordering::SeqCst);
        let waiting: Vec<_> = (0..3).map(|_| table.asks("a", now)).collect();
        settle().await;
        table.server.answer.notify_waiters();
        for one in waiting {
            assert_eq!(one.await.ok(), Some(None));
        }
        assert_eq!((table.asked(), table.kept.load(Ordering::SeqCst)), (10, 0), "nobody asks it again");
    }
}
