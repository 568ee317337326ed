//! Names of a log, each with a number, in memory that does not grow with the log.

use std::collections::HashMap;

/// How many bytes a name may have, taken over all of them.
const MOST_BYTES: usize = 1 << 10;

/// Gives each name a number, as long as there is room.
pub(super) struct Numbers {
    most: usize,
    /// How many bytes all names have.
    bytes: usize,
    names: Vec<Box<str>>,
    by_name: HashMap<Box<str>, u32>,
}

impl Numbers {
    /// For so many names.
    pub(super) fn new(most: usize) -> Self {
        Self { most, bytes: 0, names: Vec::new(), by_name: HashMap::new() }
    }

    /// The number of a name. `None` where there is no room for it.
    pub(super) fn of(&mut self, name: &str) -> Option<u32> {
        if let Some(number) = self.by_name.get(name) {
            return Some(*number);
        }
        let number = u32::try_from(self.names.len()).ok().filter(|_| self.names.len() < self.most)?;
        let bytes = self.bytes.saturating_add(name.len());
        if bytes > self.most.saturating_mul(MOST_BYTES) {
            return None;
        }
        self.bytes = bytes;
        self.names.push(name.into());
        self.by_name.insert(name.into(), number);
        Some(number)
    }

    /// The name with a number.
    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, Numbers};

    #[test]
    fn a_name_keeps_its_number_and_there_is_room_for_so_many_and_no_longer_ones() {
        let mut numbers = Numbers::new(2);
        assert_eq!(
            [numbers.of("a"), numbers.of("b"), numbers.of("a"), numbers.of("c")],
            [Some(0), Some(1), Some(0), None]
        );
        assert_eq!((numbers.name(1), numbers.name(2)), (Some("b"), None));
        let mut numbers = Numbers::new(2);
        assert_eq!((numbers.of(&"x".repeat(2 * MOST_BYTES)), numbers.of("y")), (Some(0), None));
    }
}
