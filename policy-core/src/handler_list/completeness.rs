//! Whether a list has each operation of the document exactly once.

use super::HandlerEntry;
use super::message::Message;
use crate::policy::Document;

/// The operations of a list, as bits. They are found in one pass, since rustc stops a const evaluation with too many steps.
struct Seen([u64; 1024]);

impl Seen {
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
    const fn insert(&mut self, index: u32) -> bool {
        let (word, mask) = ((index / 64) as usize, 1 << (index % 64));
        let seen = self.0[word] & mask != 0;
        self.0[word] |= mask;
        !seen
    }
}

/// The index of the first entry whose operation an earlier entry has. `entries.len()` where there is none.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
pub const fn first_duplicate<D: Document>(entries: &[HandlerEntry<D>]) -> usize {
    // The document that a draft is for is still to be written.
    if D::DEFINITION.draft {
        return entries.len();
    }
    let mut seen = Seen([0; 1024]);
    let mut at = 0;
    while at < entries.len() && seen.insert(entries[at].index) {
        at += 1;
    }
    at
}

/// Fails to compile, naming the operation of the entry.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn assert_single<D: Document>(entries: &[HandlerEntry<D>], duplicate: usize, at: usize) {
    if duplicate == at && at < entries.len() {
        let mut text = Message::new();
        if let Some(operation) = D::DEFINITION.operation(entries[at].index) {
            text.push("a second handler for ");
            text.operation(&operation);
            text.push("; an operation has exactly one handler");
        }
        panic!("{}", text.as_str());
    }
}

/// Fails to compile, naming every operation that has no entry.
#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "evaluated at compile time; the panic is the compile error")]
pub const fn assert_exhaustive<D: Document>(entries: &[HandlerEntry<D>]) {
    let definition = D::DEFINITION;
    if definition.draft {
        return;
    }
    let mut text = Message::new();
    let mut seen = Seen([0; 1024]);
    let mut at = 0;
    while at < entries.len() {
        seen.insert(entries[at].index);
        at += 1;
    }
    let mut missing = 0_usize;
    let mut unnamed = 0_usize;
    let mut index = 0;
    while let Some(operation) = definition.operation(index) {
        if seen.insert(index) {
            missing += 1;
            // The first operation that does not fit ends the list. No later one is named instead.
            if unnamed > 0 || !text.has_room_for(&operation) {
                unnamed += 1;
            } else {
                text.push(if missing == 1 { "no handler for " } else { ", " });
                text.operation(&operation);
            }
        }
        index += 1;
    }
    if missing > 0 {
        if unnamed > 0 {
            text.push(" and ");
            text.number(unnamed);
            text.push(" more");
        }
        text.push("; add the handler to the list, or `pending!(Operation, \"reason\")`");
        panic!("{}", text.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn each_operation_that_a_policy_can_number_is_seen_once() {
        let mut seen = Seen([0; 1024]);
        assert!((0..=u32::from(u16::MAX)).all(|index| seen.insert(index)));
        assert!(!(0..=u32::from(u16::MAX)).any(|index| seen.insert(index)));
    }
}
