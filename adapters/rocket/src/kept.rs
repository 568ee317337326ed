//! What rocket keeps for the guard as long as a request lives.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use policy_http::mount::Slot;
use rocket::Request;

/// The guard's one place in a request's cache. rocket keeps the cache when a request is forwarded to another route, and an
/// entry cannot be replaced: so its content is.
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

    /// Replaces the slot until the handler is done: whatever a guard allowed before was not this, and nothing is left for
    /// whoever comes after.
    pub(crate) fn place(&self, slot: Option<Slot>) -> Placed<'_> {
        self.content().slot = slot;
        Placed(self)
    }

    pub(crate) fn slot(&self) -> Option<Slot> {
        self.content().slot.clone()
    }

    /// Notes that a handler was refused its permit.
    pub(crate) fn refuse(&self) {
        self.content().refused = true;
    }

    pub(crate) fn take_refused(&self) -> bool {
        std::mem::take(&mut self.content().refused)
    }

    /// Leaves what the guard owes to the answer, whoever writes it: a catcher may.
    pub(crate) fn owe(&self, headers: HeaderMap) {
        self.content().owed = Some(headers);
    }

    pub(crate) fn take_owed(&self) -> Option<HeaderMap> {
        self.content().owed.take()
    }
}

/// The slot's time in the request.
#[must_use = "the slot is gone when this is dropped"]
pub(crate) struct Placed<'k>(&'k Kept);

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        self.0.content().slot = None;
    }
}
