//! How the owner of an application hears of a mistake in it, whether or not anybody reads the log.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

/// How many different mistakes are told: what is remembered has a bound.
const MOST: usize = 256;

static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Writes a mistake in the application to stderr, the first time that this process makes it.
///
/// It is for mistakes that nobody can know before a request arrives, such as a handler that is reached without its guard.
/// They are `tracing` events too, but an application without a subscriber would never show those.
///
/// The text names routes and types, and nothing of a request: whoever sends requests must not write to the owner's terminal.
pub fn tell_once(mistake: impl fmt::Display) {
    let text = mistake.to_string();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() >= MOST || told.contains(&text) {
        return;
    }
    // Where stderr cannot be written, nobody is there to be told.
    let _ = io::stderr().lock().write_all(format!("policy: {text}\n").as_bytes());
    told.insert(text);
}
