//! Tells the owner of an application of a mistake in it, even if nobody reads the log.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

/// How many different mistakes are written, so that the memory for them is bounded.
const MOST: usize = 256;

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Writes a mistake in the application to stderr, the first time that this process makes it.
///
/// It is for mistakes that nobody can know before a request arrives, such as a handler that is reached without its guard.
/// They are `tracing` events too, which an application without a subscriber never shows.
///
/// The text names routes and types, and has nothing of a request. Callers must not be able to write to the owner's terminal.
pub fn tell_once(mistake: impl fmt::Display) {
    let text = mistake.to_string();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() >= MOST || told.contains(&text) {
        return;
    }
    // If stderr cannot be written, nobody reads it.
    let _ = io::stderr().lock().write_all(format!("policy: {text}\n").as_bytes());
    told.push(text);
}
