//! A cache for answers that may be repeated for a short time. Its size is bounded.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A map of bounded size whose entries expire. If it is full, the oldest entry is removed.
pub(crate) struct ShortCache<K, V> {
    kept: Mutex<Kept<K, V>>,
    capacity: usize,
}

struct Kept<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The keys in the order in which they came, each with the number of its entry. An entry that was replaced has another number.
    order: VecDeque<(K, u64)>,
    next: u64,
}

struct Entry<V> {
    value: V,
    until: Instant,
    number: u64,
}

impl<K: Hash + Eq + Clone, V> ShortCache<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        let kept = Kept { entries: HashMap::new(), order: VecDeque::new(), next: 0 };
        Self { kept: Mutex::new(kept), capacity }
    }

    /// What `read` takes from the value. The value itself may be too large to copy.
    pub(crate) fn get<Q, T>(&self, key: &Q, now: Instant, read: impl FnOnce(&V) -> T) -> Option<T>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.kept().entries.get(key).filter(|entry| now < entry.until).map(|entry| read(&entry.value))
    }

    pub(crate) fn put(&self, key: K, value: V, until: Instant, now: Instant) {
        if self.capacity == 0 || until <= now {
            return;
        }
        let mut kept = self.kept();
        kept.make_room(self.capacity, now);
        let number = kept.next;
        kept.next += 1;
        kept.order.push_back((key.clone(), number));
        kept.entries.insert(key, Entry { value, until, number });
    }

    fn kept(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Kept<K, V> {
    /// Removes expired entries at the front, and then as many as needed for one more. Replaced entries stay in the order, so the
    /// length of the order is bounded.
    fn make_room(&mut self, capacity: usize, now: Instant) {
        while let Some((key, number)) = self.order.front() {
            let own = self.entries.get(key).filter(|entry| entry.number == *number);
            let ended = own.is_none_or(|entry| entry.until <= now);
            if !ended && self.order.len() < capacity {
                return;
            }
            if own.is_some() {
                self.entries.remove(key);
            }
            self.order.pop_front();
        }
    }
}

impl<K, V> fmt::Debug for ShortCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortCache").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn entries_end_and_the_oldest_make_room() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let cache = ShortCache::new(3);
        for (key, until) in [("a", 10), ("b", 20), ("c", 20)] {
            cache.put(key, key, at(until), now);
        }
        assert_eq!(cache.get(&"a", at(9), |value| *value), Some("a"));
        assert_eq!(cache.get(&"a", at(10), |value| *value), None, "an entry ends at its time");
        cache.put("d", "d", at(20), at(10));
        assert_eq!(
            [cache.get(&"b", at(10), |value| *value), cache.get(&"d", at(10), |value| *value)],
            [Some("b"), Some("d")]
        );
        cache.put("e", "e", at(20), at(10));
        assert_eq!(
            [cache.get(&"b", at(10), |value| *value), cache.get(&"c", at(10), |value| *value)],
            [None, Some("c")],
            "the oldest made room"
        );
        cache.put("e", "new", at(20), at(10));
        assert_eq!(cache.get(&"e", at(10), |value| *value), Some("new"));
        cache.put("past", "past", at(10), at(10));
        assert_eq!(cache.get(&"past", now, |value| *value), None);
    }

    #[test]
    fn one_key_that_is_put_again_and_again_takes_no_more_room() {
        let now = Instant::now();
        let cache = ShortCache::new(4);
        for value in 0..100 {
            cache.put("a", value, now + Duration::from_secs(10), now);
        }
        let kept = cache.kept();
        assert!(kept.order.len() <= 4 && kept.entries.len() == 1);
    }
}
