//! `[[public]]`: operations that anybody may call, each with a reason.

use toml::de::DeTable;

use super::reader::{Range, Reader};
use crate::settings::PublicOperation;

impl Reader {
    /// One table: several operations, and the reason that they share.
    pub(super) fn public(&mut self, table: &DeTable<'_>, range: Range) -> Option<Vec<PublicOperation>> {
        const KEYS: [&str; 2] = ["operations", "reason"];
        const HELP: &str = "write `operations = [\"GET /health\"]` and a `reason`";
        for (key, _) in table {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), "key of `[[public]]`", key.get_ref(), &KEYS);
            }
        }
        let [operations, reason] = KEYS.map(|key| {
            let found = table.get(key);
            if found.is_none() {
                self.error(range.clone(), format!("`[[public]]` has no `{key}`"), HELP);
            }
            found
        });
        let (operations, reason) = (operations?, reason?);
        let said = self.string(reason)?.trim().to_owned();
        if said.is_empty() {
            self.error(reason.span(), "`[[public]]` gives no reason", "say why anybody may call these operations");
        }
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
