//! `[[public]]`: operations that anybody may call, each with a reason.

use toml::de::DeTable;

use super::reader::{Range, Reader};
use super::schema::{self, Key, key};
use crate::settings::PublicOperation;

/// The keys of an entry of `[[public]]`.
pub(super) const KEYS: &[Key] = &[
    key("operations", "Each a method and a path as the document writes them: `GET /health`.", schema::texts).required(),
    key("reason", "Why anybody may call these.", schema::said).required(),
];

impl Reader {
    /// One table: several operations, and the reason that they share.
    pub(super) fn public(&mut self, table: &DeTable<'_>, range: Range) -> Option<Vec<PublicOperation>> {
        const HELP: &str = "write `operations = [\"GET /health\"]` and a `reason`";
        const WHAT: &str = "`[[public]]`";
        let keys = ["operations", "reason"];
        let [operations, reason] = self.required((table, &range), (WHAT, KEYS), keys, HELP);
        let (operations, reason) = (operations?, reason?);
        let said = self.reason(reason, WHAT, "say why anybody may call these operations")?;
        let items = operations.get_ref().as_array();
        if items.is_none_or(|items| items.is_empty()) {
            self.error(operations.span(), "`operations` lists none", HELP);
        }
        let mut found = Vec::new();
        for item in items.into_iter().flatten() {
            if let Some(operation) = self.string(item) {
                let origin = Some(self.origin(item.span()));
                found.push(PublicOperation { origin, ..PublicOperation::new(operation, said.clone()) });
            }
        }
        Some(found)
    }
}
