//! The guard's state in rocket's cache of a request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use policy_http::mount::Slot;
use rocket::Request;

/// The guard's only entry in a request's cache. rocket keeps the cache when a request is forwarded to another route. An entry cannot be
/// replaced, so this one has content that can.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Content>);

#[derive(Default)]
struct Content {
    slot: Option<Slot>,
    owed: Option<HeaderMap>,
    refused: bool,
}

impl Kept {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the slot until the handler has finished. A permit of an earlier guard must not reach the handler, and no permit may stay
    /// for what runs afterwards.
    pub(crate) fn place(&self, slot: Option<Slot>) -> Placed<'_> {
        self.content().slot = slot;
        Placed(self)
    }

    pub(crate) fn slot(&self) -> Option<Slot> {
        self.content().slot.clone()
    }

    /// Notes that a handler got no permit.
    pub(crate) fn refuse(&self) {
        self.content().refused = true;
    }

    pub(crate) fn take_refused(&self) -> bool {
        std::mem::take(&mut self.content().refused)
    }

    /// Keeps the headers that the guard must add to the answer, even if a catcher writes it.
    pub(crate) fn owe(&self, headers: HeaderMap) {
        self.content().owed = Some(headers);
    }

    pub(crate) fn take_owed(&self) -> Option<HeaderMap> {
        self.content().owed.take()
    }
}

/// Holds the slot in the request. When it is dropped, the slot is removed.
#[must_use = "the slot is gone when this is dropped"]
pub(crate) struct Placed<'k>(&'k Kept);

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        self.0.content().slot = None;
    }
}
