//! A compile error that names operations, put together while the compiler evaluates constants.

use crate::definition::OperationDefinition;

/// How many bytes a message may have.
const ROOM: usize = 8192;

/// How many of these bytes are kept for the text after a list of operations: how many more there are, and what to do.
const BEHIND_THE_LIST: usize = 128;

/// A message put together at compile time.
pub(super) struct Message {
    bytes: [u8; ROOM],
    length: usize,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }

    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; what does not fit is cut")]
    pub(super) const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        // A text is added whole or not at all, so that the message is always UTF-8.
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    /// Whether there is room for the operation and for the text after the list.
    pub(super) const fn has_room_for(&self, operation: &OperationDefinition) -> bool {
        let names = operation.type_name().len() + operation.method().len() + operation.template().len();
        let punctuation = ", `` ( , )".len();
        self.length + names + operation.location().len() + punctuation + BEHIND_THE_LIST <= ROOM
    }

    /// Adds a number greater than zero, in decimal digits.
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; an index out of range is a compile error")]
    pub(super) const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.bytes[self.length] = b'0' + (number % 10) as u8;
        self.length += 1;
    }

    pub(super) const fn operation(&mut self, operation: &OperationDefinition) {
        self.push("`");
        self.push(operation.type_name());
        self.push("` (");
        self.push(operation.method());
        self.push(" ");
        self.push(operation.template());
        self.push(", ");
        self.push(operation.location());
        self.push(")");
    }

    pub(super) const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "the handler list does not match the document",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Access, OperationParts, QueryAllowList};
    use crate::requirement::Requirement;

    const fn operation(template: &'static str) -> OperationDefinition {
        OperationDefinition::new(OperationParts {
            method: "GET",
            template,
            operation_id: None,
            type_name: "GetItem",
            summary: None,
            access: Access::Public,
            requirement: Requirement::NONE,
            query: QueryAllowList::new(&[], &[], false),
            location: "openapi.yaml:1:1",
        })
    }

    #[test]
    fn a_list_that_does_not_fit_says_how_many_more_there_are() {
        let operation = operation("/items/{id}");
        let mut text = Message::new();
        let mut named = 0;
        while text.has_room_for(&operation) {
            text.push(", ");
            text.operation(&operation);
            named += 1;
        }
        assert!(named > 100, "{named}");
        text.push(" and ");
        text.number(10_203);
        text.push(" more");
        assert!(text.as_str().ends_with("openapi.yaml:1:1) and 10203 more"), "{}", text.as_str());
        assert!(text.length + "; add the handler to the list, or `pending!(Operation, \"reason\")`".len() < ROOM);
    }

    /// The punctuation counts too, so that the text behind the list is never left out.
    #[test]
    fn an_operation_has_room_where_the_text_behind_the_list_still_fits() {
        let operation = operation("/items/{id}");
        let mut alone = Message::new();
        alone.push(", ");
        alone.operation(&operation);
        let most = ROOM - BEHIND_THE_LIST - alone.length;
        for length in [0, most - 40, most - 1, most, most + 1, most + 40, ROOM] {
            let text = Message { bytes: [b'x'; ROOM], length };
            assert_eq!(text.has_room_for(&operation), length <= most, "{length}");
        }
    }

    #[test]
    fn a_text_is_added_whole_or_not_at_all() {
        for (length, is_added) in [(0, true), (ROOM - 4, true), (ROOM - 3, true), (ROOM - 2, false), (ROOM, false)] {
            let mut text = Message { bytes: [b'x'; ROOM], length };
            text.push("abc");
            assert_eq!(text.length, if is_added { length + 3 } else { length });
            assert_eq!(text.as_str().ends_with("abc"), is_added, "{length}");
        }
    }
}
