//! The places of a server: how many connections are open, what each is doing, and which one is closed to make room.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::{Limits, TICK};

/// A new connection is not closed to make room before this time. Its request may have arrived without having been read.
const JUST_CONNECTED: Duration = Duration::from_millis(250);

/// The open connections. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Places {
    open: Arc<Mutex<Open>>,
    /// Notified whenever a connection is closed.
    pub(super) freed: Arc<Notify>,
}

#[derive(Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Connection>,
}

impl Open {
    fn longest_waiting(&self) -> Option<(u64, Instant)> {
        let waiting = self.connections.iter().filter(|(_, connection)| connection.state == State::Waiting);
        waiting.map(|(id, connection)| (*id, connection.since)).min_by_key(|(_, since)| *since)
    }
}

struct Connection {
    state: State,
    since: Instant,
    /// Dropping this closes the connection.
    _close: oneshot::Sender<Infallible>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for the head of its next request.
    Waiting,
    /// It has a request, and the answer is not complete yet.
    Busy,
    /// It has an answer that the client has not read yet.
    Sending,
}

impl Places {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self) -> usize {
        self.open().connections.len()
    }

    /// A place for a new connection, and a receiver that is ready when the connection is to be closed.
    pub(super) fn take(&self) -> (Place, oneshot::Receiver<Infallible>) {
        let (close, closed) = oneshot::channel();
        let mut open = self.open();
        let id = open.next;
        open.next = id.wrapping_add(1);
        open.connections.insert(id, Connection { state: State::Waiting, since: Instant::now(), _close: close });
        (Place(Arc::new(Taken { places: self.clone(), id })), closed)
    }

    /// Makes room for one more, by closing the connection that has waited longest. If none has waited long enough, the result is how
    /// long to wait before the next call.
    pub(super) fn make_room(&self, limit: usize) -> Option<Duration> {
        let mut open = self.open();
        if open.connections.len() < limit {
            return None;
        }
        let Some((id, since)) = open.longest_waiting() else { return Some(TICK) };
        let pause = JUST_CONNECTED.saturating_sub(since.elapsed());
        if pause.is_zero() {
            open.connections.remove(&id);
            return None;
        }
        Some(pause)
    }

    pub(super) fn close_longest_waiting(&self) {
        let mut open = self.open();
        if let Some((id, _)) = open.longest_waiting() {
            open.connections.remove(&id);
        }
    }

    pub(super) fn close_waiting(&self) {
        self.open().connections.retain(|_, connection| connection.state != State::Waiting);
    }

    /// Closes the connections that have waited too long, or have taken too long for one request.
    pub(super) fn close_overdue(&self, limits: Limits) {
        let now = Instant::now();
        self.open().connections.retain(|_, connection| {
            let longest = match connection.state {
                State::Waiting => limits.head,
                State::Busy | State::Sending => limits.exchange,
            };
            now.duration_since(connection.since) <= longest
        });
        self.freed.notify_one();
    }
}

/// The place of one connection, given back when its task and its last answer are done.
#[derive(Clone)]
pub(super) struct Place(Arc<Taken>);

struct Taken {
    places: Places,
    id: u64,
}

impl Place {
    /// Changes the state. The time of a request and of its answer is counted together.
    pub(super) fn set(&self, next: impl FnOnce(State) -> Option<State>) {
        let mut open = self.0.places.open();
        let Some(connection) = open.connections.get_mut(&self.0.id) else { return };
        let Some(state) = next(connection.state) else { return };
        connection.state = state;
        if state != State::Sending {
            connection.since = Instant::now();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.places.open().connections.remove(&self.id);
        self.places.freed.notify_one();
    }
}

/// Closes every connection when it is dropped, because the server no longer runs.
pub(super) struct CloseAll(pub(super) Places);

impl Drop for CloseAll {
    fn drop(&mut self) {
        self.0.open().connections.clear();
    }
}
