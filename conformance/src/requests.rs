//! The corpus and the vectors as requests, for whoever sends them through something else than an adapter.

use std::net::SocketAddr;

use crate::serve::Setup;
use crate::wire::Wire;
use crate::{corpus, vectors};

/// One request, as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The row or the vector that it is of.
    pub name: String,
    /// Whose key it has.
    pub caller: String,
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether its answer has no body.
    pub is_head: bool,
}

impl Request {
    /// Every bypass vector with every key. `None` where the vectors are not beside this checkout.
    #[must_use]
    pub fn vectors() -> Option<Vec<Self>> {
        vectors::requests()
    }

    /// The rows of the corpus that one whole request says, and that need no server but the plain one.
    #[must_use]
    pub fn corpus() -> Vec<Self> {
        let plain = corpus::rows().into_iter().filter(|row| row.setup == Setup::Plain && !row.endless && !row.withheld);
        let request = |row: corpus::Row| Self {
            name: format!("{} {}", row.id, row.line),
            caller: if row.key.is_empty() { "no key".to_owned() } else { row.key.to_owned() },
            bytes: row.bytes(),
            is_head: row.is_head(),
        };
        plain.map(request).collect()
    }

    /// Sends it by a connection of its own, and answers the status (0 where no answer came) and the body of what came back.
    #[must_use]
    pub fn send(&self, address: SocketAddr) -> (u16, String) {
        let Ok(mut wire) = Wire::open(address) else { return (0, String::new()) };
        wire.send(&self.bytes);
        let answer = wire.answer(self.is_head, false);
        (answer.status, answer.body)
    }
}
